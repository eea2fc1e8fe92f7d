// The conversation as the customer sees it: messages, notices, unsent messages, quick replies, the rating.

import { h, icon, inline, markdown } from './dom.js';
import { clock, dayName, toDate } from './texts.js';
import { FAILED_AFTER } from './store.js';

const GROUP_WITHIN = 5 * 60_000;

export class Thread {
  // `act` holds: say(text), retry(id), remove(id), rate(score, comment) -> Promise
  constructor({ t, language, greeting, suggestions, act }) {
    Object.assign(this, { t, language, greeting, suggestions, act });
    this.log = h('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-label': t('log') });
    this.unsent = h('div', { class: 'unsent' });
    this.typing = h('div', { class: 'typing', hidden: true, 'data-testid': 'typing' });
    this.replies = h('div', { class: 'replies', role: 'group', 'aria-label': t('quick') });
    this.rating = h('div', { class: 'rating-slot' });
    this.node = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('log') },
      this.log, this.unsent, this.typing, this.replies, this.rating);
    this.clear();
  }

  clear() {
    this.last = null;
    this.sent = new Map(); // acknowledged, own event not yet here
    [this.log, this.replies, this.rating].forEach((part) => part.replaceChildren());
    this.log.append(this.row({ author: 'bot', text: this.greeting, seq: 0 }, false));
    this.offer(this.suggestions.map((title) => ({ title })));
  }

  // ---- events of the server

  add(event) {
    this.sent.delete(event.client_msg_id);
    this.separateDay(toDate(event.at));
    const notice = event.kind === 'notice';
    this.log.append(notice ? this.notice(event.text || this.t(event.meta?.code)) : this.row(event, this.continues(event)));
    this.last = event;
    this.offer(event.author === 'customer' ? [] : event.buttons || []);
    this.rating.replaceChildren();
    if (notice && event.meta?.code === 'closed') this.rating.append(this.ratingCard(event));
  }

  separateDay(date) {
    if (this.last && toDate(this.last.at).toDateString() === date.toDateString()) return;
    this.log.append(h('div', { class: 'day' }, h('span', {}, dayName(this.language, this.t, date))));
  }

  continues(event) {
    const last = this.last;
    return last?.kind === 'message' && last.author === event.author && last.author_name === event.author_name
      && toDate(event.at) - toDate(last.at) < GROUP_WITHIN;
  }

  notice(text) {
    return h('div', { class: 'notice', 'data-testid': 'notice' }, h('span', {}, text));
  }

  // A word of the widget's own; the same one is not said twice in a row.
  say(text) {
    if (this.log.lastElementChild?.textContent !== text) this.log.append(this.notice(text));
  }

  row(event, continued) {
    const { author, text } = event;
    const mine = author === 'customer';
    const name = mine ? this.t('you') : event.author_name || this.t(author);
    const bubble = h('div', { class: 'bubble', 'data-testid': `message-${author}` },
      h('span', { class: 'sr' }, this.t('says', { who: name })),
      author === 'bot' ? markdown(text) : h('p', {}, ...(author === 'agent' ? inline(text) : [text])));
    const time = event.at && h('time', { datetime: toDate(event.at).toISOString() }, clock(this.language, toDate(event.at)));
    return h('div', { class: `row ${author}${continued ? ' continued' : ''}`, 'data-testid': 'message', 'data-seq': event.seq },
      !mine && this.avatar(author, name),
      h('div', { class: 'stack' }, !mine && !continued && this.byline(author, name), bubble, time));
  }

  byline(author, name) {
    return h('div', { class: 'byline', 'aria-hidden': 'true' }, h('b', {}, name), h('i', {}, this.t(`${author}Tag`)));
  }

  avatar(author, name) {
    return h('div', { class: 'avatar', 'aria-hidden': 'true' }, author === 'bot' ? icon('bot') : initial(name));
  }

  // ---- messages not yet in the thread

  showUnsent(entries, online) {
    const all = [...this.sent.values(), ...entries];
    const rows = all.map((entry) => this.unsentRow(entry, online));
    const shown = rows.map((row) => row.textContent + row.dataset.id).join();
    if (shown === this.unsentShown) return;
    this.unsentShown = shown;
    this.unsent.replaceChildren(...rows);
    if (entries.length) this.offer([]);
  }

  acknowledged(entry, seq, since) {
    if (seq == null || since >= seq) return;
    this.sent.set(entry.id, { ...entry, seq });
  }

  // An acknowledged message whose own event will not come again.
  passed(since) {
    for (const [id, entry] of this.sent) if (entry.seq <= since) this.sent.delete(id);
  }

  unsentRow(entry, online) {
    const failed = entry.refused != null || (!entry.seq && Date.now() - entry.tried >= FAILED_AFTER);
    return h('div', { class: `row customer${failed ? ' failed' : ''}`, 'data-testid': 'message', 'data-id': entry.id },
      h('div', { class: 'stack' },
        h('div', { class: 'bubble', 'data-testid': 'message-customer' }, h('p', {}, entry.text)),
        failed ? this.failure(entry) : h('span', { class: 'state', 'data-testid': 'message-state' },
          this.t(entry.seq ? 'sent' : online ? 'sending' : 'waiting'))));
  }

  failure(entry) {
    const retry = () => this.act.retry(entry.id);
    if (entry.refused == null) {
      return h('button', { type: 'button', class: 'state', 'data-testid': 'retry', onclick: retry }, icon('alert'), this.t('failed'));
    }
    return h('div', { class: 'state', 'data-testid': 'refused' }, icon('alert'), h('span', {}, entry.refused || this.t('refused')),
      h('button', { type: 'button', 'data-testid': 'retry', onclick: retry }, this.t('retry')),
      h('button', { type: 'button', 'data-testid': 'remove', onclick: () => this.act.remove(entry.id) }, this.t('remove')));
  }

  // ---- around the messages

  showTyping(author, name) {
    this.typing.hidden = !author;
    if (author && !this.typing.childElementCount) {
      this.typing.append(this.avatar(author, name), h('div', { class: 'bubble' },
        h('span', { class: 'sr' }, `${name} ${this.t('typing')}`), h('span', { class: 'dots' }, h('i'), h('i'), h('i'))));
    } else if (!author) this.typing.replaceChildren();
  }

  offer(buttons) {
    this.replies.replaceChildren(...buttons.map(({ title, payload }) => h('button', {
      type: 'button', 'data-testid': 'quick-reply', onclick: () => this.act.say(payload || title),
    }, title)));
  }

  ratingCard(event) {
    const { t } = this;
    const note = h('p', { class: 'rating-note', role: 'status' });
    const chosen = h('output', { class: 'rating-word' });
    const comment = h('textarea', { rows: '2', maxlength: '1000', 'aria-label': t('rateComment'), placeholder: t('rateComment'), 'data-testid': 'rating-comment' });
    const more = h('div', { class: 'rating-more', hidden: true }, comment,
      h('button', { type: 'submit', 'data-testid': 'rating-send' }, t('rateSend')));
    const form = h('form', { class: 'rating', 'data-testid': 'rating' });
    const stars = [1, 2, 3, 4, 5].map((score) => h('label', {},
      h('input', { type: 'radio', name: 'score', value: score, 'aria-label': t(`rate${score}`), 'data-testid': `rating-${score}` }), icon('star')));
    form.append(h('fieldset', {}, h('legend', {}, t('rateTitle')), h('div', { class: 'stars' }, ...stars)), chosen, more, note);
    form.addEventListener('change', ({ target }) => {
      if (target.type !== 'radio') return;
      stars.forEach((star, index) => star.classList.toggle('on', index < Number(target.value)));
      chosen.textContent = t(`rate${target.value}`);
      more.hidden = false;
      this.reveal();
    });
    form.addEventListener('submit', async (submit) => {
      submit.preventDefault();
      const score = Number(new FormData(form).get('score'));
      try {
        await this.act.rate(score, comment.value.trim(), event.seq);
        this.thank();
      } catch (error) {
        note.textContent = error.message || t('rateFailed');
      }
    });
    if (this.act.rated(event.seq)) return h('p', { class: 'rating thanks' }, t('rateThanks'));
    return form;
  }

  thank() {
    this.rating.replaceChildren(h('p', { class: 'rating thanks', role: 'status', 'data-testid': 'rating-thanks' }, this.t('rateThanks')));
    this.reveal();
  }

  // ---- scrolling

  atEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < 80;
  }

  reveal() {
    this.node.scrollTop = this.node.scrollHeight;
  }
}

export function initial(name) {
  const [first] = name.replace(/^客服/, '').trim() || name;
  return first ? first.toUpperCase() : '·';
}
