import { describe, expect, test } from 'vitest';
import { PALETTES, type Palette } from '../../src/map/palette';
import { bounds } from '../../src/ui/chart';
import { propertiesOf, readValue } from '../../src/ui/strategy';

/** Linear light of a colour. */
function linear(colour: string): [number, number, number] {
  const part = (i: number) => {
    const value = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

function luminance(colour: string): number {
  const [r, g, b] = linear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

/** How colours look to people without one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1. */
const SIGHTS: Record<string, number[][]> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIE L*a*b* of a colour as somebody sees it. */
function lab(colour: string, sight: number[][]): [number, number, number] {
  const seen = linear(colour);
  const [r, g, b] = sight.map(row =>
    Math.min(1, Math.max(0, row[0]! * seen[0] + row[1]! * seen[1] + row[2]! * seen[2])),
  ) as [number, number, number];
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 / 116) * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe.each(Object.entries(PALETTES))('the %s colours', (_, palette: Palette) => {
  test('of what is known of a road differ for every kind of sight', () => {
    const states = ['unknown', 'clear', 'blocked', 'probable'] as const;
    for (const [kind, sight] of Object.entries(SIGHTS)) {
      for (const [i, a] of states.entries()) {
        for (const b of states.slice(i + 1)) {
          const [p, q] = [lab(palette[a], sight), lab(palette[b], sight)];
          const apart = Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
          // A just noticeable difference is about 2.3. Shapes say the same again.
          expect(apart, `${a} and ${b}, ${kind}`).toBeGreaterThan(20);
        }
      }
    }
  });

  test('stand out from the ground', () => {
    const { unknown, uavs, ground, clear, blocked, route, former, ink } = palette;
    expect(contrast(unknown, ground)).toBeGreaterThan(2.2);
    for (const colour of [clear, blocked, route, former]) expect(contrast(colour, ground), colour).toBeGreaterThan(3);
    for (const colour of uavs) expect(contrast(colour, ground), colour).toBeGreaterThan(3);
    expect(contrast(ink, ground)).toBeGreaterThan(7);
  });
});

describe("a strategy's form", () => {
  test('has a field for each property of the schema', () => {
    const schema = { type: 'object', properties: { k: { type: 'integer', default: 3 }, fast: { type: 'boolean' } } };
    const strategy = { name: 'x', summary: '', parameters_schema: schema };
    expect(propertiesOf(strategy).map(([name]) => name)).toEqual(['k', 'fast']);
    expect(propertiesOf(undefined)).toEqual([]);
  });

  test('sends what differs from the default', () => {
    const number = { type: 'number', default: 0.5 };
    expect(readValue(number, '0.75', false)).toBe(0.75);
    expect(readValue(number, '0.5', false)).toBeNull();
    expect(readValue(number, ' ', false)).toBeNull();
    expect(readValue({ type: 'boolean', default: true }, 'on', false)).toBe(false);
    expect(readValue({ type: 'boolean', default: true }, 'on', true)).toBeNull();
    expect(readValue({ type: 'string', default: 'a', enum: ['a', 'b'] }, 'b', false)).toBe('b');
  });
});

test("the chart's axis has room for a single value and for many", () => {
  const [low, high] = bounds([1000]);
  expect(high - low).toBe(20_000);
  expect((low + high) / 2).toBe(1000);
  const [least, most] = bounds([0, 100_000]);
  expect(least).toBeLessThan(0);
  expect(most).toBeGreaterThan(100_000);
});
