// Logging in and out: a page before everything else while the service does not know who one is, and a name in the corner.

import { complaint, logIn, logOut, onUnknown, Refusal, readSession } from '../api';
import type { SessionView } from '../model/types';
import { signIn } from '../who';
import { byId, h, say, write } from './dom';

const RETRY_MS = 2_000;

/** Waits until the service says who this is; asks for a key as long as it does not know. */
export async function signedIn(first: Promise<SessionView>): Promise<void> {
  for (let asked = first; ; asked = readSession()) {
    try {
      show(await asked);
      break;
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) {
        await askForKey(false);
        // What was asked for meanwhile was refused; begin anew.
        location.reload();
        await new Promise(() => {});
      }
      if (error instanceof Refusal && error.status === 404) return show(OLDER_SERVICE);
      await new Promise(resolve => window.setTimeout(resolve, RETRY_MS));
    }
  }
  onUnknown(() => {
    // The key was revoked, or the session is over: what there is stays on the screen until somebody logs in again.
    askForKey(true).then(() => location.reload());
  });
}

/** A service from before there were logins is open. */
const OLDER_SERVICE: SessionView = { kind: 'anonymous', tenant: 'default', role: 'admin' };

function show(session: SessionView) {
  signIn(session);
  const room = byId('who');
  room.hidden = session.kind === 'anonymous';
  write(byId('who-name'), session.name ?? '');
  const tenant = session.tenant === 'default' ? '' : ` of ${session.tenant}`;
  write(byId('who-role'), `${session.role}${tenant}`);
  const out = byId<HTMLButtonElement>('log-out');
  out.hidden = session.kind !== 'session';
  out.onclick = async () => {
    out.disabled = true;
    // Over or not, from here on somebody has to log in.
    await logOut().catch(() => {});
    location.reload();
  };
}

let asking: Promise<void> | null = null;

/** The dialog with the key; done when it was taken. */
function askForKey(again: boolean): Promise<void> {
  asking ??= new Promise<void>(resolve => {
    const key = h('input', {
      id: 'login-key',
      type: 'password',
      required: true,
      autocomplete: 'current-password',
      spellcheck: 'false',
      'aria-describedby': 'login-help login-message',
    });
    const button = h('button', { class: 'primary', id: 'login' }, 'Log in');
    const message = h('p', { class: 'message', role: 'alert', id: 'login-message' });
    const send = async (event: Event) => {
      event.preventDefault();
      button.disabled = true;
      say(message, 'Asking …');
      try {
        await logIn(key.value.trim());
        asking = null;
        dialog.remove();
        resolve();
      } catch (error) {
        say(message, complaint(error), true);
        key.select();
        key.focus();
      } finally {
        button.disabled = false;
      }
    };
    const dialog = h(
      'dialog',
      // Without a key there is nothing behind it.
      { class: 'login', 'aria-labelledby': 'login-title', oncancel: event => event.preventDefault() },
      h('h2', { id: 'login-title' }, again ? 'Log in again' : 'Log in to Outrider'),
      h(
        'p',
        { id: 'login-help', class: 'quiet' },
        again ? 'The session is over, or its key was revoked. ' : '',
        'This service needs a key. Whoever runs it makes one with ',
        h('code', {}, 'outrider keys create'),
        '.',
      ),
      h('form', { class: 'form', onsubmit: send }, h('label', { for: 'login-key' }, 'Key'), key, button, message),
    );
    document.body.append(dialog);
    document.body.dataset.login = 'asked';
    dialog.showModal();
    key.focus();
  }).finally(() => {
    delete document.body.dataset.login;
  });
  return asking;
}
