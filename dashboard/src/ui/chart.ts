// The arrival as it was expected over the mission's time: a step line of what each plan promised if nothing more were found,
// and the band from p10 to p90 with the median of the forecasts.

import { clock } from '../model/words';
import type { Arrival } from '../session';
import { svg } from './dom';

/** A forecast: when it was made, and what it said; all in milliseconds. */
export interface Band {
  at: number;
  p10: number;
  p50: number;
  p90: number;
}

export interface Curves {
  begins: number;
  now: number;
  /** When the UGV arrived. */
  ended: number | null;
  /** The moment that a replay shows. */
  cursor: number | null;
  plans: Arrival[];
  bands: Band[];
}

/** As high as the style sheet has it; the width is that of the room. */
const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [100, 54, 6, 8, 18];

/** A drawing of it; null if there is nothing to draw. */
export function chart(curves: Curves, width: number): SVGElement | null {
  const { begins, now, ended, plans, bands } = curves;
  const promised = plans.filter((plan): plan is Arrival & { arrives: number } => plan.arrives !== null);
  const values = [...promised.map(plan => plan.arrives), ...bands.flatMap(({ p10, p90 }) => [p10, p90])];
  if (ended !== null) values.push(ended);
  if (!values.length) return null;
  const [least, most] = bounds(values);
  const until = Math.max(now, begins + 10_000);
  const x = (at: number) => LEFT + ((at - begins) / (until - begins)) * (width - LEFT - RIGHT);
  const y = (at: number) => TOP + ((most - at) / (most - least)) * (HEIGHT - TOP - BOTTOM);
  const drawing = svg('svg', {
    viewBox: `0 0 ${width} ${HEIGHT}`,
    role: 'img',
    'aria-label': inWords(curves, promised),
  });
  for (const value of [least, (least + most) / 2, most]) {
    drawing.append(
      svg('line', { x1: `${LEFT}`, x2: `${width - RIGHT}`, y1: `${y(value)}`, y2: `${y(value)}`, class: 'grid' }),
      text(LEFT - 5, y(value) + 3.5, clock(value), 'end'),
    );
  }
  drawing.append(text(LEFT, HEIGHT - 4, clock(begins), 'start'), text(width - RIGHT, HEIGHT - 4, clock(until), 'end'));
  if (bands.length) {
    const held = bands.flatMap((band, i) => [[band.at, band] as const, [bands[i + 1]?.at ?? until, band] as const]);
    const upper = held.map(([at, { p90 }]) => `${x(at)} ${y(p90)}`);
    const lower = held.map(([at, { p10 }]) => `${x(at)} ${y(p10)}`).reverse();
    drawing.append(svg('path', { d: `M${upper.join('L')}L${lower.join('L')}Z`, class: 'band' }));
    drawing.append(
      svg('path', { d: `M${held.map(([at, { p50 }]) => `${x(at)} ${y(p50)}`).join('L')}`, class: 'median' }),
    );
  }
  if (promised.length) {
    const steps = promised.flatMap((plan, i) => [
      `${x(plan.at)} ${y(plan.arrives)}`,
      `${x(promised[i + 1]?.at ?? until)} ${y(plan.arrives)}`,
    ]);
    drawing.append(svg('path', { d: `M${steps.join('L')}`, class: 'promised' }));
  }
  const { cursor } = curves;
  if (cursor !== null) {
    const at = `${x(Math.min(until, Math.max(begins, cursor)))}`;
    drawing.append(svg('line', { x1: at, x2: at, y1: `${TOP}`, y2: `${HEIGHT - BOTTOM}`, class: 'cursor' }));
  }
  if (ended !== null) {
    drawing.append(svg('circle', { cx: `${x(ended)}`, cy: `${y(ended)}`, r: '4', class: 'arrived' }));
  }
  return drawing;
}

/** The range of the axis: the values with some air, at least twenty seconds. */
export function bounds(values: number[]): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const air = Math.max(10_000 - (most - least) / 2, (most - least) * 0.08);
  return [least - air, most + air];
}

function inWords({ ended, bands }: Curves, promised: { arrives: number }[]): string {
  if (ended !== null)
    return `The UGV arrived at ${clock(ended)}; the first plan promised ${clock(promised[0]?.arrives ?? ended)}.`;
  const [first, last] = [promised[0], promised.at(-1)];
  const plans =
    first && last ? `The first plan promised ${clock(first.arrives)}, the latest ${clock(last.arrives)}.` : '';
  const band = bands.at(-1);
  return `Arrival as expected over time. ${plans}${band ? ` The latest forecast: ${clock(band.p10)} to ${clock(band.p90)}.` : ''}`;
}

function text(x: number, y: number, content: string, anchor: string): SVGElement {
  const element = svg('text', { x: `${x}`, y: `${y}`, 'text-anchor': anchor });
  element.textContent = content;
  return element;
}
