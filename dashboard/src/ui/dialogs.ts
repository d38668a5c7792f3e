// Questions and help, each in a dialog of the document.

import { byId, h } from './dom';

/** Asks before something that cannot be undone. */
export function confirm(title: string, text: string, yes: string, no = 'Keep it'): Promise<boolean> {
  return new Promise(resolve => {
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'confirm-title', onclose: () => finish(dialog.returnValue === 'yes') },
      h('h2', { id: 'confirm-title' }, title),
      h('p', {}, text),
      h(
        'form',
        { method: 'dialog', class: 'row' },
        h('button', { value: 'no', autofocus: true }, no),
        h('button', { value: 'yes', class: 'danger', id: 'confirm-yes' }, yes),
      ),
    );
    const finish = (answer: boolean) => {
      dialog.remove();
      resolve(answer);
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}

const KEYS: [string, string][] = [
  ['Arrow keys', 'Move the map (when it has the focus)'],
  ['+ and −', 'Zoom in and out'],
  ['Shift and arrow keys', 'Turn the map'],
  ['Enter', 'Choose what is under the crosshair in the map’s middle'],
  ['F', 'Fit the whole network'],
  ['/', 'Find a segment'],
  ['R', 'Open or close the replay of the mission'],
  ['Space', 'Play or stop the replay (when the bar has the focus)'],
  ['Escape', 'Close the segment’s card, or stop placing'],
  ['?', 'This help'],
];

function help() {
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'help-title', class: 'help', onclose: () => dialog.remove() },
    h('h2', { id: 'help-title' }, 'Keys'),
    h('dl', { class: 'keys' }, ...KEYS.flatMap(([key, does]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, does)])),
    h(
      'p',
      { class: 'quiet' },
      'Drag a file of roads onto the page to import a network. The map can be used with the mouse, with fingers or with keys alone.',
    ),
    h('form', { method: 'dialog', class: 'row' }, h('button', { autofocus: true }, 'Close')),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** Keys that work everywhere but where somebody writes. */
export function startKeys(keys: Record<string, () => void>) {
  byId('help').addEventListener('click', help);
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const at = event.target as HTMLElement;
    const writes = at.closest('input, select, textarea') !== null;
    if (writes && event.key !== 'Escape') return;
    const act = event.key === '?' ? help : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
