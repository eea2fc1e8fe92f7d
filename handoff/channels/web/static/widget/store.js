// What outlives the page: the session, the outbox of unsent messages, how far the customer has read.
// Kept in localStorage, so two tabs share one session; where storage is refused, kept in memory.

export class Store {
  constructor(origin) {
    this.prefix = `baton:${origin}:`;
    this.memory = new Map();
  }

  get(name) {
    try {
      const raw = localStorage.getItem(this.prefix + name);
      if (raw != null) return JSON.parse(raw);
    } catch { /* storage refused or damaged: memory answers */ }
    return this.memory.get(name) ?? null;
  }

  set(name, value) {
    try {
      if (value == null) localStorage.removeItem(this.prefix + name);
      else localStorage.setItem(this.prefix + name, JSON.stringify(value));
      this.memory.delete(name);
    } catch {
      this.memory.set(name, value);
    }
  }

  // Calls back with the name of what another tab has changed.
  watch(changed, life) {
    addEventListener('storage', ({ key }) => key?.startsWith(this.prefix) && changed(key.slice(this.prefix.length)), life);
  }
}

// 128 random bits. crypto.randomUUID would need https.
export function uuid() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function tabName() {
  try {
    const known = sessionStorage.getItem('baton:tab') || uuid();
    sessionStorage.setItem('baton:tab', known);
    return known;
  } catch {
    return uuid();
  }
}

export const FAILED_AFTER = 30_000;
const ADOPT_AFTER = 15_000;
const STALE_AFTER = 600_000;

// An entry: {id, kind: 'message' | 'handoff', text, files, tab, made, tried, refused: null | server's words}.
export class Outbox {
  constructor(store) {
    this.store = store;
    this.tab = tabName();
  }

  list() {
    return this.store.get('outbox') || [];
  }

  add(kind, text, files = []) {
    const entry = { id: uuid(), kind, text, files, tab: this.tab, made: Date.now(), tried: Date.now(), refused: null };
    this.store.set('outbox', [...this.list(), entry]);
    return entry;
  }

  update(id, changes) {
    this.store.set('outbox', this.list().map((entry) => (entry.id === id ? { ...entry, ...changes } : entry)));
  }

  remove(id) {
    const rest = this.list().filter((entry) => entry.id !== id);
    this.store.set('outbox', rest.length ? rest : null);
  }

  // A tap on a message that was not sent: the same id goes out again, so the server can never store it twice.
  retry(id) {
    this.update(id, { tried: Date.now(), refused: null, tab: this.tab });
  }

  // The next one this tab may send. Another tab's is left to it for a while; old ones wait for a tap.
  next() {
    const now = Date.now();
    return this.list().find((entry) => entry.refused == null && now - entry.tried < STALE_AFTER
      && (entry.tab === this.tab || now - entry.made > ADOPT_AFTER));
  }
}
