// What MapLibre draws, as a style: sources and layers from below to above.

import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import { type Palette, PROBABLE } from './palette';

const EMPTY = { type: 'FeatureCollection' as const, features: [] };

/** The sources that the page fills. */
export const SOURCES: Record<string, SourceSpecification> = {
  // Tiles beyond zoom 15 are cut from those of 15: a unit there is 0.15 m.
  roads: { type: 'geojson', data: EMPTY, maxzoom: 15, tolerance: 0.5, buffer: 32 },
  // Of its own, so that no road waits for letters.
  names: { type: 'geojson', data: EMPTY, maxzoom: 15, tolerance: 1 },
  blocked: { type: 'geojson', data: EMPTY, maxzoom: 15 },
  points: { type: 'geojson', data: EMPTY, maxzoom: 15 },
  route: { type: 'geojson', data: EMPTY, maxzoom: 15, tolerance: 0.1 },
  former: { type: 'geojson', data: EMPTY, maxzoom: 15, tolerance: 0.1 },
  critical: { type: 'geojson', data: EMPTY, maxzoom: 15 },
  tasking: { type: 'geojson', data: EMPTY, maxzoom: 15, tolerance: 0.1 },
  picked: { type: 'geojson', data: EMPTY, maxzoom: 15 },
};

type Width = NonNullable<Extract<LayerSpecification, { type: 'line' }>['paint']>['line-width'];

/** A width that grows with the zoom. */
function width(factor: number, more = 0): Width {
  const stops = [9, 0.5, 12, 1.1, 14, 2.4, 16, 5, 19, 14];
  const scaled = stops.map((stop, i) => (i % 2 ? stop * factor + more : stop));
  return ['interpolate', ['exponential', 1.4], ['zoom'], ...scaled] as unknown as Width;
}

/** Known segments stand out by their width too. */
function roadWidth(): Width {
  const stops = [9, 0.5, 12, 1.1, 14, 2.4, 16, 5, 19, 14];
  const known = ['boolean', ['feature-state', 'known'], false];
  const scaled = stops.map((stop, i) => (i % 2 ? ['case', known, stop * 1.45 + 0.3, stop] : stop));
  return ['interpolate', ['exponential', 1.4], ['zoom'], ...scaled] as unknown as Width;
}

