// <baton-chat>: the launcher, the panel and the keyboard; joins the line (Link) to the thread (Thread).

import { h, icon } from './dom.js';
import { Link } from './link.js';
import { Outbox, Store, FAILED_AFTER } from './store.js';
import { CSS } from './styles.js';
import { Thread, initial } from './thread.js';
import { pickLanguage, translator, waitText } from './texts.js';

const LIMIT = 4000;
const COUNT_FROM = 3600;
const QUIET_FOR = 1500; // a reconnect shorter than this is not worth a word
const PHONE = matchMedia('(max-width: 480px)');
const DARK = matchMedia('(prefers-color-scheme: dark)');

export class BatonChat extends HTMLElement {
  static observedAttributes = ['color', 'position', 'theme'];

  // ---- public: open(), close(), toggle(), ask(text); events baton:open, baton:close, baton:unread {count}

  open() {
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
    (PHONE.matches ? this.panel : this.input).focus({ preventScroll: true });
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
    if (text) this.say(text);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`baton:${name}`, { bubbles: true, detail }));
  }

  // ---- life

  connectedCallback() {
    if (this.panel) return;
    const base = `${this.getAttribute('server') || this.constructor.server}`.replace(/\/$/, '');
    this.language = pickLanguage(this.getAttribute('lang'), document.documentElement.lang, navigator.language);
    this.t = translator(this.language);
    this.store = new Store(base);
    this.outbox = new Outbox(this.store);
    this.seen = { synced: 0, unread: 0, agent: null, queue: null, mode: 'bot' };
    this.link = new Link({ base: `${base}/api/v1/web`, store: this.store, outbox: this.outbox, lang: this.language.slice(0, 2), on: this.linkEvents() });
    this.build();
    this.paint();
    document.addEventListener('click', this.hostClick = (event) => this.fromHost(event));
    document.addEventListener('visibilitychange', this.seenAgain = () => this.isOpen && document.visibilityState === 'visible' && this.markRead());
    visualViewport?.addEventListener('resize', this.fit = () => this.fitToScreen());
    visualViewport?.addEventListener('scroll', this.fit);
    DARK.addEventListener('change', this.repaint = () => this.paint());
    this.ticker = setInterval(() => this.showUnsent(), 1000);
    if (this.link.session) this.link.start();
    if (this.remembered() && !PHONE.matches) this.reopen();
  }

  disconnectedCallback() {
    this.link.stop();
    clearInterval(this.ticker);
    DARK.removeEventListener('change', this.repaint);
    document.removeEventListener('click', this.hostClick);
    document.removeEventListener('visibilitychange', this.seenAgain);
    visualViewport?.removeEventListener('resize', this.fit);
    visualViewport?.removeEventListener('scroll', this.fit);
    this.panel = null;
    this.isOpen = false;
  }

  attributeChangedCallback() {
    if (this.panel) this.paint();
  }

  // The next page of the shop shows the chat as it was left, without taking the focus.
  reopen() {
    const { focus } = this.input;
    this.input.focus = () => {};
    this.open();
    this.input.focus = focus;
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
    const { t } = this;
    const root = this.shadowRoot || this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet, this.colours = new CSSStyleSheet()];
    this.thread = new Thread({
      t, language: this.language, greeting: this.getAttribute('greeting') || t('greeting'),
      suggestions: (this.getAttribute('suggestions') ?? t('suggestions')).split('|').filter(Boolean), act: this.threadActs(),
    });
    this.pinned = true;
    this.thread.node.addEventListener('scroll', () => {
      this.pinned = this.thread.atEnd();
      if (this.pinned) this.jump.hidden = true;
    });
    new ResizeObserver(() => this.pinned && this.thread.reveal()).observe(this.thread.node);
    // title="" keeps the browser from showing the element's own title attribute as a tooltip
    this.shell = h('div', { class: 'shell', lang: this.language, title: '' }, this.buildPanel(), this.buildLauncher());
    root.replaceChildren(this.shell);
    this.shell.addEventListener('keydown', (event) => this.keys(event));
    this.paintLauncher();
    this.showStatus();
    this.showUnsent();
  }

  buildLauncher() {
    this.badge = h('span', { class: 'badge', hidden: true, 'data-testid': 'badge', 'aria-hidden': 'true' });
    this.launcher = h('button', { type: 'button', class: 'launcher', 'aria-expanded': 'false', 'data-testid': 'launcher', onclick: () => this.toggle() },
      icon('chat'), icon('down'), h('span', { class: 'launcher-word', 'aria-hidden': 'true' }, this.t('launcher')), this.badge);
    return this.launcher;
  }

  buildPanel() {
    this.panel = h('section', { class: 'panel', role: 'dialog', 'aria-labelledby': 'title', tabindex: '-1', hidden: true, 'data-testid': 'panel' },
      this.buildHeader(), this.buildBanner(), this.thread.node, this.buildJump(), this.buildComposer());
    return this.panel;
  }

  buildHeader() {
    const { t } = this;
    this.face = h('div', { class: 'face', 'aria-hidden': 'true' });
    this.stateLine = h('p', { class: 'state-line', role: 'status', 'data-testid': 'status' });
    return h('header', {}, this.face,
      h('div', { class: 'heading' }, h('h2', { id: 'title' }, this.getAttribute('title') || t('title')), this.stateLine),
      h('button', { type: 'button', class: 'close', 'aria-label': t('close'), 'data-testid': 'close', onclick: () => this.close() }, icon('down')));
  }

  buildBanner() {
    return this.banner = h('div', { class: 'banner', 'aria-live': 'polite', hidden: true, 'data-testid': 'banner' });
  }

  buildJump() {
    this.jump = h('button', { type: 'button', class: 'jump', hidden: true, 'data-testid': 'jump', onclick: () => this.thread.reveal() },
      icon('down'), this.t('jump'));
    return h('div', { class: 'jump-slot' }, this.jump);
  }

  buildComposer() {
    const { t } = this;
    this.input = h('textarea', {
      rows: '1', 'aria-label': t('input'), placeholder: t('placeholder'), enterkeyhint: 'send', autocomplete: 'off', 'data-testid': 'input',
      'aria-describedby': 'count', oninput: () => this.edited(),
    });
    this.count = h('p', { class: 'count', id: 'count', role: 'status', hidden: true, 'data-testid': 'counter' });
    this.human = h('button', { type: 'button', class: 'human', 'data-testid': 'human', onclick: () => this.askForPerson() }, icon('human'), t('human'));
    this.sendButton = h('button', { type: 'submit', class: 'send', 'aria-label': t('send'), 'data-testid': 'send' }, icon('send'));
    this.input.value = this.store.get('draft') || '';
    const form = h('form', { class: 'composer' }, h('div', { class: 'above' }, this.human, this.count), h('div', { class: 'field' }, this.input, this.sendButton));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    this.edited(true);
    return form;
  }

  // ---- what the thread asks of us

  threadActs() {
    return {
      say: (text) => { this.say(text); this.focusInput(); },
      retry: (id) => { this.link.retry(id); this.focusInput(); },
      remove: (id) => { this.outbox.remove(id); this.showUnsent(); this.focusInput(); },
      rated: (seq) => this.store.get('rated') === this.ratingKey(seq),
      rate: async (score, comment, seq) => {
        await this.link.call('POST', '/rating', { score, comment });
        this.store.set('rated', this.ratingKey(seq));
        this.focusInput();
      },
    };
  }

  ratingKey(seq) { return `${this.link.session?.id}:${seq}`; }

  focusInput() {
    if (!PHONE.matches) this.input.focus({ preventScroll: true });
  }

  // ---- what the link tells us

  linkEvents() {
    return {
      event: (event) => this.received(event),
      cleared: () => {
        this.thread.clear();
        Object.assign(this.seen, { synced: 0, unread: 0, agent: null, queue: null, mode: 'bot' });
        this.showUnread();
        this.showStatus();
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
      problem: (words) => this.thread.say(words),
      expired: () => {
        this.store.set('read', null);
        this.thread.say(this.t('expired'));
      },
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
    if (event.author !== 'customer') this.learned({ bot_typing: false });
    if (event.author === 'agent' && this.seen.mode === 'human' && !this.seen.agent) this.learned({ agent: { name: event.author_name } });
    if (follow) this.thread.reveal();
    else if (fresh) this.jump.hidden = false;
    if (this.isOpen && document.visibilityState === 'visible') this.markRead();
    else if (event.author !== 'customer' && event.seq > (this.store.get('read') || 0)) this.addUnread();
  }

  learned(news) {
    for (const key of ['mode', 'queue', 'agent']) if (news[key] !== undefined) this.seen[key] = news[key];
    if (news.mode && news.mode !== 'human') this.seen.agent = null;
    if (news.mode && news.mode !== 'queued') this.seen.queue = null;
    if (news.bot_typing !== undefined) {
      const follow = this.thread.atEnd();
      this.thread.showTyping(news.bot_typing && 'bot', this.t('bot'));
      if (follow) this.thread.reveal();
    }
    this.showStatus();
  }

  lineChanged(state) {
    clearTimeout(this.quiet);
    if (state === 'online') this.away = false;
    else this.quiet = setTimeout(() => { this.away = true; this.showStatus(); }, QUIET_FOR);
    if (state === 'offline') this.thread.showTyping(null);
    this.showStatus();
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
    const { mode, queue, agent } = this.seen;
    const { t } = this;
    const name = agent?.name || t('agent');
    const connecting = !this.away && !this.link.session && this.link.state === 'connecting';
    const words = { bot: 'stateBot', queued: 'stateQueued', human: 'stateHuman', closed: 'stateClosed' };
    const line = this.away ? t(navigator.onLine ? 'unreachable' : 'stateOffline') : connecting ? t('stateConnecting') : t(words[mode] || 'stateBot', { name });
    if (this.stateLine.textContent !== line) this.stateLine.textContent = line;
    this.shell.dataset.mode = mode;
    this.shell.classList.toggle('away', Boolean(this.away));
    this.human.hidden = mode === 'queued' || mode === 'human';
    const signature = JSON.stringify([mode, queue, agent]);
    if (signature === this.shownStatus) return;
    this.shownStatus = signature;
    this.face.replaceChildren(mode === 'human' ? initial(name) : icon(mode === 'queued' ? 'human' : 'bot'));
    this.showBanner(mode, queue, name);
  }

  showBanner(mode, queue, name) {
    const { t } = this;
    this.banner.hidden = mode !== 'queued' && mode !== 'human';
    if (mode === 'human') {
      this.banner.replaceChildren(h('span', { class: 'dot' }), h('b', { 'data-testid': 'agent-name' }, name), h('span', {}, t('agentServes')));
    } else if (mode === 'queued') {
      const place = queue?.place && (queue.place > 1 ? t('place', { n: queue.place }) : t('placeNext'));
      const wait = queue?.expected_wait_s != null && t('wait', { wait: waitText(t, queue.expected_wait_s) });
      this.banner.replaceChildren(h('div', { 'data-testid': 'queue' },
        h('b', {}, place || t('stateQueued')), wait && h('span', {}, ` · ${wait}`), h('p', {}, t('queueCalm')),
        h('button', { type: 'button', class: 'leave', 'data-testid': 'leave-queue', onclick: () => this.leaveQueue() }, t('leave'))), h('span', { class: 'bar' }));
    } else this.banner.replaceChildren();
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
    this.tell('unread', { count: unread });
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
    const colour = this.getAttribute('color');
    this.colours.replaceSync(colour && CSS_OK('color', colour) ? `:host { --baton-color: ${colour}; }` : '');
    this.shell.classList.toggle('left', this.getAttribute('position') === 'left');
    const theme = this.getAttribute('theme');
    this.shell.dataset.theme = /^(light|dark)$/.test(theme) ? theme : DARK.matches ? 'dark' : 'light';
    const [r, g, b] = (getComputedStyle(this.launcher).backgroundColor.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    this.shell.classList.toggle('pale', luminance > 0.25);
  }

  // On a phone the panel follows the part of the screen the keyboard leaves free.
  fitToScreen() {
    if (!this.isOpen || !visualViewport) return;
    const set = (name, value) => this.panel.style.setProperty(name, value);
    set('--screen', `${Math.round(visualViewport.height)}px`);
    set('--shift', `${Math.round(visualViewport.offsetTop)}px`);
    this.thread.reveal();
  }

  // ---- writing

  edited(first) {
    const { input } = this;
    const size = [...input.value].length;
    const over = size - LIMIT;
    this.count.hidden = size < COUNT_FROM;
    this.count.classList.toggle('over', over > 0);
    this.count.textContent = size < COUNT_FROM ? '' : over > 0 ? this.t('tooLong', { n: over }) : this.t('left', { n: -over });
    this.sendButton.disabled = over > 0 || !input.value.trim();
    input.style.height = 'auto';
    if (input.scrollHeight) input.style.height = `${Math.min(input.scrollHeight, 132)}px`;
    if (first === true) return;
    this.store.set('draft', input.value || null);
    if (input.value) this.link.typing();
  }

  submit() {
    const text = this.input.value.trim();
    if (!text || this.sendButton.disabled) return;
    this.input.value = '';
    this.edited();
    this.say(text);
    this.input.focus({ preventScroll: true });
  }

  say(text) {
    this.link.start();
    this.link.send('message', text);
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
    if (event.key === 'Escape' && this.isOpen && !composing) {
      event.stopPropagation();
      this.close();
    } else if (event.key === 'Enter' && event.target === this.input && !event.shiftKey && !composing) {
      event.preventDefault();
      this.submit();
    } else if (event.key === 'Tab' && this.isOpen && PHONE.matches) this.keepInside(event);
  }

  keepInside(event) {
    const able = [...this.panel.querySelectorAll('button:not(:disabled), textarea, input, a[href], [tabindex="0"]')].filter((node) => node.getClientRects().length);
    const [first, last] = [able[0], able.at(-1)];
    const at = this.shadowRoot.activeElement;
    if (event.shiftKey && (at === first || at === this.panel)) last.focus();
    else if (!event.shiftKey && at === last) first.focus();
    else return;
    event.preventDefault();
  }
}

const CSS_OK = (property, value) => globalThis.CSS.supports(property, value) && !/[;{}]/.test(value);

// ---- start: one <script> tag is enough; the element is made when the page has none

const script = document.currentScript || document.querySelector('script[src*="widget.js"]');
BatonChat.server = new URL(script?.src || location.href).origin;

function start() {
  if (!customElements.get('baton-chat')) customElements.define('baton-chat', BatonChat);
  if (document.querySelector('baton-chat')) return;
  const element = document.createElement('baton-chat');
  for (const name of ['lang', 'color', 'position', 'title', 'theme', 'greeting', 'suggestions', 'server']) {
    if (script?.dataset[name]) element.setAttribute(name, script.dataset[name]);
  }
  document.body.append(element);
}

if (document.body) start();
else addEventListener('DOMContentLoaded', start);
