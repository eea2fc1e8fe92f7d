// What the customer may fill in: a rating with its reason, how likely they recommend us, a message left, a thumb.

import { button, h, icon } from './dom.js';

function choice(name, value, label, testId, content) {
  return h('label', {}, h('input', { type: 'radio', name, value, 'aria-label': label, test: testId }), content || label);
}

function area(name, label, rows, required) {
  return h('textarea', { name, rows, required, maxlength: '1000', 'aria-label': label, placeholder: label, test: name });
}

// `act` gets the fields by name; what it throws is said under the button, and nothing filled in is lost.
function card(testId, t, send, act, ...parts) {
  const note = h('p', { class: 'form-note', role: 'alert' });
  const more = h('button', { class: 'go', test: `${testId}-send` }, send);
  const form = h('form', { class: 'card', test: testId, onsubmit: async (submit) => {
    submit.preventDefault();
    more.disabled = true;
    try {
      await act(Object.fromEntries(new FormData(form)));
    } catch (error) {
      note.textContent = error.message || t('form_failed');
    }
    more.disabled = false;
  } }, ...parts, more, note);
  return form;
}

export function ratingForm(t, reveal, rate) {
  const chosen = h('output', { class: 'word' });
  const reasons = h('fieldset', { class: 'chips' });
  const comment = area('rating-comment', t('rate_comment'), 2);
  const stars = [1, 2, 3, 4, 5].map((score) => choice('score', score, t(`rate_${score}`), `rating-${score}`, icon('star')));
  const form = card('rating', t, t('rate_send'), (fields) => rate({ score: +fields.score, reason: fields.reason || '', comment: fields['rating-comment'].trim() }),
    h('fieldset', {}, h('legend', {}, t('rate_title')), h('div', { class: 'stars' }, ...stars)), chosen, reasons, comment);
  form.classList.add('fresh');
  form.addEventListener('change', ({ target: { name, value } }) => {
    if (name !== 'score') return;
    form.classList.remove('fresh');
    stars.forEach((star, index) => star.classList.toggle('on', index < value));
    chosen.textContent = t(`rate_${value}`);
    reasons.replaceChildren(h('legend', {}, t('rate_why')), ...t(value > 3 ? 'good' : 'bad').split('|').map((pair) => {
      const [code, label] = pair.split(':');
      return choice('reason', code, label, `reason-${code}`);
    }));
    reveal();
  });
  return form;
}

export function recommendForm(t, recommend) {
  const scale = Array.from({ length: 11 }, (_, score) => choice('score', score, `${score}`, `recommend-${score}`));
  return card('recommend', t, t('rate_send'), ({ score }) => score && recommend(+score),
    h('fieldset', {}, h('legend', {}, t('nps_title')), h('div', { class: 'scale' }, ...scale)),
    h('p', { class: 'ends' }, h('span', {}, `0 ${t('nps_low')}`), h('span', {}, `10 ${t('nps_high')}`)));
}

export function messageForm(t, leave, cancel) {
  const contact = h('input', { name: 'contact', required: true, maxlength: '200', autocomplete: 'email', 'aria-label': t('contact'), placeholder: t('contact'), test: 'contact' });
  return card('leave', t, t('leave_send'), (fields) => leave(fields.contact.trim(), fields['leave-text'].trim()),
    h('h3', {}, t('leave_title')), contact, area('leave-text', t('leave_text'), 3, true),
    button({ class: 'quiet', test: 'leave-cancel', onclick: cancel }, t('cancel')));
}

// Two thumbs under an answer; a thumb down may say why. `verdict` is what was chosen before.
export function thumbs(t, verdict, tell) {
  const box = h('div', { class: 'thumbs', role: 'group', 'aria-label': t('thumbs') });
  const why = h('div');
  const said = h('p', { role: 'status' });
  const both = ['up', 'down'].map((name) => button({ class: name, 'aria-label': t(name), title: t(name), test: `thumb-${name}`, onclick: () => press(name) }, icon('up')));
  const paint = () => both.forEach((one) => one.setAttribute('aria-pressed', one.className === verdict));
  const press = async (name) => {
    const before = verdict;
    verdict = verdict === name ? null : name;
    paint();
    why.replaceChildren();
    said.textContent = '';
    try {
      await tell(verdict, '');
    } catch (error) {
      verdict = before;
      paint();
      said.textContent = error.message || t('form_failed');
      return;
    }
    if (verdict === 'down') {
      why.append(card('why', t, t('why_send'), async (fields) => {
        await tell(verdict, fields['why-text'].trim());
        why.replaceChildren();
        said.textContent = t('noted');
      }, area('why-text', t('why'), 2)));
      why.scrollIntoView({ block: 'nearest' });
    } else if (verdict) said.textContent = t('noted');
  };
  paint();
  box.append(...both, said, why);
  return box;
}
