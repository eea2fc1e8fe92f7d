// What the widget says before it has reached the server, in both languages, and the formats of dates and waits.
// All else comes with the session, from the server's catalogue (handoff/locale, section `widget`).

export const TEXTS = {
  'zh-CN': {
    title: '在线客服', launcher: '在线客服', open: '打开客服对话', close: '收起对话', unread: '，{n} 条未读消息',
    log: '对话记录', input: '输入消息', placeholder: '输入您的问题…', send: '发送', human: '转人工', humanWords: '转人工',
    bot: '智能助手', botTag: 'AI', agent: '客服', agentTag: '人工', you: '您', says: '{who}说：',
    stateBot: '智能助手在线', stateConnecting: '正在连接…', stateOffline: '网络已断开，消息会在恢复后自动发送',
    stateQueued: '正在为您接通人工客服', stateHuman: '{name} 正在为您服务', stateClosed: '本次服务已结束',
    sending: '发送中…', waiting: '等待网络恢复', sent: '已发送', failed: '未发送 · 点按重试', refused: '消息未被接收', retry: '重试', remove: '删除',
    typing: '正在输入', jump: '查看新消息', quick: '快捷回复',
    expired: '之前的会话已过期，已为您开始新的会话。', unreachable: '暂时连接不上客服，正在重试…',
    attach: '添加文件', save: '保存对话记录',
  },
  en: {
    title: 'Customer service', launcher: 'Chat with us', open: 'Open the chat', close: 'Close the chat', unread: ', {n} unread',
    log: 'Conversation', input: 'Your message', placeholder: 'Type your question…', send: 'Send', human: 'Talk to a person', humanWords: 'Talk to a person',
    bot: 'Assistant', botTag: 'AI', agent: 'Agent', agentTag: 'Person', you: 'You', says: '{who}: ',
    stateBot: 'Assistant online', stateConnecting: 'Connecting…', stateOffline: 'You are offline. Messages will be sent when you are back.',
    stateQueued: 'Finding a person for you', stateHuman: '{name} is helping you', stateClosed: 'This conversation has ended',
    sending: 'Sending…', waiting: 'Waiting for the network', sent: 'Sent', failed: 'Not sent — tap to retry', refused: 'The message was not accepted', retry: 'Retry', remove: 'Remove',
    typing: 'is typing', jump: 'New messages', quick: 'Quick replies',
    expired: 'Your earlier session has expired. A new one has been started for you.', unreachable: 'Customer service cannot be reached right now. Trying again…',
    attach: 'Add files', save: 'Save the conversation',
  },
};

export function pickLanguage(...candidates) {
  for (const candidate of candidates) {
    if (/^zh/i.test(candidate || '')) return 'zh-CN';
    if (/^en/i.test(candidate || '')) return 'en';
  }
  return 'en';
}

// `more` gives the words that came with the session.
export function translator(language, more) {
  const texts = TEXTS[language];
  return (key, values = {}) => (texts[key] ?? more()?.[key] ?? '').replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

export function waitText(t, seconds) {
  if (seconds < 60) return t('wait_seconds');
  if (seconds < 3600) return t('wait_minutes', { n: Math.ceil(seconds / 60) });
  return t('wait_hours', { n: Math.ceil(seconds / 3600) });
}

// The server sends ISO 8601; a number is read as seconds since 1970.
export function toDate(at) {
  const date = new Date(typeof at === 'number' ? at * 1000 : at || Date.now());
  return Number.isNaN(date.getTime()) ? new Date() : date;
}

export function clock(language, date) {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(date);
}

export function dayName(language, t, date) {
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((midnight(new Date()) - midnight(date)) / 864e5);
  if (days === 0) return t('today');
  if (days === 1) return t('yesterday');
  if (days === -1) return t('tomorrow');
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(language, { year, month: 'long', day: 'numeric', weekday: 'short' }).format(date);
}
