// What an empty service shows: how to begin.

import { byId, h } from './dom';

export function showWelcome(shown: boolean, hasNetworks: boolean) {
  const room = byId('welcome');
  const key = shown ? String(hasNetworks) : '';
  if (room.dataset.key === key) return;
  room.dataset.key = key;
  room.hidden = !shown;
  if (!shown) return;
  room.replaceChildren(
    h(
      'div',
      {},
      h('h2', {}, 'No missions yet'),
      h(
        'ol',
        { 'data-needs': 'operate' },
        h(
          'li',
          { class: hasNetworks ? 'done' : '' },
          h('strong', {}, 'Import a road network. '),
          'Drop a GeoJSON of LineStrings onto this page, or ',
          h('a', { href: '#networks' }, 'choose a file'),
          '.',
        ),
        h(
          'li',
          {},
          h('strong', {}, 'Create a mission. '),
          h('a', { href: '#new' }, 'Click'),
          ' where the ground vehicle starts, where it must get to, and where its drones are.',
        ),
        h(
          'li',
          {},
          h('strong', {}, 'Watch. '),
          'Every report changes the map, and the route bends in front of your eyes.',
        ),
      ),
      h('p', { 'data-without': 'operate' }, 'As soon as an operator creates one, it is shown here.'),
      h(
        'p',
        { class: 'quiet' },
        'Programs do all of this through the API: see ',
        h('a', { href: '/docs' }, 'its documentation'),
        '.',
      ),
    ),
  );
}
