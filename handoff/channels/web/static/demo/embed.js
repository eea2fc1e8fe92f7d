// What a site may do with the chat; see docs/embedding.md. Loaded before widget.js: commands wait in window.baton.

window.baton = window.baton || [];

// On a site with accounts: a function that fetches a fresh proof from your own server, or gives null when signed out.
//   baton.push(['identify', () => fetch('/chat-proof', { credentials: 'same-origin' })
//     .then((answer) => (answer.ok ? answer.text() : null))]);

const EVENTS = ['ready', 'open', 'close', 'message', 'unread', 'handoff', 'rating', 'identified', 'error'];

for (const name of EVENTS) {
  document.addEventListener(`baton:${name}`, ({ detail }) => {
    const line = document.createElement('li');
    line.textContent = `baton:${name} ${detail ? JSON.stringify(detail) : ''}`;
    const log = document.getElementById('log');
    log.append(line);
    log.scrollTop = log.scrollHeight;
  });
}

document.addEventListener('DOMContentLoaded', () => {
  for (const button of document.querySelectorAll('[data-command]')) {
    button.addEventListener('click', () => window.baton.push([button.dataset.command]));
  }
  const set = (id, attribute) => document.getElementById(id).addEventListener('input', ({ target }) => {
    document.querySelector('baton-chat').setAttribute(attribute, target.value);
  });
  set('colour', 'color');
  set('theme', 'theme');
  set('side', 'position');
  document.getElementById('sign-in').addEventListener('submit', (event) => {
    event.preventDefault();
    window.baton.push(['identify', document.getElementById('proof').value.trim()]);
  });
});
