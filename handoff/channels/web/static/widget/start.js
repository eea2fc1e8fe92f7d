// Starts the widget: one <script> tag is enough; the element is made when the page has none.

import { BatonChat } from './element.js';

const script = document.currentScript || document.querySelector('script[src*="widget.js"]');
BatonChat.server = new URL(script?.src || location.href).origin;

function start() {
  // Commands given before this script was there, and after: window.baton = [['identify', proof], ['open']]
  BatonChat.prototype.commands = [...(window.baton || [])];
  if (!customElements.get('baton-chat')) customElements.define('baton-chat', BatonChat);
  let element = document.querySelector('baton-chat');
  if (!element) {
    element = document.createElement('baton-chat');
    for (const name of ['lang', 'color', 'position', 'title', 'theme', 'greeting', 'suggestions', 'avatar', 'server']) {
      if (script?.dataset[name]) element.setAttribute(name, script.dataset[name]);
    }
    document.body.append(element);
  }
  window.baton = { push: ([name, ...rest]) => element[name](...rest) };
}

if (document.body) start();
else addEventListener('DOMContentLoaded', start);