/** The page's layers, from below to above. `names`: whether street names are drawn with the browser's own fonts. */
export function layers(palette: Palette, names: boolean): LayerSpecification[] {
  const line = { 'line-cap': 'round', 'line-join': 'round' } as const;
  const all: LayerSpecification[] = [
    {
      id: 'critical',
      type: 'line',
      source: 'critical',
      // Two rails along the road: a shape of its own, whatever the colours beside it.
      paint: {
        'line-color': palette.critical,
        'line-opacity': 0.85,
        'line-gap-width': width(1.8, 8),
        'line-width': 1.8,
      },
    },
    {
      id: 'former',
      type: 'line',
      source: 'former',
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': palette.former,
        'line-opacity': 0,
        'line-width': width(1.2, 4),
        'line-dasharray': [1.2, 0.8],
      },
    },
    {
      id: 'driven',
      type: 'line',
      source: 'route',
      filter: ['==', ['get', 'part'], 'driven'],
      layout: line,
      paint: { 'line-color': palette.driven, 'line-opacity': 0.65, 'line-width': width(1.2, 3) },
    },
    {
      id: 'ahead',
      type: 'line',
      source: 'route',
      filter: ['==', ['get', 'part'], 'ahead'],
      layout: line,
      paint: { 'line-color': palette.route, 'line-opacity': 0.5, 'line-width': width(1.8, 7) },
    },
    {
      id: 'roads',
      type: 'line',
      source: 'roads',
      layout: line,
      paint: {
        'line-color': [
          'match',
          ['to-string', ['feature-state', 'state']],
          'clear',
          palette.clear,
          'blocked',
          palette.blocked,
          palette.unknown,
        ],
        'line-width': roadWidth(),
      },
    },
    {
      id: 'probable',
      type: 'line',
      source: 'roads',
      filter: ['>=', ['get', 'p'], PROBABLE],
      layout: { 'line-cap': 'round' },
      paint: {
        'line-color': palette.probable,
        'line-width': width(1.1, 0.6),
        'line-dasharray': [0.1, 2],
        'line-opacity': ['case', ['boolean', ['feature-state', 'known'], false], 0, 1],
      },
    },
    {
      id: 'blocked',
      type: 'line',
      source: 'blocked',
      filter: ['!', ['get', 'closed']],
      layout: line,
      paint: { 'line-color': palette.blocked, 'line-width': width(1.5, 1.6) },
    },
    {
      id: 'closed',
      type: 'line',
      source: 'blocked',
      filter: ['get', 'closed'],
      paint: { 'line-color': palette.blocked, 'line-width': width(1.6, 2.6), 'line-dasharray': [1.4, 0.7] },
    },
    {
      id: 'tasking',
      type: 'line',
      source: 'tasking',
      paint: {
        'line-color': ['get', 'colour'],
        'line-width': width(0.6, 1.8),
        'line-dasharray': [2.4, 1.4],
      },
    },
    {
      id: 'hovered',
      type: 'line',
      source: 'picked',
      filter: ['==', ['get', 'role'], 'hovered'],
      layout: line,
      paint: { 'line-color': palette.selected, 'line-opacity': 0.45, 'line-width': width(1, 1.5) },
    },
    {
      id: 'selected-halo',
      type: 'line',
      source: 'picked',
      filter: ['==', ['get', 'role'], 'selected'],
      layout: line,
      paint: { 'line-color': palette.selected, 'line-width': width(1.2, 6), 'line-opacity': 0.9 },
    },
    {
      id: 'selected',
      type: 'line',
      source: 'picked',
      filter: ['==', ['get', 'role'], 'selected'],
      layout: line,
      paint: { 'line-color': palette.halo, 'line-width': width(1, 1.6) },
    },
    {
      id: 'arrows',
      type: 'symbol',
      source: 'route',
      minzoom: 12.5,
      filter: ['==', ['get', 'part'], 'ahead'],
      layout: {
        'symbol-placement': 'line',
        'symbol-spacing': 110,
        'icon-image': 'arrow',
        'icon-size': 0.5,
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'icon-rotation-alignment': 'map',
      },
    },
    {
      id: 'points',
      type: 'symbol',
      source: 'points',
      layout: {
        'icon-image': 'cross',
        'icon-size': ['interpolate', ['linear'], ['zoom'], 10, 0.22, 13, 0.42, 16, 0.6],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
    },
  ];
  if (names) {
    all.push({
      id: 'names',
      type: 'symbol',
      source: 'names',
      minzoom: 12.9,
      layout: {
        'symbol-placement': 'line',
        'symbol-spacing': 380,
        'text-field': ['get', 'name'],
        'text-font': ['sans-serif'],
        'text-size': ['interpolate', ['linear'], ['zoom'], 13, 10, 17, 14],
        'text-max-angle': 35,
        'text-padding': 8,
      },
      paint: {
        'text-color': palette.ink,
        'text-opacity': 0.75,
        'text-halo-color': palette.ground,
        'text-halo-width': 1.6,
      },
    });
  }
  return all;
}

/** What lies below all of it: plain ground, and tiles if they are configured. */
export function ground(
  palette: Palette,
  tiles: { url: string; attribution: string | null } | null,
): StyleSpecification {
  const style: StyleSpecification = {
    version: 8,
    sources: {},
    layers: [{ id: 'ground', type: 'background', paint: { 'background-color': palette.ground } }],
  };
  if (tiles) {
    const { url, attribution } = tiles;
    style.sources.tiles = { type: 'raster', tiles: [url], tileSize: 256, maxzoom: 19, attribution: attribution ?? '' };
    style.layers.push({ id: 'tiles', type: 'raster', source: 'tiles', paint: { 'raster-saturation': -0.6 } });
  }
  return style;
}

/** The images of the symbol layers, drawn at twice the size for sharp screens. */
export function images(palette: Palette): Record<string, ImageData> {
  return {
    cross: draw(44, context => {
      for (const [colour, thick] of [
        [palette.halo, 13],
        [palette.blocked, 7],
      ] as const) {
        context.strokeStyle = colour;
        context.lineWidth = thick;
        context.lineCap = 'round';
        context.beginPath();
        context.moveTo(11, 11);
        context.lineTo(33, 33);
        context.moveTo(33, 11);
        context.lineTo(11, 33);
        context.stroke();
      }
    }),
    arrow: draw(28, context => {
      context.strokeStyle = palette.halo;
      context.lineWidth = 5;
      context.lineCap = context.lineJoin = 'round';
      context.beginPath();
      context.moveTo(10, 6);
      context.lineTo(19, 14);
      context.lineTo(10, 22);
      context.stroke();
    }),
  };
}

function draw(size: number, paint: (context: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const context = canvas.getContext('2d')!;
  paint(context);
  return context.getImageData(0, 0, size, size);
}
