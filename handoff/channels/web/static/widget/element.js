// <baton-chat>: the launcher, the panel, the keyboard and what the host page may ask; joins the line to the thread.

import { button, h, icon, keepInside } from './dom.js';
import { Composer } from './composer.js';
import { Link } from './link.js';
import { Status } from './status.js';
import { Outbox, Store, FAILED_AFTER, uuid } from './store.js';
import { CSS } from './styles.js';
import { Thread } from './thread.js';
import { pickLanguage, translator } from './texts.js';

const QUIET_FOR = 1500; // a reconnect shorter than this is not worth a word
const REOPENED = {};
const PHONE = matchMedia('(max-width: 480px)');
const DARK = matchMedia('(prefers-color-scheme: dark)');

export class BatonChat extends HTMLElement {
  static observedAttributes = ['color', 'position', 'theme', 'hidden', 'title', 'greeting', 'suggestions', 'avatar'];

  // ---- public: the commands below; events baton:ready, open, close, message, unread, handoff, rating, identified, error

  open(quietly) {
    if (!this.panel || this.isOpen) return;
    this.isOpen = true;
    this.panel.hidden = false;
    this.shell.classList.add('open');
    this.remember(true);
    this.link.start();
    this.fitToScreen();
    this.paintLauncher();
    this.markRead();
    this.thread.reveal();
    // The next page of the shop shows the chat as it was left, without taking the focus.
    if (quietly !== REOPENED) (PHONE.matches ? this.panel : this.composer.input).focus({ preventScroll: true });
    this.tell('open');
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.panel.hidden = true;
    this.shell.classList.remove('open');
    this.remember(false);
    this.paintLauncher();
    this.launcher.focus({ preventScroll: true });
    this.tell('close');
  }

  toggle() { this[this.isOpen ? 'close' : 'open'](); }

  ask(text) {
    this.open();
    if (text) this.say(`${text}`);
  }

  // A proof signed by the site, or a function that fetches one (or nothing, when nobody is signed in).
  identify(vouch) { this.link.identify(vouch); }

  logout() { return this.link.logout(); }

