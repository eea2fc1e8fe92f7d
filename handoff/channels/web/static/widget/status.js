// The head of the panel: who serves, whether the line holds, the place in the queue and what to do about it.

import { button, h, icon } from './dom.js';
import { initial } from './thread.js';
import { clock, dayName, toDate, waitText } from './texts.js';

export class Status {
  // `act` holds: close(), save(), leaveQueue(), askMessage()
  constructor({ t, language, act }) {
    Object.assign(this, { t, language, act });
    this.face = h('div', { class: 'face', 'aria-hidden': 'true' });
    this.line = h('p', { class: 'state-line', role: 'status', test: 'status' });
    this.header = h('div', { class: 'head' }, this.face,
      h('div', { class: 'heading' }, this.title = h('h2', { id: 'title' }), this.line),
      button({ class: 'close', 'aria-label': t('save'), title: t('save'), test: 'save', onclick: act.save }, icon('save')),
      button({ class: 'close', 'aria-label': t('close'), test: 'close', onclick: act.close }, icon('down')));
    this.banner = h('div', { class: 'banner', 'aria-live': 'polite', hidden: true, test: 'banner' });
  }

  // `seen` is what the server said last; `line` says how the line is: '', 'connecting' or 'away'.
  show({ mode, queue, agent, service }, line) {
    const { t } = this;
    const name = agent?.name || t('agent');
    const modes = { bot: 'stateBot', queued: 'stateQueued', human: 'stateHuman', closed: 'stateClosed' };
    const words = line === 'away' ? t(navigator.onLine ? 'unreachable' : 'stateOffline')
      : line ? t('stateConnecting') : t(modes[mode] || 'stateBot', { name });
    if (this.line.textContent !== words) this.line.textContent = words;
    const signature = JSON.stringify([mode, queue, name, service]);
    if (signature === this.shown) return;
    this.shown = signature;
    this.face.replaceChildren(mode === 'human' ? initial(name) : icon(mode === 'queued' ? 'human' : 'bot'));
    this.banner.hidden = mode !== 'queued' && mode !== 'human';
    this.banner.replaceChildren(...(mode === 'human' ? this.served(name) : mode === 'queued' ? this.queued(queue, service) : []));
  }

  served(name) {
    return [h('span', { class: 'dot' }), h('b', { test: 'agent-name' }, name), h('span', {}, this.t('agent_serves'))];
  }

  queued(queue, service) {
    const { t, act } = this;
    const place = queue?.place && (queue.place > 1 ? t('place', { n: queue.place }) : t('place_next'));
    const wait = queue?.expected_wait_s != null && t('wait', { wait: waitText(t, queue.expected_wait_s) });
    const away = service?.leave_message;
    const next = away && service.next_open && toDate(service.next_open);
    return [h('div', { test: 'queue' },
      h('b', {}, away ? t('nobody') : place || t('stateQueued')), !away && wait && h('span', {}, ` · ${wait}`),
      h('p', {}, next ? t('opens', { time: `${dayName(this.language, t, next)} ${clock(this.language, next)}` }) : t(away ? 'nobody_calm' : 'queue_calm')),
      button({ class: `leave${away ? ' first' : ''}`, test: 'leave-message', onclick: act.askMessage }, t('leave_message')),
      button({ class: 'leave', test: 'leave-queue', onclick: act.leaveQueue }, t('leave'))), !away && h('span', { class: 'bar' })].filter(Boolean);
  }
}
