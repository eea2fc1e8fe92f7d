// Builds nodes. Text from outside only ever enters through text nodes, so no markup of a message can run.

const SVG_NS = 'http://www.w3.org/2000/svg';

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name === 'test' ? 'data-testid' : name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

// A button that never submits the form it stands in.
export function button(attributes, ...children) {
  return h('button', { type: 'button', ...attributes }, ...children);
}

const ICONS = {
  chat: ['M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4.1a.55.55 0 0 1-.9-.4V16A2 2 0 0 1 4 14z', 'M8.5 8.2h7M8.5 11.4h4.4'],
  down: ['m6.5 9.5 5.5 5.5 5.5-5.5'],
  send: ['M4.6 4.9 20 12 4.6 19.1l1.7-7.1z', 'M6.3 12h6'],
  human: ['M5 14v-2.5a7 7 0 0 1 14 0V14', 'M5 13.5h2.4v4.6H5zM16.6 13.5H19v4.6h-2.4z', 'M18.8 18c-.5 1.7-2.3 2.6-4.8 2.6'],
  bot: ['M12 20.5V11', 'M12 13.5C12 8.8 8.6 6.3 4.5 6.2c0 4.6 2.7 7.3 7.5 7.3z', 'M12 11c.1-4.3 3-7 7.5-7.2.2 4.7-2.8 7.3-7.5 7.2z'],
  star: ['m12 3.6 2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z'],
  alert: ['M12 7.5v5.5M12 16.4v.1', 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z'],
  save: ['M12 4v11M7.5 11l4.5 4.5 4.5-4.5', 'M5 19.5h14'],
  clip: ['M19 11.5l-7.2 7.2a4.5 4.5 0 0 1-6.4-6.4l7.7-7.7a3 3 0 0 1 4.3 4.3l-7.7 7.7a1.5 1.5 0 0 1-2.1-2.1l7-7'],
  up: ['M8 11v8.5H5V11z', 'M8 11l3.5-7c1.5 0 2.3 1 2 2.5L13 9.5h5c1.2 0 2 1 1.7 2.2l-1.4 6c-.2 1-1 1.8-2.1 1.8H8'],
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

// Tab goes round inside `box`: for a phone, where it covers the page.
export function keepInside(box, event) {
  const able = [...box.querySelectorAll('button:not(:disabled), textarea, input, a[href], [tabindex="0"]')].filter((node) => node.getClientRects().length);
  const [first, last] = [able[0], able.at(-1)];
  const at = box.getRootNode().activeElement;
  if (event.shiftKey && (at === first || at === box)) last.focus();
  else if (!event.shiftKey && at === last) first.focus();
  else return;
  event.preventDefault();
}

// ---- a small, safe part of Markdown: bold, links and pictures (http and https), lists, headings as bold, line breaks

const INLINE = /\*\*(.+?)\*\*|(!?)\[([^\]\n]*)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>"'，。；！？、（）【】《》“”]+)/g;
const ITEM = /^\s*(?:[-*•]\s+|(\d{1,3})(?:[.)]\s+|、\s*))(.*)$/;

// The address if it leads to a page or a picture, else null: never a script.
function safe(address) {
  let url;
  try { url = new URL(address); } catch { return null; }
  return /^https?:$/.test(url.protocol) ? url.href : null;
}

export function link(address, ...content) {
  const href = safe(address);
  return href && h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...content);
}

export function picture(address, alt) {
  const src = safe(address);
  return src && link(src, h('img', { src, alt, class: 'shot', loading: 'lazy', referrerpolicy: 'no-referrer' }));
}

export function inline(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, image, label, address, bare] = match;
    nodes.push(text.slice(last, match.index));
    last = match.index + whole.length;
    if (bold != null) nodes.push(h('strong', {}, ...inline(bold)));
    else if (address) nodes.push((image ? picture(address, label) : label && link(address, label)) || whole);
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
      if (list?.tagName !== kind) blocks.append(list = h(kind, { dir: 'auto', start: item[1] }));
      list.append(h('li', {}, ...inline(item[2])));
      paragraph = null;
    } else if (!line.trim()) {
      paragraph = null;
    } else {
      list = null;
      if (paragraph) paragraph.append(h('br'));
      else blocks.append(paragraph = h('p', { dir: 'auto' }));
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      paragraph.append(...(heading ? [h('strong', {}, ...inline(heading[1]))] : inline(line)));
    }
  }
  return blocks;
}
