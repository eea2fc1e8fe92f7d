// The conversation as the customer sees it: messages, notices, unsent messages, quick replies, the forms after it.

import { button, h, icon, inline, link, markdown, picture } from './dom.js';
import { carried } from './files.js';
import { messageForm, ratingForm, recommendForm, thumbs } from './forms.js';
import { clock, dayName, toDate } from './texts.js';
import { FAILED_AFTER } from './store.js';

const GROUP_WITHIN = 5 * 60_000;

export class Thread {
  // `act` holds: say(text), retry(id), remove(id), rated(seq), rate(fields, seq), recommend(score), thumb(seq),
  // setThumb(seq, verdict, reason), leave(contact, text), done()
  constructor({ t, language, act, link }) {
    Object.assign(this, { t, language, act, link });
    this.log = h('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-label': t('log') });
    this.unsent = h('div', { class: 'unsent' });
    this.typing = h('div', { class: 'typing', hidden: true, test: 'typing' });
    this.mark = h('span', { class: 'state', 'aria-live': 'off', test: 'read' });
    this.replies = h('div', { class: 'replies', role: 'group', 'aria-label': t('quick') });
    this.rating = h('div');
    this.leaving = h('div');
    this.node = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('log') },
      this.hello = h('div'), this.log, this.unsent, this.typing, this.replies, this.leaving, this.rating);
    this.clear();
  }

  // The first words, and what may be asked first as long as nothing was said.
  welcome(greeting, suggestions) {
    this.first = suggestions.split('|').filter(Boolean).map((title) => ({ title }));
    this.hello.replaceChildren(greeting && this.row({ author: 'bot', text: greeting, seq: 0 }));
    if (!this.last) this.offer(this.first);
  }

  clear() {
    this.last = null;
    this.read = 0;
    this.sent = new Map(); // acknowledged, own event not yet here
    [this.log, this.replies, this.leaving, this.rating].forEach((part) => part.replaceChildren());
    this.offer(this.first || []);
  }

  // ---- events of the server

  add(event) {
    this.sent.delete(event.client_msg_id);
    this.separateDay(toDate(event.at));
    const notice = event.kind === 'notice';
    this.log.append(notice ? this.notice(event.text) : this.row(event, this.continues(event)));
    this.last = event;
    this.offer(event.author === 'customer' ? [] : event.buttons || []);
    this.showRead();
    this.rating.replaceChildren();
    if (notice && event.meta?.code === 'closed') this.askRating(event.seq);
  }

  // Beside the customer's last message that the agent has read.
  showRead(seq = this.read) {
    this.read = seq;
    this.mark.textContent = this.t('read');
    const rows = [...this.log.querySelectorAll('.customer')].filter((row) => row.dataset.seq <= seq);
    this.mark.remove();
    rows.at(-1)?.lastChild.append(this.mark);
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
    return h('div', { class: 'notice', test: 'notice' }, h('span', {}, text));
  }

  // A word of the widget's own; the same one is not said twice in a row.
  say(text) {
    if (this.log.lastElementChild?.textContent !== text) this.log.append(this.notice(text));
  }

  row(event, continued) {
    const { author, seq, meta = {} } = event;
    const mine = author === 'customer';
    const name = mine ? this.t('you') : event.author_name || this.t(author);
    const time = event.at && h('time', { datetime: toDate(event.at).toISOString() }, clock(this.language, toDate(event.at)));
    return h('div', { class: `row ${author}${continued ? ' continued' : ''}`, test: 'message', 'data-seq': seq },
      !mine && this.avatar(author, name),
      h('div', { class: 'stack' }, !mine && !continued && this.byline(author, name), this.bubble(event, name), time,
        author === 'bot' && meta.entry_id && thumbs(this.t, this.act.thumb(seq), (verdict, reason) => this.act.setThumb(seq, verdict, reason))));
  }

  bubble({ author, text, attachments = [], meta = {} }, name) {
    const bot = author === 'bot';
    return h('div', { class: 'bubble', test: `message-${author}` },
      name && h('span', { class: 'sr' }, this.t('says', { who: name })),
      !meta.wordless && text && (bot ? markdown(text) : h('p', { dir: 'auto' }, ...(author === 'agent' ? inline(text) : [text]))),
      ...carried(attachments, this.t, this.link),
      ...(bot ? (meta.images || []).map((address) => picture(address, this.t('image'))) : []),
      ...(bot ? (meta.links || []).map((address) => h('p', {}, link(address, address) || address)) : []));
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
    return h('div', { class: `row customer${failed ? ' failed' : ''}`, test: 'message', 'data-id': entry.id },
      h('div', { class: 'stack' },
        this.bubble({ author: 'customer', text: entry.text, attachments: entry.files }),
        failed ? this.failure(entry) : h('span', { class: 'state', test: 'message-state' },
          this.t(entry.seq ? 'sent' : online ? 'sending' : 'waiting'))));
  }

  failure(entry) {
    const retry = () => this.act.retry(entry.id);
    if (entry.refused == null) {
      return button({ class: 'state', test: 'retry', onclick: retry }, icon('alert'), this.t('failed'));
    }
    return h('div', { class: 'state', test: 'refused' }, icon('alert'), h('span', {}, entry.refused || this.t('refused')),
      button({ test: 'retry', onclick: retry }, this.t('retry')),
      button({ test: 'remove', onclick: () => this.act.remove(entry.id) }, this.t('remove')));
  }

  // ---- around the messages

  showTyping(author, name) {
    if (author === this.typist) return;
    this.typist = author;
    this.typing.hidden = !author;
    this.typing.className = `typing ${author}`;
    this.typing.replaceChildren();
    if (author) {
      this.typing.append(this.avatar(author, name), h('div', { class: 'bubble' },
        h('span', { class: 'sr' }, `${name} ${this.t('typing')}`), h('span', { class: 'dots' }, h('i'), h('i'), h('i'))));
    }
  }

  offer(buttons) {
    this.replies.replaceChildren(...buttons.map(({ title, payload }) => button({
      test: 'quick-reply', onclick: () => this.act.say(payload || title),
    }, title)));
  }

  // ---- forms

  askRating(seq) {
    if (this.act.rated(seq)) return this.thank(true);
    this.rating.append(ratingForm(this.t, () => this.reveal(), async (fields) => {
      const { ask_recommendation: more } = await this.act.rate(fields, seq);
      if (!more) return this.thank();
      this.rating.replaceChildren(recommendForm(this.t, async (score) => {
        await this.act.recommend(score);
        this.thank();
      }));
      this.rating.querySelector('input').focus();
      this.reveal();
    }));
  }

  thank(quietly) {
    this.rating.replaceChildren(h('p', { class: 'card thanks', role: 'status', test: 'rating-thanks' }, this.t('rate_thanks')));
    if (quietly) return;
    this.reveal();
    this.act.done();
  }

  askMessage() {
    const close = () => {
      this.leaving.replaceChildren();
      this.act.done();
    };
    this.leaving.replaceChildren(messageForm(this.t, async (contact, text) => {
      await this.act.leave(contact, text);
      close();
    }, close));
    this.reveal();
    this.leaving.querySelector('input').focus();
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
