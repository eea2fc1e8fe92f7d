// The line to the server: WebSocket with recovery by epoch and seq, long polling where it is blocked,
// and the outbox sent in order, one at a time, until each message is acknowledged.

import { Session } from './session.js';

const WAIT_MIN = 500;
const WAIT_MAX = 30_000;
const STABLE_AFTER = 60_000;
const ACK_WITHIN = 10_000;
const OPEN_WITHIN = 6_000;
const SILENT_AFTER = 45_000;
const SOCKET_AGAIN_AFTER = 300_000;
const RESTARTING = 1012;

const messageOf = ({ id, text, files }) => ({ client_msg_id: id, text, attachments: (files || []).map((file) => file.id) });

export class Link extends Session {
  // `on` holds: event(e), cleared(), status(s), state(name), outbox(), sent(entry, seq, at), synced(seq), problem(words),
  // expired(), refusedIdentity(error)
  constructor({ base, store, outbox, lang, on }) {
    super();
    Object.assign(this, { base, store, outbox, lang, on });
    this.session = store.get('session');
    this.epoch = this.session?.epoch ?? null;
    this.since = 0;
    this.held = new Map();
    this.state = 'idle';
    this.mode = 'bot';
    this.turn = 0; // rises with every attempt; whatever belongs to an older attempt is ignored
    this.failures = 0;
    this.socketFailures = 0;
    this.socketAgainAt = 0;
  }

  // ---- life

