// What the map's lines mean.

import { byId, make } from './element.js';
import { UAV_COLOURS } from './map.js';

const SVG = 'http://www.w3.org/2000/svg';
const list = byId('legend-list', HTMLUListElement);
let shown = '';

/** @param {string} label @param {Record<string, string>[]} strokes */
function item(label, ...strokes) {
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('viewBox', '0 0 30 14');
  drawing.setAttribute('aria-hidden', 'true');
  for (const attributes of strokes) {
    const path = document.createElementNS(SVG, 'path');
    for (const [name, value] of Object.entries(attributes)) path.setAttribute(name, value);
    drawing.append(path);
  }
  const row = make('li', {});
  row.append(drawing, label);
  return row;
}

const LINE = 'M1 7H29';

/** @param {import('./api.js').Uav[]} uavs */
export function showLegend(uavs) {
  const names = uavs.slice(0, UAV_COLOURS).map(uav => uav.id);
  if (shown === names.join('\n') && list.children.length) return;
  shown = names.join('\n');
  list.replaceChildren(
    item('unknown', { d: LINE, class: 's-road', 'stroke-width': '3' }),
    item('clear', { d: LINE, class: 's-clear', 'stroke-width': '3.5' }),
    item('blocked', { d: LINE, class: 's-blocked', 'stroke-width': '4' }, { d: 'M10 2l10 10m0-10L10 12', class: 's-blocked', 'stroke-width': '2.5' }),
    item('closed', { d: LINE, class: 's-blocked', 'stroke-width': '4.5', 'stroke-dasharray': '6 4', 'stroke-linecap': 'butt' }),
    item('route', { d: LINE, class: 's-route band' }, { d: LINE, class: 's-road', 'stroke-width': '2.5' }),
    item('critical', { d: LINE, class: 's-critical critical' }, { d: LINE, class: 's-road', 'stroke-width': '2.5' }),
    ...names.map((name, i) => item(`${name} inspects`, { d: LINE, class: `s-${i}`, 'stroke-width': '3.5', 'stroke-dasharray': '8 4', 'stroke-linecap': 'butt' })),
  );
}
