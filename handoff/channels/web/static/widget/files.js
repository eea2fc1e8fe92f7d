// Files: chosen, pasted or dropped ones go up at once and show how far they are; those of a message are shown or saved.

import { button, h, icon } from './dom.js';

const TYPES = 'image/*,.pdf,.txt,.csv,.docx,.xlsx,.pptx,.mp3,.mp4,.mov,.webm';
const MOST = 5;

const megabytes = (size) => (size < 1e5 ? `${Math.ceil(size / 1024)} KB` : `${(size / 1048576).toFixed(1)} MB`);

// The files of the message being written. `changed` is called whenever one is ready, fails or goes.
export class Files {
  constructor({ t, link, changed }) {
    Object.assign(this, { t, link, changed });
    this.list = [];
    this.node = h('ul', { class: 'files', hidden: true });
    this.input = h('input', { type: 'file', multiple: true, hidden: true, accept: TYPES, test: 'file-input', onchange: () => {
      this.add(this.input.files);
      this.input.value = '';
    } });
    this.button = button({ class: 'tool', 'aria-label': t('attach'), test: 'attach', onclick: () => this.input.click() }, icon('clip'), this.input);
  }

  get busy() { return this.list.some((file) => !file.id); }

  add(chosen) {
    for (const file of [...chosen].slice(0, MOST - this.list.length)) this.start(file);
  }

  start(source) {
    const { t } = this;
    const bar = h('progress', { max: 1, value: 0, 'aria-label': source.name });
    const words = h('span', { class: 'file-words', role: 'status' }, bar);
    const entry = {};
    const drop = () => {
      this.list = this.list.filter((one) => one !== entry);
      entry.node.remove();
      entry.stop?.();
      this.told();
    };
    entry.node = h('li', { test: 'pending-file' }, h('span', {}, source.name), words,
      button({ 'aria-label': `${t('remove')} ${source.name}`, test: 'remove-file', onclick: drop }, '×'));
    this.list.push(entry);
    this.node.append(entry.node);
    this.told();
    const limit = this.link.session?.limit;
    if (limit && source.size > limit) {
      entry.node.classList.add('bad');
      words.replaceChildren(t('file_limit', { n: megabytes(limit) }));
      return;
    }
    this.link.upload(source, (part) => { bar.value = part; }, (stop) => { entry.stop = stop; }).then((stored) => {
      Object.assign(entry, stored);
      words.replaceChildren(megabytes(stored.size));
      this.told();
    }, (error) => {
      entry.node.classList.add('bad');
      words.replaceChildren(error.message || t('file_failed'));
    });
  }

  told() {
    this.node.hidden = !this.list.length;
    this.changed();
  }

  // Hands the files over to the message that is sent.
  take() {
    const taken = this.list.map(({ id, name, type, size, width, height, thumbnail }) => ({ id, name, type, size, width, height, thumbnail }));
    this.list = [];
    this.node.replaceChildren();
    this.told();
    return taken;
  }
}

// What a message carries: pictures as thumbnails that open large, everything else to be saved.
export function carried(files, t, link) {
  return files.map(({ id, name, size, width, height, thumbnail }) => {
    const path = `/attachments/${id}`;
    if (!thumbnail) {
      return button({ class: 'file', test: 'file', onclick: () => link.save(path, name) }, icon('clip'), h('span', {}, h('b', {}, name), ` ${megabytes(size)}`));
    }
    const scale = Math.min(1, 220 / width, 260 / height);
    const image = h('img', { alt: name, width: Math.round(width * scale), height: Math.round(height * scale) });
    link.address(`${path}/thumbnail`).then((address) => { image.src = address; }, () => {});
    let whole;
    const frame = button({ class: 'pic', test: 'picture', 'aria-expanded': 'false', 'aria-label': `${t('enlarge')} ${name}`, onclick: async () => {
      frame.setAttribute('aria-expanded', frame.classList.toggle('big'));
      image.src = whole ||= await link.address(path);
    } }, image);
    return frame;
  });
}
