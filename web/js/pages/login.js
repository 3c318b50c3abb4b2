// Where the server asks for a token.
import { h, text, button } from '../dom.js';
import { post, retry } from '../stream.js';

export function loginPage(main) {
  const token = h('input', { type: 'password', id: 'token', autocomplete: 'current-password', required: true }), said = h('p.bad', { role: 'alert' });
  const form = h('form.login.card', { onsubmit: send }, h('h1', 'sluice'), h('label', { for: 'token' }, 'Token'), token, said, button('Log in', null, { kind: '.primary' }));
  form.lastChild.type = 'submit';
  async function send(e) {
    e.preventDefault();
    try {
      await post('api/login', { token: token.value });
      text(said, '');
      retry();
    } catch (error) {
      text(said, error.status === 401 ? 'This is not the token.' : error.message);
      token.select();
    }
  }
  main.replaceChildren(form);
  token.focus();
}
