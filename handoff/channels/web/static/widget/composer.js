// Where the customer writes: text with its limit, files, and the way to a person.

import { button, h, icon } from './dom.js';
import { Files } from './files.js';

const LIMIT = 4000;
const COUNT_FROM = 3600;

export class Composer {
  // `act` holds: submit(text, files), typed(), human()
  constructor({ t, store, link, act }) {
    Object.assign(this, { t, store, link, act });
    this.files = new Files({ t, link, changed: () => this.edited() });
    this.input = h('textarea', {
      id: 'input', rows: '1', dir: 'auto', placeholder: t('placeholder'), 'aria-label': t('input'), 'aria-describedby': 'count', enterkeyhint: 'send', test: 'input',
      oninput: () => this.edited(true), onpaste: (event) => this.taken(event, event.clipboardData),
    });
    this.count = h('p', { class: 'count', id: 'count', role: 'status', hidden: true, test: 'counter' });
    this.human = button({ class: 'human', test: 'human', onclick: () => act.human() }, icon('human'), t('human'));
    this.send = h('button', { class: 'send', 'aria-label': t('send'), test: 'send' }, icon('send'));
    this.input.value = store.get('draft') || '';
    this.node = h('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      h('div', { class: 'above' }, this.human, this.count), this.files.node, h('div', { class: 'field' }, this.files.button, this.input, this.send));
    this.edited();
  }

  // Pasted or dropped files become files of the message; pasted words stay words.
  taken(event, data) {
    if (!data?.files.length) return;
    event.preventDefault();
    this.link.start();
    this.files.add(data.files);
  }

  edited(byHand) {
    const { input, count } = this;
    const size = [...input.value].length;
    const over = size - LIMIT;
    count.hidden = size < COUNT_FROM;
    count.classList.toggle('over', over > 0);
    count.textContent = size < COUNT_FROM ? '' : over > 0 ? this.t('too_long', { n: over }) : this.t('left', { n: -over });
    this.send.disabled = over > 0 || this.files.busy || !(input.value.trim() || this.files.list.length);
    input.style.height = 'auto';
    if (input.scrollHeight) input.style.height = `${Math.min(input.scrollHeight, 132)}px`;
    if (!byHand) return;
    this.store.set('draft', input.value || null);
    if (input.value) this.act.typed();
  }

  submit() {
    const text = this.input.value.trim();
    if (this.send.disabled) return;
    this.input.value = '';
    this.store.set('draft', null);
    this.act.submit(text, this.files.take());
    this.input.focus({ preventScroll: true });
  }
}
