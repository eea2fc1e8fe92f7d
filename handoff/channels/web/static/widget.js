// Baton customer widget. Made from static/widget/*.js by static/widget/build.py: edit those, not this.
(() => {
'use strict';
const TEXTS = {
'zh-CN': {
title: '在线客服', launcher: '在线客服', open: '打开客服对话', close: '收起对话', unread: '，{n} 条未读消息',
log: '对话记录', input: '输入消息', placeholder: '输入您的问题…', send: '发送', human: '转人工', humanWords: '转人工',
bot: '智能助手', botTag: 'AI', agent: '客服', agentTag: '人工', you: '您', says: '{who}说：',
greeting: '您好！我是智能助手，订单、配送、退换货、发票都可以问我。需要人工客服时，随时点“转人工”。',
suggestions: '我的订单到哪了？|怎么退货退款？|怎么开发票？',
stateBot: '智能助手在线', stateConnecting: '正在连接…', stateOffline: '网络已断开，消息会在恢复后自动发送',
stateQueued: '正在为您接通人工客服', stateHuman: '{name} 正在为您服务', stateClosed: '本次服务已结束',
place: '您排在第 {n} 位', placeNext: '您是下一位', wait: '预计等待约 {wait}', queueCalm: '您可以先描述问题，客服接入后会看到完整的对话。',
leave: '不等了，继续问智能助手', agentServes: '人工客服', waitSeconds: '1 分钟内', waitMinutes: '{n} 分钟', waitHours: '{n} 小时',
sending: '发送中…', waiting: '等待网络恢复', sent: '已发送', failed: '未发送 · 点按重试', refused: '消息未被接收', retry: '重试', remove: '删除',
typing: '正在输入', today: '今天', yesterday: '昨天', jump: '查看新消息', quick: '快捷回复',
expired: '之前的会话已过期，已为您开始新的会话。', unreachable: '暂时连接不上客服，正在重试…', tooLong: '超出 {n} 字', left: '还可输入 {n} 字',
rateTitle: '这次服务您满意吗？', rate1: '很不满意', rate2: '不满意', rate3: '一般', rate4: '满意', rate5: '非常满意',
rateComment: '想对我们说的话（选填）', rateSend: '提交评价', rateThanks: '感谢您的评价，我们会认真阅读。', rateFailed: '评价未能提交，请再试一次。',
queued: '正在为您接通人工客服，请稍候。', taken: '人工客服已接入。', returned: '已转回智能助手，您可以继续提问。', closed: '本次服务已结束。',
bot_failed: '智能助手暂时无法回答，正在为您转接人工客服。', busy: '当前咨询人数较多，请您稍候。', asked_again: '您的问题已提交，客服会尽快回复。',
},
en: {
title: 'Customer service', launcher: 'Chat with us', open: 'Open the chat', close: 'Close the chat', unread: ', {n} unread',
log: 'Conversation', input: 'Your message', placeholder: 'Type your question…', send: 'Send', human: 'Talk to a person', humanWords: 'Talk to a person',
bot: 'Assistant', botTag: 'AI', agent: 'Agent', agentTag: 'Person', you: 'You', says: '{who}: ',
greeting: 'Hello! I am the assistant. Ask me about orders, delivery, returns or invoices. To reach a person at any time, tap “Talk to a person”.',
suggestions: 'Where is my order?|How do I return an item?|How do I get an invoice?',
stateBot: 'Assistant online', stateConnecting: 'Connecting…', stateOffline: 'You are offline. Messages will be sent when you are back.',
stateQueued: 'Finding a person for you', stateHuman: '{name} is helping you', stateClosed: 'This conversation has ended',
place: 'You are number {n} in line', placeNext: 'You are next in line', wait: 'about {wait} to wait', queueCalm: 'You can describe the problem now. The agent will see the whole conversation.',
leave: 'Leave the line, go on with the assistant', agentServes: 'Customer service agent', waitSeconds: 'less than a minute', waitMinutes: '{n} min', waitHours: '{n} h',
sending: 'Sending…', waiting: 'Waiting for the network', sent: 'Sent', failed: 'Not sent — tap to retry', refused: 'The message was not accepted', retry: 'Retry', remove: 'Remove',
typing: 'is typing', today: 'Today', yesterday: 'Yesterday', jump: 'New messages', quick: 'Quick replies',
expired: 'Your earlier session has expired. A new one has been started for you.', unreachable: 'Customer service cannot be reached right now. Trying again…', tooLong: '{n} characters too many', left: '{n} characters left',
rateTitle: 'How was this service?', rate1: 'Very poor', rate2: 'Poor', rate3: 'Fair', rate4: 'Good', rate5: 'Excellent',
rateComment: 'Anything you would like to tell us (optional)', rateSend: 'Send rating', rateThanks: 'Thank you. We read every rating.', rateFailed: 'The rating could not be sent. Please try again.',
queued: 'We are finding a person for you. One moment, please.', taken: 'An agent has joined.', returned: 'You are back with the assistant. Feel free to ask on.', closed: 'This conversation has ended.',
bot_failed: 'The assistant cannot answer right now. We are passing you to a person.', busy: 'Many customers are waiting at the moment. Thank you for your patience.', asked_again: 'Your question has been passed on. An agent will answer as soon as possible.',
},
};
function pickLanguage(...candidates) {
for (const candidate of candidates) {
if (/^zh/i.test(candidate || '')) return 'zh-CN';
if (/^en/i.test(candidate || '')) return 'en';
}
return 'en';
}
function translator(language) {
const texts = TEXTS[language];
return (key, values = {}) => (texts[key] || '').replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}
function waitText(t, seconds) {
if (seconds < 60) return t('waitSeconds');
if (seconds < 3600) return t('waitMinutes', { n: Math.ceil(seconds / 60) });
return t('waitHours', { n: Math.ceil(seconds / 3600) });
}
function toDate(at) {
const date = new Date(typeof at === 'number' ? at * 1000 : at || Date.now());
return Number.isNaN(date.getTime()) ? new Date() : date;
}
function clock(language, date) {
return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(date);
}
function dayName(language, t, date) {
const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
const days = Math.round((midnight(new Date()) - midnight(date)) / 864e5);
if (days === 0) return t('today');
if (days === 1) return t('yesterday');
const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
return new Intl.DateTimeFormat(language, { year, month: 'long', day: 'numeric', weekday: 'short' }).format(date);
}
const SVG_NS = 'http://www.w3.org/2000/svg';
function h(tag, attributes = {}, ...children) {
const node = document.createElement(tag);
for (const [name, value] of Object.entries(attributes)) {
if (value == null || value === false) continue;
if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
else node.setAttribute(name, value === true ? '' : value);
}
node.append(...children.filter((child) => child != null && child !== false));
return node;
}
const ICONS = {
chat: ['M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4.1a.55.55 0 0 1-.9-.4V16A2 2 0 0 1 4 14z', 'M8.5 8.2h7M8.5 11.4h4.4'],
down: ['m6.5 9.5 5.5 5.5 5.5-5.5'],
send: ['M4.6 4.9 20 12 4.6 19.1l1.7-7.1z', 'M6.3 12h6'],
human: ['M5 14v-2.5a7 7 0 0 1 14 0V14', 'M5 13.5h1.4a1 1 0 0 1 1 1v2.6a1 1 0 0 1-1 1H6a1.5 1.5 0 0 1-1.5-1.5V14zM19 13.5h-1.4a1 1 0 0 0-1 1v2.6a1 1 0 0 0 1 1h.4a1.5 1.5 0 0 0 1.5-1.5V14z', 'M18.8 18c-.5 1.7-2.3 2.6-4.8 2.6'],
bot: ['M12 20.500V11', 'M12 13.500C12 8.8 8.6 6.3 4.5 6.200c0 4.6 2.7 7.3 7.5 7.300z', 'M12 11c.1-4.3 3-7 7.5-7.2.2 4.7-2.8 7.3-7.5 7.200z'],
star: ['m12 3.6 2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z'],
alert: ['M12 7.500v5.500M12 16.400v.1', 'M12 3.500a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z'],
};
function icon(name) {
const svg = document.createElementNS(SVG_NS, 'svg');
svg.setAttribute('viewBox', '0 0 24 24');
svg.setAttribute('aria-hidden', 'true');
svg.setAttribute('class', `icon icon-${name}`);
for (const d of ICONS[name]) {
const path = document.createElementNS(SVG_NS, 'path');
path.setAttribute('d', d);
svg.append(path);
}
return svg;
}
const INLINE = /\*\*(.+?)\*\*|\[([^\]\n]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>"'，。；！？、（）【】《》“”]+)/g;
const ITEM = /^\s*(?:[-*•]\s+|(\d{1,3})(?:[.)]\s+|、\s*))(.*)$/;
function link(label, address) {
let url;
try { url = new URL(address); } catch { return null; }
if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
return h('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, label);
}
function inline(text) {
const nodes = [];
let last = 0;
for (const match of text.matchAll(INLINE)) {
const [whole, bold, label, address, bare] = match;
nodes.push(text.slice(last, match.index));
last = match.index + whole.length;
if (bold != null) nodes.push(h('strong', {}, ...inline(bold)));
else if (label != null) nodes.push(link(label, address) || whole);
else {
const trimmed = bare.replace(/[.,;:!?)\]]+$/, '');
nodes.push(link(trimmed, trimmed) || trimmed, bare.slice(trimmed.length));
}
}
nodes.push(text.slice(last));
return nodes.filter((node) => node !== '');
}
function markdown(text) {
const blocks = document.createDocumentFragment();
let paragraph = null;
let list = null;
for (const line of String(text).replace(/\r\n?/g, '\n').split('\n')) {
const item = ITEM.exec(line);
if (item) {
const kind = item[1] ? 'OL' : 'UL';
if (list?.tagName !== kind) blocks.append(list = h(kind, item[1] ? { start: item[1] } : {}));
list.append(h('li', {}, ...inline(item[2])));
paragraph = null;
} else if (!line.trim()) {
paragraph = null;
} else {
list = null;
if (paragraph) paragraph.append(h('br'));
else blocks.append(paragraph = h('p'));
const heading = /^#{1,6}\s+(.*)$/.exec(line);
paragraph.append(...(heading ? [h('strong', {}, ...inline(heading[1]))] : inline(line)));
}
}
return blocks;
}
class Store {
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
watch(changed) {
const listen = (event) => {
if (event.key?.startsWith(this.prefix)) changed(event.key.slice(this.prefix.length));
};
addEventListener('storage', listen);
return () => removeEventListener('storage', listen);
}
}
function uuid() {
if (crypto.randomUUID) return crypto.randomUUID();
const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0'));
hex[6] = `4${hex[6][1]}`;
hex[8] = `a${hex[8][1]}`;
return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
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
const FAILED_AFTER = 30_000;
const ADOPT_AFTER = 15_000;
const STALE_AFTER = 600_000;
class Outbox {
constructor(store) {
this.store = store;
this.tab = tabName();
}
list() {
return this.store.get('outbox') || [];
}
add(kind, text) {
const entry = { id: uuid(), kind, text, tab: this.tab, made: Date.now(), tried: Date.now(), refused: null };
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
retry(id) {
this.update(id, { tried: Date.now(), refused: null, tab: this.tab });
}
next() {
const now = Date.now();
return this.list().find((entry) => entry.refused == null && now - entry.tried < STALE_AFTER
&& (entry.tab === this.tab || now - entry.made > ADOPT_AFTER));
}
}
const CSS = `:host,.shell{all:initial}:host{--baton-brand:var(--baton-color,#0f766e)}*,*::before,*::after{box-sizing:border-box}[hidden]{display:none !important}.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}.shell{--brand:var(--baton-brand);--on:#fff;--on-soft:rgb(255 255 255 / .86);--on-tint:rgb(255 255 255 / .16);--deep:color-mix(in oklab,var(--brand) 84%,#04211f);--accent:var(--brand);--surface:#fff;--ground:#f4f8f6;--ink:#14211e;--soft:#566863;--line:#dfe8e4;--bot:#fff;--agent:#fff3df;--agent-line:#f0dcb8;--warm:#a3480b;--warm-soft:#fbe6c8;--bad:#b42318;--bad-soft:#fdecea;--tint:color-mix(in oklab,var(--brand) 10%,var(--surface));--shadow:0 1px 2px rgb(10 40 36 / .06),0 18px 48px -8px rgb(10 40 36 / .26);display:block;font:400 medium/1.55 var(--baton-font,system-ui,-apple-system,"Segoe UI","PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif);color:var(--ink);color-scheme:light;text-align:start;-webkit-font-smoothing:antialiased;-webkit-text-size-adjust:100%}.shell.pale{--on:#10201d;--on-soft:rgb(16 32 29 / .86);--on-tint:rgb(16 32 29 / .1);--deep:var(--brand);--accent:color-mix(in oklab,var(--brand) 45%,#10201d)}.shell[data-theme="dark"]{--accent:color-mix(in oklab,var(--brand) 42%,#d9fff6);--surface:#18211f;--ground:#101716;--ink:#e9f1ee;--soft:#a0b2ad;--line:#2c3936;--bot:#1f2a27;--agent:#33291a;--agent-line:#55442a;--warm:#f2b36b;--warm-soft:#46351d;--bad:#ff9d92;--bad-soft:#3d2220;--shadow:0 0 0 1px #2c3936,0 18px 48px -8px rgb(0 0 0 / .7);color-scheme:dark}button,textarea,input{font:inherit;color:inherit;letter-spacing:inherit;margin:0}button{border:0;background:none;padding:0;cursor:pointer;touch-action:manipulation;-webkit-tap-highlight-color:transparent}h2,p,ul,ol,fieldset,legend{margin:0;padding:0;border:0;font:inherit}.icon{width:1.4em;height:1.4em;fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round;flex:none;display:block}:focus{outline:none}:focus-visible{outline:2px solid var(--accent);outline-offset:2px}header :focus-visible{outline-color:var(--on)}.panel:focus-visible{outline:none}.launcher,.panel{font-size:.9375em}.launcher{position:fixed;z-index:var(--baton-z,2147483000);inset-block-end:calc(var(--baton-bottom,24px) + env(safe-area-inset-bottom,0px));inset-inline-end:var(--baton-side,24px);display:inline-flex;align-items:center;gap:10px;height:56px;padding:0 22px 0 18px;border-radius:28px;background:var(--brand);color:var(--on);box-shadow:0 1px 2px rgb(10 40 36 / .16),0 10px 28px -6px color-mix(in oklab,var(--brand) 60%,transparent);font-weight:600;transition:transform .16s ease,box-shadow .16s ease}.launcher .icon{width:26px;height:26px}.launcher .icon-down{display:none}.launcher:hover{transform:translateY(-2px)}.launcher:active{transform:none}.launcher:focus-visible{outline:3px solid var(--surface);box-shadow:0 0 0 6px var(--accent)}.open .launcher{width:56px;padding:0;justify-content:center}.open .launcher-word,.open .launcher .icon-chat{display:none}.open .launcher .icon-down{display:block}.badge{position:absolute;inset-block-start:-5px;inset-inline-end:-3px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#c62a1f;color:#fff;font-size:12px;font-weight:700;line-height:22px;text-align:center;box-shadow:0 0 0 2px var(--surface)}.left .launcher,.left .panel{inset-inline:var(--baton-side,24px) auto}.panel{position:fixed;z-index:var(--baton-z,2147483000);inset-block-end:calc(var(--baton-bottom,24px) + 70px);inset-inline-end:var(--baton-side,24px);display:flex;flex-direction:column;width:min(392px,calc(100vw - 32px));height:min(660px,calc(100vh - var(--baton-bottom,24px) - 94px));background:var(--ground);border-radius:var(--baton-radius,20px);box-shadow:var(--shadow);overflow:hidden;animation:rise .2s cubic-bezier(.2,.8,.3,1)}@keyframes rise{from{opacity:0;transform:translateY(14px) scale(.985)}}header{display:flex;align-items:center;gap:12px;padding:16px 14px 16px 18px;background:linear-gradient(135deg,var(--deep),var(--brand));color:var(--on);position:relative}.face{flex:none;width:42px;height:42px;border-radius:14px;display:grid;place-items:center;background:var(--on-tint);font-weight:600;font-size:1.125em;position:relative}.face .icon{width:26px;height:26px}[data-mode="human"] .face{border-radius:50%;background:#fff3df;color:#8a3c08}.face::after{content:"";position:absolute;inset-block-end:-2px;inset-inline-end:-2px;width:12px;height:12px;border-radius:50%;background:#4ade80;border:2px solid var(--brand)}.away .face::after{background:#cbd5d1}.heading{flex:1;min-width:0}h2{font-size:1.0667em;font-weight:650;line-height:1.35;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.state-line{font-size:.8em;line-height:1.4;color:var(--on-soft);margin-top:2px}.close{flex:none;width:36px;height:36px;border-radius:12px;display:grid;place-items:center}.close:hover{background:var(--on-tint)}.close .icon{width:22px;height:22px}.banner{position:relative;display:flex;align-items:center;gap:8px;padding:10px 18px;background:var(--agent);border-bottom:1px solid var(--agent-line);font-size:.8667em}.banner b{font-weight:650;color:var(--warm)}.banner p,.banner .dot ~ span{color:var(--soft)}.leave{color:var(--warm);font-weight:600;text-decoration:underline;text-underline-offset:3px;min-height:28px}.banner .dot{width:8px;height:8px;border-radius:50%;background:#22a565}.bar{position:absolute;inset:auto 0 -1px 0;height:2px;overflow:hidden}.bar::before{content:"";position:absolute;inset-block:0;width:34%;border-radius:2px;background:var(--warm);animation:pass 1.8s ease-in-out infinite}@keyframes pass{from{inset-inline-start:-34%}to{inset-inline-start:100%}}.scroll{flex:1;min-height:0;overflow:hidden auto;overscroll-behavior:contain;padding:18px 16px 10px;scrollbar-width:thin;scrollbar-color:var(--line) transparent}.scroll:focus-visible{outline-offset:-3px}.day,.notice{display:flex;justify-content:center;margin:14px 0 12px;font-size:.8em;color:var(--soft);text-align:center}.day{align-items:center;gap:12px}.day::before,.day::after{content:"";flex:1;height:1px;background:var(--line)}.notice span{padding:5px 14px;border-radius:16px;background:color-mix(in oklab,var(--soft) 11%,var(--ground));color:var(--soft);overflow-wrap:anywhere}.row{display:flex;gap:9px;margin-top:14px;animation:appear .18s ease-out}.row.continued{margin-top:5px}.row.continued .avatar{visibility:hidden;height:0}@keyframes appear{from{opacity:0;transform:translateY(5px)}}.avatar{flex:none;width:32px;height:32px;border-radius:11px;display:grid;place-items:center;background:var(--tint);color:var(--accent);font-size:.8667em;font-weight:650;margin-top:1px}.avatar .icon{width:20px;height:20px}.agent .avatar{border-radius:50%;background:var(--warm-soft);color:var(--warm)}.stack{min-width:0;max-width:82%;display:flex;flex-direction:column;align-items:flex-start}.customer{justify-content:flex-end}.customer .stack{align-items:flex-end}.byline{display:flex;align-items:center;gap:6px;margin:0 0 4px 2px;font-size:.8em;line-height:1.4;color:var(--soft)}.byline b{font-weight:600}.byline i{font-style:normal;font-size:.86em;font-weight:650;padding:0 6px;border-radius:6px;background:var(--tint);color:var(--accent)}.agent .byline i{background:var(--warm-soft);color:var(--warm)}.bubble{position:relative;padding:9px 14px;border-radius:16px;overflow-wrap:anywhere;max-width:100%;background:var(--bot);border:1px solid var(--line);border-start-start-radius:5px}.agent .bubble{background:var(--agent);border-color:var(--agent-line)}.customer .bubble{background:var(--brand);border-color:transparent;color:var(--on);border-start-start-radius:16px;border-end-end-radius:5px}.customer .bubble p,.agent .bubble p{white-space:pre-wrap}.bubble>* + *:not(.sr){margin-top:7px}.bubble>.sr + *{margin-top:0}.bubble ul,.bubble ol{padding-inline-start:1.35em}.bubble li + li{margin-top:3px}.bubble li::marker{color:var(--accent);font-weight:600}.bubble strong{font-weight:650}.bubble a{color:var(--accent);text-underline-offset:3px;border-radius:3px}time,.state{font-size:.7333em;line-height:1.4;color:var(--soft);margin:3px 4px 0;font-variant-numeric:tabular-nums}.state{display:flex;flex-wrap:wrap;align-items:center;justify-content:flex-end;gap:2px 6px;min-height:20px}.failed .bubble{background:var(--bad-soft);border-color:color-mix(in oklab,var(--bad) 35%,var(--bad-soft));color:var(--ink)}.failed .state{color:var(--bad);font-size:.8em;min-height:24px}.state button{font-weight:650;text-decoration:underline;text-underline-offset:3px;min-height:24px;padding:0 4px}.state .icon{width:1.25em;height:1.25em}.typing{display:flex;gap:9px;margin-top:14px}.dots{display:flex;gap:5px;align-items:center;height:1.55em}.dots i{width:7px;height:7px;border-radius:50%;background:var(--accent);opacity:.35;animation:dot 1.2s infinite}.dots i:nth-child(2){animation-delay:.16s}.dots i:nth-child(3){animation-delay:.32s}@keyframes dot{30%{opacity:1;transform:translateY(-3px)}60%{opacity:.35;transform:none}}.replies{display:flex;flex-wrap:wrap;gap:8px;margin:12px 0 4px 41px}.replies:empty{display:none}.replies button{min-height:36px;padding:6px 14px;border-radius:18px;border:1px solid color-mix(in oklab,var(--accent) 45%,var(--surface));background:var(--surface);color:var(--accent);font-size:.9333em;line-height:1.35;font-weight:550;text-align:start;overflow-wrap:anywhere;transition:background .15s}.replies button:hover{background:var(--tint)}.rating{margin:16px 0 6px;padding:18px 16px;border-radius:16px;background:var(--surface);border:1px solid var(--line);text-align:center;animation:appear .18s ease-out}.rating legend{width:100%;font-weight:650}.stars{display:flex;justify-content:center;gap:2px;margin-top:8px}.stars label{position:relative;width:44px;height:44px;display:grid;place-items:center;color:color-mix(in oklab,var(--soft) 60%,var(--surface));border-radius:12px}.stars input{position:absolute;inset:0;width:100%;height:100%;opacity:0;cursor:pointer}.stars label:has(:focus-visible){outline:2px solid var(--accent)}.stars .icon{pointer-events:none;width:30px;height:30px;stroke-width:1.4;transition:transform .15s}.stars .on{color:#b8730a}.stars .on .icon{fill:#f5a524}.stars label:hover .icon{transform:scale(1.12)}.rating-word{display:block;min-height:1.55em;font-size:.8667em;color:var(--soft)}.rating-more{display:grid;gap:10px;margin-top:8px}.rating textarea{width:100%;padding:9px 12px;border-radius:12px;border:1px solid var(--line);background:var(--ground);resize:none;display:block}.rating-more button{min-height:42px;border-radius:12px;background:var(--brand);color:var(--on);font-weight:600}.rating-note:not(:empty){color:var(--bad);font-size:.8667em;margin-top:8px}.thanks{color:var(--accent);font-weight:600}.jump-slot{position:relative;height:0;display:flex;justify-content:center}.jump{position:absolute;inset-block-end:10px;display:inline-flex;align-items:center;gap:6px;height:34px;padding:0 14px 0 10px;border-radius:17px;background:var(--surface);color:var(--accent);font-size:.8667em;font-weight:600;border:1px solid var(--line);box-shadow:0 6px 18px -4px rgb(10 40 36 / .3)}.jump .icon{width:18px;height:18px}.composer{padding:10px 14px calc(14px + env(safe-area-inset-bottom,0px));background:var(--surface);border-top:1px solid var(--line)}.above{display:flex;align-items:center;justify-content:space-between;gap:8px}.human{display:inline-flex;align-items:center;gap:6px;min-height:32px;margin-bottom:8px;padding:0 13px 0 10px;border-radius:16px;background:var(--tint);color:var(--accent);font-size:.8667em;font-weight:600;transition:background .15s}.human .icon{width:18px;height:18px}.human:hover{background:color-mix(in oklab,var(--accent) 20%,var(--surface))}.field{display:flex;align-items:flex-end;gap:8px;padding:5px 5px 5px 14px;border-radius:22px;border:1px solid color-mix(in oklab,var(--soft) 62%,var(--surface));background:var(--surface);transition:border-color .15s,box-shadow .15s}.field:focus-within{border-color:var(--accent);box-shadow:0 0 0 3px color-mix(in oklab,var(--accent) 20%,transparent)}.field textarea{flex:1;min-width:0;min-height:34px;max-height:132px;padding:5px 0;border:0;background:none;resize:none;line-height:1.55;outline:none;scrollbar-width:thin;display:block}textarea::placeholder{color:var(--soft);opacity:1}.send{flex:none;width:36px;height:36px;border-radius:50%;display:grid;place-items:center;background:var(--brand);color:var(--on);transition:background .15s,color .15s}.send .icon{width:19px;height:19px;transform:translateX(1px)}.send:disabled{background:color-mix(in oklab,var(--soft) 14%,var(--surface));color:var(--soft);cursor:default}.count{flex:1;font-size:.8em;text-align:end;color:var(--soft);padding:0 6px 8px}.count.over{color:var(--bad);font-weight:600}@media (max-width:640px){.launcher{width:58px;height:58px;padding:0;justify-content:center;--baton-side:18px}.launcher-word{display:none}}@media (max-width:480px){.panel,.left .panel{inset:0 0 auto 0;width:100%;height:var(--screen,100dvh);transform:translateY(var(--shift,0));border-radius:0;animation:none}.open .launcher{display:none}header{padding:calc(12px + env(safe-area-inset-top,0px)) 12px 12px 16px}.field textarea,.rating textarea{font-size:max(16px,1em)}.human{min-height:40px;border-radius:20px}.close{width:44px;height:44px}.replies button{min-height:44px;border-radius:22px}.send{width:44px;height:44px}.field{border-radius:28px}.field textarea{min-height:44px;padding:9px 0}}@media (max-height:420px) and (min-width:481px){.panel{inset-block:8px;height:auto}header{padding-block:8px}}@media (prefers-reduced-motion:reduce){*,*::before,*::after{animation:none !important;transition:none !important}.bar::before{width:100%}}@media (forced-colors:active){.bubble,.launcher,.field,.replies button,.human{border:1px solid}.icon{stroke:CanvasText}}`;
const WAIT_MIN = 500;
const WAIT_MAX = 30_000;
const STABLE_AFTER = 60_000;
const ACK_WITHIN = 10_000;
const OPEN_WITHIN = 6_000;
const SILENT_AFTER = 45_000;
const SOCKET_AGAIN_AFTER = 300_000;
const RESTARTING = 1012;
class ServerError extends Error {
constructor(status, { code = '', message = '', retry_after: retryAfter = null } = {}) {
super(message);
Object.assign(this, { status, code, retryAfter });
}
}
class Link {
constructor({ base, store, outbox, lang, on }) {
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
start() {
if (this.state !== 'idle') return;
this.stops = [
this.listen(window, 'online', () => this.hurry()),
this.listen(window, 'offline', () => this.lost()),
this.listen(document, 'visibilitychange', () => document.visibilityState === 'visible' && this.probe()),
this.store.watch((name) => this.otherTab(name)),
];
this.connect();
}
stop() {
this.stops?.forEach((stop) => stop());
this.drop();
this.setState('idle');
}
listen(target, name, act) {
target.addEventListener(name, act);
return () => target.removeEventListener(name, act);
}
setState(state) {
if (state === this.state) return;
this.state = state;
this.on.state(state);
}
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
async resume() {
const known = this.store.get('session');
try {
const opened = await this.call('POST', '/session', { lang: this.lang }, known?.token);
const now = this.store.get('session');
this.adopt(now && now.token !== known?.token ? now : { token: opened.token, id: opened.conversation_id, epoch: opened.epoch });
} catch (error) {
if (error.status !== 401 || !known) throw error;
if (this.store.get('session')?.token === known.token) this.store.set('session', null);
this.forget();
this.on.expired();
await this.resume();
}
}
adopt(session) {
if (this.session && this.session.id !== session.id) this.forget();
this.session = session;
this.epoch = this.since ? this.epoch : session.epoch;
this.checked = true;
this.store.set('session', session);
}
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
async call(method, path, body, token = this.session?.token) {
const headers = { Accept: 'application/json', 'Accept-Language': this.lang };
if (token) headers.Authorization = `Bearer ${token}`;
if (body) headers['Content-Type'] = 'application/json';
const answer = await fetch(this.base + path, {
method, headers, body: body && JSON.stringify(body), signal: this.abort.signal, credentials: 'omit', cache: 'no-store',
});
const content = await answer.json().catch(() => ({}));
if (answer.ok) return content;
throw new ServerError(answer.status, content.error);
}
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
if (!page.events.length) this.since = Math.max(this.since, page.top_seq);
}
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
send(kind, text) {
this.outbox.add(kind, text);
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
if (this.state === 'online') this.sendFrame({ type: 'typing' });
}
pump() {
if (this.inFlight || this.state !== 'online') return;
const entry = this.outbox.next();
if (!entry) return;
this.inFlight = entry.id;
this.ackTimer = setTimeout(() => this.lost(), ACK_WITHIN);
if (entry.kind === 'handoff' || this.polling) this.post(entry);
else this.sendFrame({ type: 'message', client_msg_id: entry.id, text: entry.text });
}
async post(entry) {
const turn = this.turn;
const [path, body] = entry.kind === 'handoff'
? ['/handoff', { client_msg_id: entry.id }]
: ['/messages', { client_msg_id: entry.id, text: entry.text, payload: null }];
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
const GROUP_WITHIN = 5 * 60_000;
class Thread {
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
atEnd() {
return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < 80;
}
reveal() {
this.node.scrollTop = this.node.scrollHeight;
}
}
function initial(name) {
const [first] = name.replace(/^客服/, '').trim() || name;
return first ? first.toUpperCase() : '·';
}
const LIMIT = 4000;
const COUNT_FROM = 3600;
const QUIET_FOR = 1500; // a reconnect shorter than this is not worth a word
const PHONE = matchMedia('(max-width: 480px)');
const DARK = matchMedia('(prefers-color-scheme: dark)');
class BatonChat extends HTMLElement {
static observedAttributes = ['color', 'position', 'theme'];
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
fromHost(event) {
const from = event.target.closest?.('[data-baton-open], [data-baton-ask]');
if (!from) return;
event.preventDefault();
this.ask(from.dataset.batonAsk);
}
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
fitToScreen() {
if (!this.isOpen || !visualViewport) return;
const set = (name, value) => this.panel.style.setProperty(name, value);
set('--screen', `${Math.round(visualViewport.height)}px`);
set('--shift', `${Math.round(visualViewport.offsetTop)}px`);
this.thread.reveal();
}
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
})();
