// Builds nodes. Text from outside only ever enters through text nodes, so no markup of a message can run.

const SVG_NS = 'http://www.w3.org/2000/svg';

export function h(tag, attributes = {}, ...children) {
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

export function icon(name) {
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

// ---- a small, safe part of Markdown: bold, links (http and https), lists, headings as bold, line breaks

const INLINE = /\*\*(.+?)\*\*|\[([^\]\n]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>"'，。；！？、（）【】《》“”]+)/g;
const ITEM = /^\s*(?:[-*•]\s+|(\d{1,3})(?:[.)]\s+|、\s*))(.*)$/;

function link(label, address) {
  let url;
  try { url = new URL(address); } catch { return null; }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  return h('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, label);
}

export function inline(text) {
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

export function markdown(text) {
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