  saveTranscript(form = 'html') {
    const offset = -new Date().getTimezoneOffset();
    return this.link.save(`/transcript?form=${form}&offset=${offset}`, `${this.t('log')} ${new Date().toLocaleDateString('sv')}.${form === 'html' ? 'html' : 'txt'}`);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`baton:${name}`, { bubbles: true, detail }));
  }

  // ---- life

  connectedCallback() {
    if (this.panel) return;
    const base = `${this.getAttribute('server') || this.constructor.server}`.replace(/\/$/, '');
    this.store = new Store(base);
    this.look ||= this.store.get('look') || {};
    this.language = this.chosen();
    this.t = translator(this.language, () => this.link.session?.words);
    this.outbox = new Outbox(this.store);
    this.seen = { synced: 0, unread: 0, mode: 'bot' };
    this.link = new Link({ base: `${base}/api/v1/web`, store: this.store, outbox: this.outbox, lang: this.language.slice(0, 2), on: this.linkEvents() });
    this.build();
    this.dress();
    const life = this.life = new AbortController();
    document.addEventListener('click', (event) => this.fromHost(event), life);
    document.addEventListener('visibilitychange', () => this.isOpen && document.visibilityState === 'visible' && this.markRead(), life);
    ['resize', 'scroll'].forEach((name) => visualViewport?.addEventListener(name, () => this.fitToScreen(), life));
    DARK.addEventListener('change', () => this.paint(), life);
    this.store.watch((name) => name === 'rated' && this.thread.rating.firstChild && this.thread.thank(true), life);
    this.ticker = setInterval(() => this.everySecond(), 1000);
    this.commands?.splice(0).forEach(([name, ...rest]) => this[name](...rest));
    if (this.link.session) this.link.start();
    if (this.remembered() && !PHONE.matches) this.open(REOPENED);
    if (this.asked) return;
    this.tell('ready');
    this.askLook();
  }

  disconnectedCallback() {
    this.link.stop();
    clearInterval(this.ticker);
    this.life.abort();
    this.panel = this.isOpen = null;
  }

  attributeChangedCallback() {
    if (this.panel) this.dress();
  }

  // How the owner has set the chat up: as known from last time at once, as it is now when the answer comes.
  async askLook() {
    this.asked = true;
    const before = JSON.stringify(this.look);
    const answer = await fetch(`${this.link.base}/look`, { credentials: 'omit' }).catch(() => this);
    if (!answer.ok) return;
    this.store.set('look', this.look = await answer.json());
    if (!this.panel || JSON.stringify(this.look) === before) return;
    if (this.link.state === 'idle' && this.chosen() !== this.language) {
      const { vouch } = this.link;
      this.disconnectedCallback(); // another language, and nobody has begun to talk: built anew
      this.connectedCallback();
      this.link.vouch = vouch;
    }
    this.dress();
  }

  dress() {
    this.paint();
    this.status.title.textContent = this.option('title') || this.t('title');
    this.thread.welcome(this.option('greeting'), this.option('suggestions'));
  }

  chosen() { return pickLanguage(this.getAttribute('lang'), this.look.lang, document.documentElement.lang, navigator.language); }

  // What the host page says counts before what the owner has set.
  option(name) {
    return this.getAttribute(name) ?? this.look[name] ?? this.look[this.language.slice(0, 2)]?.[name] ?? '';
  }

  remember(open) {
    try { sessionStorage.setItem('baton:open', open ? '1' : ''); } catch { /* storage refused: starts closed */ }
  }

  remembered() {
    try { return Boolean(sessionStorage.getItem('baton:open')); } catch { return false; }
  }

  // Any element of the host page with data-baton-open or data-baton-ask="question" works as a button.
  fromHost(event) {
    const from = event.target.closest?.('[data-baton-open], [data-baton-ask]');
    if (!from) return;
    event.preventDefault();
    this.ask(from.dataset.batonAsk);
  }

  // ---- building

  build() {
    const { t, language, store, link } = this;
    const root = this.shadowRoot || this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet, this.colours = new CSSStyleSheet()];
    this.thread = new Thread({ t, language, link, act: this.threadActs() });
    this.status = new Status({ t, language, act: {
      close: () => this.close(), save: () => this.saveTranscript(), leaveQueue: () => this.leaveQueue(), askMessage: () => this.thread.askMessage(),
    } });
    this.composer = new Composer({ t, store, link, act: {
      submit: (text, files) => this.say(text, files), typed: () => link.typing(), human: () => this.askForPerson(),
    } });
    this.pinned = true;
    this.thread.node.addEventListener('scroll', () => {
      this.pinned = this.thread.atEnd();
      if (this.pinned) this.jump.hidden = true;
    });
    new ResizeObserver(() => this.pinned && this.thread.reveal()).observe(this.thread.node);
    this.jump = button({ class: 'jump', hidden: true, test: 'jump', onclick: () => this.thread.reveal() }, icon('down'), t('jump'));
    this.panel = h('section', {
      class: 'panel', role: 'dialog', 'aria-labelledby': 'title', tabindex: '-1', hidden: true, test: 'panel',
      ondragover: (event) => event.preventDefault(), ondrop: (event) => this.composer.taken(event, event.dataTransfer),
    }, this.status.header, this.status.banner, this.thread.node, h('div', { class: 'jump-slot' }, this.jump), this.composer.node);
    this.badge = h('span', { class: 'badge', hidden: true, test: 'badge', 'aria-hidden': 'true' });
    this.launcher = button({ class: 'launcher', test: 'launcher', onclick: () => this.toggle() },
      icon('chat'), icon('down'), h('span', { class: 'launcher-word', 'aria-hidden': 'true' }, t('launcher')), this.badge);
    // title="" keeps the browser from showing the element's own title attribute as a tooltip
    this.shell = h('div', { class: 'shell', lang: language, title: '', onkeydown: (event) => this.keys(event) }, this.panel, this.launcher);
    root.replaceChildren(this.shell);
    this.paintLauncher();
    this.showStatus();
    this.showUnsent();
  }

  // ---- what the thread asks of us

  threadActs() {
    const { link, outbox } = this;
    return {
      say: (text) => { this.say(text); this.focusInput(); },
      retry: (id) => { link.retry(id); this.focusInput(); },
      remove: (id) => { outbox.remove(id); this.showUnsent(); this.focusInput(); },
      rated: (seq) => this.store.get('rated') === this.placeOf(seq),
      rate: async (fields, seq) => {
        const answer = await link.call('POST', '/rating', fields);
        this.store.set('rated', this.placeOf(seq));
        this.tell('rating', fields);
        return answer;
      },
      recommend: (score) => link.call('POST', '/recommendation', { score }),
      thumb: (seq) => this.store.get('thumbs')?.[this.placeOf(seq)],
      setThumb: async (seq, verdict, reason) => {
        await link.call('POST', '/feedback', { seq, verdict, reason });
        this.store.set('thumbs', { ...this.store.get('thumbs'), [this.placeOf(seq)]: verdict || undefined });
      },
      leave: async (contact, text) => {
        await link.call('POST', '/handoff/message', { client_msg_id: this.leaving ||= uuid(), contact, text });
        this.leaving = null;
      },
      done: () => this.focusInput(),
    };
  }

  placeOf(seq) { return `${this.link.session?.id}:${seq}`; }

  focusInput() {
    if (!PHONE.matches) this.composer.input.focus({ preventScroll: true });
  }

  // ---- what the link tells us

  linkEvents() {
    return {
      event: (event) => this.received(event),
      cleared: () => {
        this.thread.clear();
        this.seen = { synced: 0, unread: 0, mode: 'bot' };
        this.showUnread();
        this.showStatus();
        this.showUnsent();
      },
      synced: (seq) => {
        this.seen.synced = Math.max(this.seen.synced, seq);
        this.thread.passed(this.link.since);
        this.showUnsent();
      },
      status: (news) => this.learned(news),
      state: (state) => this.lineChanged(state),
      outbox: () => this.showUnsent(),
      sent: (entry, seq, at) => {
        this.thread.acknowledged({ ...entry, at }, seq, this.link.since);
        this.showUnsent();
      },
      problem: (words) => this.thread.say(words || this.t('unreachable')),
      expired: () => {
        this.store.set('read', null);
        this.thread.say(this.t('expired'));
      },
      identified: () => this.tell('identified'),
      refusedIdentity: ({ code, message }) => this.tell('error', { code, message }),
    };
  }

  received(event) {
    const follow = this.thread.atEnd() || event.author === 'customer';
    const fresh = event.seq > this.seen.synced;
    this.thread.log.setAttribute('aria-live', fresh ? 'polite' : 'off'); // history is not read aloud
    this.thread.add(event);
    if (event.seq >= this.seen.synced) this.thread.log.setAttribute('aria-live', 'polite');
    this.thread.passed(event.seq);
    this.showUnsent();
    if (event.author === 'agent') this.seen.spoke = event.seq;
    if (event.author !== 'customer') this.learned({ bot_typing: false });
    if (event.author === 'agent' && this.seen.mode === 'human' && !this.seen.agent) this.learned({ agent: { name: event.author_name } });
    if (follow) this.thread.reveal();
    else if (fresh) this.jump.hidden = false;
    if (this.isOpen && document.visibilityState === 'visible') this.markRead();
    else if (event.author !== 'customer' && event.seq > (this.store.get('read') || 0)) this.addUnread();
    if (fresh) this.tell('message', { seq: event.seq, author: event.author, kind: event.kind, text: event.text });
  }

  learned(news) {
    const { mode } = this.seen;
    for (const key of ['mode', 'queue', 'agent', 'service']) if (news[key] !== undefined) this.seen[key] = news[key];
    if (news.mode && news.mode !== 'human') this.seen.agent = null;
    if (news.mode && news.mode !== 'queued') {
      this.seen.queue = this.seen.service = null;
      this.thread.leaving.replaceChildren();
    }
    if (news.bot_typing !== undefined) {
      const follow = this.thread.atEnd();
      const agent = this.seen.agent?.typing && 'agent';
      this.thread.showTyping(news.bot_typing ? 'bot' : agent || '', agent ? this.seen.agent.name : this.t('bot'));
      if (follow) this.thread.reveal();
    }
    if (news.read) this.thread.showRead(news.read);
    this.showStatus();
    if (this.seen.mode !== mode) this.tell('handoff', { mode: this.seen.mode, agent: this.seen.agent?.name });
  }

  lineChanged(state) {
    clearTimeout(this.quiet);
    if (state === 'online') this.away = false;
    else this.quiet = setTimeout(() => { this.away = true; this.showStatus(); }, QUIET_FOR);
    if (state === 'offline') this.thread.showTyping('');
    this.showStatus();
  }

  // The agent learns that their words were seen: told once for each, when they are before the customer's eyes.
  everySecond() {
    const { spoke, heard } = this.seen;
    this.showUnsent();
    if (spoke === heard || !this.isOpen || !this.pinned || document.hidden || this.link.state !== 'online') return;
    this.link.seen(this.seen.heard = spoke);
  }

  // ---- showing

  showUnsent() {
    if (!this.panel) return;
    const follow = this.thread.atEnd();
    const before = this.thread.unsentShown;
    this.thread.showUnsent(this.outbox.list(), this.link.state === 'online');
    if (follow && before !== this.thread.unsentShown) this.thread.reveal();
  }

  showStatus() {
    if (!this.panel) return;
    const { mode } = this.seen;
    const connecting = !this.link.session && this.link.state === 'connecting';
    this.status.show(this.seen, this.away ? 'away' : connecting ? 'connecting' : '');
    this.shell.dataset.mode = mode;
    this.shell.classList.toggle('away', Boolean(this.away));
    this.composer.human.hidden = mode === 'queued' || mode === 'human';
  }

  addUnread() {
    this.seen.unread += 1;
    this.showUnread();
  }

  markRead() {
    this.store.set('read', this.link.since);
    this.seen.unread = 0;
    this.showUnread();
  }

  showUnread() {
    const { unread } = this.seen;
    this.badge.hidden = !unread;
    this.badge.textContent = unread > 99 ? '99+' : unread;
    this.paintLauncher();
    if (unread !== this.told) this.tell('unread', { count: this.told = unread });
  }

  paintLauncher() {
    const unread = this.seen.unread ? this.t('unread', { n: this.seen.unread }) : '';
    this.launcher.setAttribute('aria-label', this.isOpen ? this.t('close') : this.t('open') + unread);
    this.launcher.setAttribute('aria-expanded', String(Boolean(this.isOpen)));
    if (PHONE.matches && this.isOpen) this.panel.setAttribute('aria-modal', 'true');
    else this.panel.removeAttribute('aria-modal');
  }

  // The brand colour may be any CSS colour; the words on it are made dark or white, whichever reads better.
  paint() {
    // Rules of the host page for any element (a transform, a filter) would move or fade what is fixed inside.
    this.style.setProperty('all', 'initial', 'important');
    this.style.setProperty('display', this.hidden ? 'none' : 'block', 'important');
    const colour = this.option('color');
    const face = this.getAttribute('avatar') || (this.look.avatar && `${this.link.base}/${this.look.avatar}`);
    this.colours.replaceSync((colour && CSS_OK('color', colour) ? `:host { --baton-color: ${colour}; }` : '') 
      + (face ? `.bot .avatar, [data-mode="bot"] .face { background: url(${JSON.stringify(face)}) center/cover; } .icon-bot { opacity: 0; }` : ''));
    this.shell.classList.toggle('left', this.option('position') === 'left');
    const theme = this.option('theme');
    this.shell.dataset.theme = /^(light|dark)$/.test(theme) ? theme : DARK.matches ? 'dark' : 'light';
    const [r, g, b] = (getComputedStyle(this.launcher).backgroundColor.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    const bright = 0.2126 * r ** 2.2 + 0.7152 * g ** 2.2 + 0.0722 * b ** 2.2; // relative luminance, but for the scale
    this.shell.classList.toggle('pale', bright > 0.206 * 255 ** 2.2);
  }

  // On a phone the panel follows the part of the screen the keyboard leaves free.
  fitToScreen() {
    if (!this.isOpen || !visualViewport) return;
    const set = (name, value) => this.panel.style.setProperty(name, value);
    set('--screen', `${Math.round(visualViewport.height)}px`);
    set('--shift', `${Math.round(visualViewport.offsetTop)}px`);
    this.thread.reveal();
  }

  // ---- doing

  say(text, files) {
    this.link.start();
    this.link.send('message', text, files);
    this.thread.reveal();
  }

  askForPerson() {
    if (this.outbox.list().some((entry) => entry.kind === 'handoff' && entry.refused == null && Date.now() - entry.tried < FAILED_AFTER)) return;
    this.link.send('handoff', this.t('humanWords'));
    this.thread.reveal();
    this.focusInput();
  }

  async leaveQueue() {
    this.focusInput();
    try {
      this.learned(await this.link.call('POST', '/handoff/cancel'));
    } catch (error) {
      if (error.message && error.name !== 'AbortError') this.thread.say(error.status ? error.message : this.t('unreachable'));
      this.thread.reveal();
    }
  }

  // ---- keyboard

  keys(event) {
    const composing = event.isComposing || event.keyCode === 229;
    const { input } = this.composer;
    if (event.key === 'Escape' && this.isOpen && !composing) {
      event.stopPropagation();
      this.close();
    } else if (event.key === 'Enter' && event.target === input && !event.shiftKey && !composing) {
      event.preventDefault();
      this.composer.submit();
    } else if (event.key === 'Tab' && this.isOpen && PHONE.matches) keepInside(this.panel, event);
  }
}

const CSS_OK = (property, value) => globalThis.CSS.supports(property, value) && !/[;{}]/.test(value);
