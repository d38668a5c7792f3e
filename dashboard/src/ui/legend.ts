// What colours and shapes mean, in small drawings.

import { PROBABLE } from '../map/palette';
import { byId, h, svg } from './dom';

type Mark = [classes: string, path: string];

const LINE = 'M1 7h28';
const STATES: [string, string, Mark[]][] = [
  ['unknown', 'Nobody has looked yet', [['s-unknown', LINE]]],
  [
    'probably blocked',
    `Unknown, and blocked with a probability of ${PROBABLE * 100} % or more before anybody looks`,
    [
      ['s-unknown', LINE],
      ['s-probable dotted', LINE],
    ],
  ],
  ['clear', 'A vehicle went along all of it', [['s-clear wide', LINE]]],
  [
    'blocked',
    'Cannot be passed; the cross is where, if that is known',
    [
      ['s-blocked wide', LINE],
      ['s-blocked', 'M11 3l8 8M19 3l-8 8'],
    ],
  ],
  ['closed', 'Closed by an operator', [['s-blocked wide dashed', LINE]]],
];
const ROUTES: [string, string, Mark[]][] = [
  ['route', 'The way the UGV is going to drive', [['s-route band', LINE]]],
  ['driven', 'The part of the route behind it', [['s-driven', LINE]]],
  ['route before', 'The route before the last change', [['s-former dashed', LINE]]],
  [
    'critical',
    'Where a blockage would cost most',
    [
      ['s-unknown', LINE],
      ['s-critical', 'M3 2h24M3 12h24'],
    ],
  ],
];

function item([name, title, marks]: [string, string, Mark[]]): HTMLElement {
  const drawing = svg(
    'svg',
    { viewBox: '0 0 30 14', width: '30', height: '14', 'aria-hidden': 'true' },
    ...marks.map(([classes, d]) => svg('path', { class: classes, d })),
  );
  return h('li', { title }, drawing, name);
}

/** `uavs`: their names in the mission's order; null while no mission is shown. */
export function showLegend(uavs: string[] | null) {
  const items = uavs ? [...STATES, ...ROUTES] : STATES.slice(0, 2);
  const inspections = (uavs ?? [])
    .slice(0, 6)
    .map((uav, i): [string, string, Mark[]] => [uav, `What ${uav} is going to inspect`, [[`s-uav-${i} dashed`, LINE]]]);
  const key = [...items, ...inspections].map(([name]) => name).join();
  const list = byId('legend-list');
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...[...items, ...inspections].map(item));
}