  start() {
    if (this.state !== 'idle') return;
    this.life = new AbortController();
    addEventListener('online', () => this.hurry(), this.life);
    addEventListener('offline', () => this.lost(), this.life);
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.probe(), this.life);
    this.store.watch((name) => this.otherTab(name), this.life);
    this.connect();
  }

  stop() {
    this.life?.abort();
    this.drop();
    this.setState('idle');
  }

  setState(state) {
    if (state === this.state) return;
    this.state = state;
    this.on.state(state);
  }

  // Ends the present attempt and everything under way in it.
  drop() {
    this.turn += 1;
    [this.retryTimer, this.ackTimer, this.silenceTimer, this.openTimer, this.stableTimer].forEach(clearTimeout);
    this.abort?.abort();
    this.abort = new AbortController();
    const socket = this.socket;
    this.socket = null;
    this.polling = false;
    this.inFlight = null;
    this.anew = false;
    if (socket && socket.readyState < WebSocket.CLOSING) socket.close();
    return this.turn;
  }

  async connect() {
    const turn = this.drop();
    if (this.state !== 'offline') this.setState('connecting');
    this.openTimer = setTimeout(() => this.lost(), ACK_WITHIN);
    try {
      if (!this.session || !this.checked) await this.resume();
      if (turn !== this.turn) return;
      clearTimeout(this.openTimer);
      if (this.socketFailures >= 2 && Date.now() < this.socketAgainAt) await this.poll(turn);
      else this.openSocket(turn);
    } catch (error) {
      if (turn !== this.turn) return;
      if (error.status >= 400 && error.status < 500 && error.status !== 401 && error.message) this.on.problem(error.message);
      this.lost(error);
    }
  }

  // Back off with full jitter; a server that restarts is given 0–5 s so that not all come at once.
  lost(error, code) {
    if (this.state === 'idle') return;
    this.drop();
    if (error?.status === 401) this.checked = false;
    this.setState('offline');
    const ceiling = Math.min(WAIT_MAX, WAIT_MIN * 2 ** this.failures);
    this.failures += 1;
    const wait = Math.max(Math.random() * (code === RESTARTING ? 5000 : ceiling), (error?.retryAfter || 0) * 1000);
    this.retryTimer = setTimeout(() => this.connect(), wait);
    this.on.outbox();
  }

  // The network came back, or the customer tapped "retry": do not wait out the pause.
  hurry() {
    if (this.state === 'online') return this.pump();
    if (this.state === 'offline') this.connect();
  }

  probe() {
    if (this.state === 'offline') return this.hurry();
    if (!this.socket || this.state !== 'online' || Date.now() - this.lastFrame < 25_000) return;
    this.sendFrame({ type: 'ping' });
    this.expectFrame(5000);
  }

  // ---- session

  forget() {
    this.session = null;
    this.clear(null);
  }

  otherTab(name) {
    if (name === 'outbox') {
      this.on.outbox();
      this.pump();
    }
    const session = name === 'session' && this.store.get('session');
    if (!session || session.token === this.session?.token) return;
    this.adopt(session);
    if (this.state !== 'idle') this.connect();
  }

  // ---- WebSocket

  openSocket(turn) {
    const socket = new WebSocket(`${this.base.replace(/^http/, 'ws')}/socket`);
    this.socket = socket;
    this.openTimer = setTimeout(() => socket.close(), OPEN_WITHIN);
    socket.onopen = () => this.sendFrame({ type: 'hello', token: this.session.token, since: this.since, epoch: this.epoch });
    socket.onmessage = ({ data }) => {
      if (turn !== this.turn) return;
      this.expectFrame(SILENT_AFTER);
      this.lastFrame = Date.now();
      const frame = JSON.parse(data);
      this[`on_${frame.type}`]?.(frame);
    };
    socket.onclose = ({ code }) => {
      if (turn !== this.turn) return;
      if (this.state !== 'online') this.socketFailed();
      else if (code >= 4000 || code === 1008) this.checked = false;
      this.lost(null, code);
    };
  }

  // Refused before `ready`: perhaps the token is no longer good, perhaps the network lets no WebSocket through.
  socketFailed() {
    this.checked = false;
    this.socketFailures += 1;
    if (this.socketFailures >= 2) this.socketAgainAt = Date.now() + SOCKET_AGAIN_AFTER;
  }

  sendFrame(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  expectFrame(within) {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.lost(), within);
  }

  connected() {
    clearTimeout(this.openTimer);
    clearTimeout(this.stableTimer);
    this.stableTimer = setTimeout(() => { this.failures = 0; }, STABLE_AFTER);
    this.setState('online');
    this.on.outbox();
    this.pump();
  }

  on_ready(frame) {
    this.socketFailures = 0;
    if (this.epoch != null && frame.epoch !== this.epoch && this.since > 0) this.clear(frame.epoch);
    this.epoch = frame.epoch;
    this.status(frame);
    this.connected();
    this.on.synced(frame.top_seq);
  }

  on_event(frame) { this.receive(frame); }

  on_ack(frame) { this.settle(frame.client_msg_id, frame.seq, frame.at); }

  on_refused(frame) {
    if (frame.client_msg_id) this.refuse(frame.client_msg_id, frame.message);
    else if (/token|session|auth/.test(frame.code)) this.lost({ status: 401 });
    else if (frame.message) this.on.problem(frame.message);
  }

  on_reset(frame) {
    this.clear(frame.epoch);
    this.anew = true; // the server chooses where its snapshot begins
  }

  on_heartbeat(frame) { if (frame.top_seq > this.since) this.catchUp(); }

  on_status(frame) { this.status(frame); }

  status(news) {
    this.mode = news.mode || this.mode;
    this.on.status(news);
  }

  // ---- long polling

  async poll(turn) {
    this.polling = true;
    for (let wait = 0; turn === this.turn; wait = 25) {
      this.expectFrame(SILENT_AFTER);
      const page = await this.page(wait);
      if (turn !== this.turn) return;
      this.takePage(page);
      this.status({ queue: null, agent: null, bot_typing: false, ...page });
      this.connected();
      this.on.synced(page.top_seq);
      if (Date.now() > this.socketAgainAt) return this.connect();
    }
  }

  page(wait) {
    const epoch = encodeURIComponent(this.epoch ?? '');
    return this.call('GET', `/events?since=${this.since}&epoch=${epoch}&wait=${wait}`);
  }

  takePage(page) {
    if (page.reset) this.clear(page.epoch);
    this.epoch = page.epoch ?? this.epoch;
    for (const event of page.events) {
      if (event.seq > this.since) this.apply(event);
    }
    // Numbers that are not for the customer (an internal note) leave holes; an empty page says there is nothing in them.
    if (!page.events.length) this.since = Math.max(this.since, page.top_seq);
  }

  // ---- order: nothing twice, nothing missing

  clear(epoch) {
    this.since = 0;
    this.epoch = epoch;
    this.held.clear();
    this.on.cleared();
  }

  receive(event) {
    if (event.seq <= this.since) return;
    if (event.seq === this.since + 1 || this.anew) {
      this.apply(event);
      this.releaseHeld();
    } else {
      this.held.set(event.seq, event);
      this.catchUp();
    }
  }

  apply(event) {
    this.since = event.seq;
    this.anew = false;
    if (event.client_msg_id && event.author === 'customer') this.settle(event.client_msg_id);
    this.on.event(event);
  }

  releaseHeld() {
    for (const seq of [...this.held.keys()].sort((a, b) => a - b)) {
      if (seq === this.since + 1) this.apply(this.held.get(seq));
      if (seq <= this.since) this.held.delete(seq);
    }
  }

  // A gap: ask for what lies between. Over HTTP, so the same works whatever the live line does meanwhile.
  async catchUp() {
    if (this.catching === this.turn) return;
    const turn = this.turn;
    this.catching = turn;
    try {
      for (let round = 0; round < 20; round += 1) {
        const page = await this.page(0);
        if (turn !== this.turn) return;
        this.takePage(page);
        this.releaseHeld();
        if (!this.held.size && page.top_seq <= this.since) break;
      }
    } catch (error) {
      if (turn === this.turn && error.status === 401) this.lost(error);
    } finally {
      if (this.catching === turn) this.catching = null;
    }
  }

  // ---- sending

  send(kind, text, files) {
    this.outbox.add(kind, text, files);
    this.on.outbox();
    this.hurry();
  }

  retry(id) {
    this.outbox.retry(id);
    this.on.outbox();
    this.hurry();
  }

  typing() {
    const now = Date.now();
    if (now - (this.typedAt || 0) < 3000) return;
    this.typedAt = now;
    if (this.polling) this.call('POST', '/typing').catch(() => {});
    else if (this.state === 'online') this.sendFrame({ type: 'typing' });
  }

  seen(seq) {
    if (this.polling) this.call('POST', '/read', { seq }).catch(() => {});
    else this.sendFrame({ type: 'read', seq });
  }

  pump() {
    if (this.inFlight || this.state !== 'online') return;
    const entry = this.outbox.next();
    if (!entry) return;
    this.inFlight = entry.id;
    this.ackTimer = setTimeout(() => this.lost(), ACK_WITHIN);
    if (entry.kind === 'handoff' || this.polling) this.post(entry);
    else this.sendFrame({ type: 'message', ...messageOf(entry) });
  }

  async post(entry) {
    const turn = this.turn;
    const [path, body] = entry.kind === 'handoff'
      ? ['/handoff', { client_msg_id: entry.id }]
      : ['/messages', messageOf(entry)];
    try {
      const answer = await this.call('POST', path, body);
      if (turn === this.turn) this.settle(entry.id, answer.seq, answer.at);
    } catch (error) {
      if (turn !== this.turn) return;
      const final = error.status >= 400 && error.status < 500 && ![401, 408].includes(error.status);
      if (final) this.refuse(entry.id, error.message);
      else this.lost(error);
    }
  }

  settle(id, seq, at) {
    const entry = this.outbox.list().find((one) => one.id === id);
    if (this.inFlight === id) {
      clearTimeout(this.ackTimer);
      this.inFlight = null;
    }
    if (entry) {
      this.outbox.remove(id);
      this.on.sent(entry, seq, at);
    }
    this.pump();
  }

  refuse(id, message) {
    clearTimeout(this.ackTimer);
    this.inFlight = null;
    this.outbox.update(id, { refused: message || '' });
    this.on.outbox();
    this.pump();
  }
}
