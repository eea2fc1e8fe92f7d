// The settings page of the console shows this page in a frame and tells it what is not saved yet; the chat is the real one.

const NAMES = ['color', 'position', 'theme', 'title', 'greeting', 'suggestions', 'avatar'];

function wear(look) {
  let chat = document.querySelector('baton-chat');
  if (chat.getAttribute('lang') !== look.lang) {
    const other = document.createElement('baton-chat');
    other.setAttribute('lang', look.lang);
    chat.replaceWith(other);
    chat = other;
  }
  for (const name of NAMES) {
    const value = look[name] || '';
    if (chat.getAttribute(name) === value) continue;
    if (value) chat.setAttribute(name, value);
    else chat.removeAttribute(name);
  }
  chat.removeAttribute('hidden');
  chat.open();
}

addEventListener('message', ({ origin, data }) => {
  if (origin === location.origin) customElements.whenDefined('baton-chat').then(() => wear(data));
});
