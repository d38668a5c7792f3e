// The map: MapLibre draws the roads and what is known of them, the route and the taskings; the overlay what moves.

import type { GeoJSONSource, Map as MapLibre, StyleSpecification } from 'maplibre-gl';
import * as maplibre from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { PageSettings } from '../api';
import { blockageOffset, type Mission } from '../model/mission';
import { legsAhead, type Network, type Segment, type XY } from '../model/network';
import type { Leg, LonLat, PositionView, SegmentState } from '../model/types';
import { routeOf } from '../model/types';
import { Overlay } from './overlay';
import { PALETTES, type Palette, type Theme, uavColour } from './palette';
import { ground, images, layers, SOURCES } from './style';

maplibre.setWorkerUrl(workerUrl);

const FADE_MS = 3_500;
/** How far from the pointer a segment may be, in pixels. */
const REACH_PX = 12;
/** The route is cut at the vehicle no more often than this, and blockages are gathered for so long. */
const CUT_EVERY_MS = 200;
const GATHER_MS = 60;
/** A style of somebody else's host must come within this time; else plain ground is drawn. */
const STYLE_PATIENCE_MS = 6_000;

type Feature = {
  type: 'Feature';
  id?: number;
  geometry: { type: 'LineString'; coordinates: [number, number][] } | { type: 'Point'; coordinates: [number, number] };
  properties: Record<string, unknown>;
};

export interface MapEvents {
  hovered(segment: number | null, x: number, y: number): void;
  /** A click, or Enter with the map's middle under the crosshair. */
  clicked(segment: number | null, at: LonLat): void;
}

export class MapView {
  network: Network | null = null;
  mission: Mission | null = null;
  /** Settles when the first style is there. */
  readonly ready: Promise<void>;
  readonly overlay: Overlay;
  readonly map: MapLibre;
  readonly #settings: PageSettings;
  #palette: Palette;
  #hovered: number | null = null;
  #selected: number | null = null;
  #loaded = false;
  /** The states that the map was told, of segments that are not unknown. */
  readonly #told = new Map<number, SegmentState>();
  /** The legs ahead as last drawn, for the fade when the route changes. */
  #aheadLine: [number, number][] = [];
  #planSeq: number | null = null;
  #cutAt = 0;
  #cutDue = 0;
  #blockedDue = 0;
  #fading = 0;

  constructor(container: HTMLElement, room: HTMLElement, settings: PageSettings, theme: Theme, on: MapEvents) {
    this.#settings = settings;
    this.#palette = PALETTES[theme];
    this.map = new maplibre.Map({
      container,
      style: this.#plainStyle(),
      center: [10, 50],
      zoom: 3,
      maxZoom: 20,
      attributionControl: false,
      fadeDuration: 0,
      dragRotate: true,
      pitchWithRotate: false,
      maxPitch: 0,
      locale: { 'Map.Title': 'Map of the road network' },
    });
    this.overlay = new Overlay(this.map, room, this.#palette);
    if (settings.map_attribution || settings.map_style_url) {
      this.map.addControl(new maplibre.AttributionControl({ compact: false }));
    }
    this.map.addControl(new maplibre.ScaleControl({ maxWidth: 110 }), 'bottom-right');
    this.ready = new Promise(resolve => {
      this.map.on('style.load', () => {
        this.#begin();
        resolve();
      });
    });
    if (settings.map_style_url) this.#fetchStyle(settings.map_style_url);
    this.#listen(on);
  }

  #plainStyle(): StyleSpecification {
    const { map_tiles_url: url, map_attribution: attribution } = this.#settings;
    return ground(this.#palette, url ? { url, attribution } : null);
  }

  async #fetchStyle(url: string) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(STYLE_PATIENCE_MS) });
      if (answer.ok) this.map.setStyle(await answer.json(), { diff: false });
    } catch {
      // Without it there is the plain ground.
    }
  }

  #listen(on: MapEvents) {
    const { map } = this;
    const at = (x: number, y: number) => {
      if (!this.network) return null;
      const { lng, lat } = map.unproject([x, y]);
      return (
        this.network.nearest(this.network.project({ lon: lng, lat }), REACH_PX * this.metresPerPixel())?.id ?? null
      );
    };
    const hover = (id: number | null, x = 0, y = 0) => {
      if (this.#hovered !== id) {
        this.#hovered = id;
        map.getCanvas().classList.toggle('over-segment', id !== null);
        this.#drawPicked();
      }
      on.hovered(id, x, y);
    };
    map.on('mousemove', ({ point }) => {
      // Who drags the map looks at no road.
      if (!map.isMoving()) hover(at(point.x, point.y), point.x, point.y);
    });
    map.on('mouseout', () => hover(null));
    map.on('movestart', () => hover(null));
    map.on('click', ({ point, lngLat }) => on.clicked(at(point.x, point.y), { lon: lngLat.lng, lat: lngLat.lat }));
    map.getCanvas().addEventListener('keydown', event => {
      if (event.key === 'Enter') {
        const { clientWidth, clientHeight } = map.getContainer();
        const { lng, lat } = map.getCenter();
        on.clicked(at(clientWidth / 2, clientHeight / 2), { lon: lng, lat });
      } else if (event.key.toLowerCase() === 'f') this.fit();
      else return;
      event.preventDefault();
    });
  }

  metresPerPixel(): number {
    const { lat } = this.map.getCenter();
    return (40_075_016.7 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** this.map.getZoom());
  }

  /** Adds the page's sources and layers to a style that has just come. */
  #begin() {
    const { map } = this;
    for (const [name, source] of Object.entries(SOURCES)) if (!map.getSource(name)) map.addSource(name, source);
    this.#drawImages();
    for (const layer of layers(this.#palette, !map.getStyle().glyphs)) if (!map.getLayer(layer.id)) map.addLayer(layer);
    this.#loaded = true;
    this.#told.clear();
    this.#drawNetwork();
    this.#drawAll();
  }

  #drawImages() {
    for (const [name, image] of Object.entries(images(this.#palette))) {
      if (this.map.hasImage(name)) this.map.updateImage(name, image);
      else this.map.addImage(name, image, { pixelRatio: 1 });
    }
  }

  setTheme(theme: Theme) {
    this.#palette = PALETTES[theme];
    this.overlay.restyle(this.#palette);
    if (!this.#loaded) return;
    const { map } = this;
    if (map.getLayer('ground')) map.setPaintProperty('ground', 'background-color', this.#palette.ground);
    for (const layer of layers(this.#palette, true)) {
      if (!map.getLayer(layer.id)) continue;
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        if (name.endsWith('color')) map.setPaintProperty(layer.id, name as 'line-color', value);
      }
    }
    this.#drawImages();
    this.#drawTaskings();
  }

  /** Shows a network; `null` shows the ground alone. */
  showNetwork(network: Network | null) {
    if (network === this.network) return;
    this.network = network;
    this.overlay.network = network;
    this.#hovered = this.#selected = null;
    this.showMission(null);
    this.#drawNetwork();
    if (network) this.fit(false);
  }

  /** Shows a mission of the network anew: all of it may be another. */
  showMission(mission: Mission | null) {
    const other = mission?.view.id !== this.mission?.view.id;
    this.mission = mission;
    if (other || !mission) {
      this.overlay.clearVehicles();
      this.#planSeq = null;
      this.#aheadLine = [];
      this.#fade([]);
    }
    this.#drawAll();
  }

  #drawAll() {
    this.missionChanged();
    this.knowledgeChanged(null);
    this.planChanged(false);
    this.#drawPicked();
    for (const position of this.mission?.positions.values() ?? []) this.moved(position);
  }

  #source(name: string): GeoJSONSource | undefined {
    return this.#loaded ? this.map.getSource<GeoJSONSource>(name) : undefined;
  }

  #set(name: string, features: Feature[]) {
    this.#source(name)?.setData({ type: 'FeatureCollection', features } as Parameters<GeoJSONSource['setData']>[0]);
  }

  #drawNetwork() {
    if (!this.#loaded) return;
    this.map.removeFeatureState({ source: 'roads' });
    this.#told.clear();
    const { network } = this;
    const features: Feature[] = [];
    const named: Feature[] = [];
    for (const segment of network?.segments ?? []) {
      if (!segment) continue;
      const geometry = { type: 'LineString' as const, coordinates: this.#wholeLine(segment) };
      const properties = { p: segment.blockage_probability };
      features.push({ type: 'Feature', id: segment.id, geometry, properties });
      if (segment.name) named.push({ type: 'Feature', geometry, properties: { name: segment.name } });
    }
    this.#set('roads', features);
    this.#set('names', named);
  }

  #lonLat(point: XY): [number, number] {
    const { lon, lat } = this.network!.unproject(point);
    return [lon, lat];
  }

  #wholeLine({ xs, ys }: Segment): [number, number][] {
    return Array.from(xs, (x, i) => this.#lonLat({ x, y: ys[i]! }));
  }

  #lineOf(legs: Leg[]): [number, number][] {
    const { network } = this;
    if (!network) return [];
    return legs.flatMap(leg => (network.has(leg.segment) ? network.line(leg).map(point => this.#lonLat(point)) : []));
  }

  /** Start, waypoints, goals, UAVs or the status are others. */
  missionChanged() {
    const { mission, overlay } = this;
    overlay.setFleet(mission?.view.uavs.map(uav => uav.id) ?? [], this.network);
    overlay.setPin('start', mission?.view.start.position ?? null, 'Start', 'S');
    const { goals = [], waypoints = [], waypoints_visited: visited = 0 } = mission?.view ?? {};
    overlay.clearPins('goal-');
    overlay.clearPins('via-');
    goals.forEach(({ position }, i) => {
      overlay.setPin(`goal-${i}`, position, goals.length > 1 ? `Goal ${i + 1}` : 'Goal', 'G');
    });
    waypoints.forEach(({ position }, i) => {
      overlay.setPin(
        `via-${i}`,
        position,
        i < visited ? `Waypoint ${i + 1}, visited` : `Waypoint ${i + 1}`,
        String(i + 1),
      );
    });
    this.#drawTaskings();
    this.#cut();
  }

  /** What is known of some segments is another; of all, if none are given. */
  knowledgeChanged(segments: Iterable<number> | null) {
    if (!this.#loaded) return;
    const { map, mission, network } = this;
    const tell = (segment: number, state: SegmentState) => {
      if ((this.#told.get(segment) ?? 'unknown') === state) return;
      if (state === 'unknown') this.#told.delete(segment);
      else this.#told.set(segment, state);
      map.setFeatureState({ source: 'roads', id: segment }, { state, known: state !== 'unknown' });
    };
    if (segments) {
      for (const segment of segments) if (network?.has(segment)) tell(segment, mission?.state(segment) ?? 'unknown');
    } else {
      for (const segment of [...this.#told.keys()]) tell(segment, mission?.state(segment) ?? 'unknown');
      if (network && mission) {
        for (const segment of mission.known.keys()) if (network.has(segment)) tell(segment, mission.state(segment));
      }
    }
    this.#blockedDue ||= window.setTimeout(() => {
      this.#blockedDue = 0;
      this.#drawBlocked();
      this.#drawTaskings();
    }, GATHER_MS);
  }

  #drawBlocked() {
    const { network, mission } = this;
    const [lines, points]: [Feature[], Feature[]] = [[], []];
    if (network && mission) {
      for (const [segment, state] of this.#told) {
        if (state !== 'blocked') continue;
        const known = mission.known.get(segment);
        const closed = (known?.closed_by.size ?? 0) > 0;
        const coordinates = this.#wholeLine(network.segments[segment]!);
        lines.push({ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties: { closed } });
        const offset_m = blockageOffset(known);
        if (offset_m === null) continue;
        const point = this.#lonLat(network.pointAt({ segment, offset_m }));
        points.push({ type: 'Feature', geometry: { type: 'Point', coordinates: point }, properties: {} });
      }
    }
    this.#set('blocked', lines);
    this.#set('points', points);
  }

  /** There is another plan. `fade`: the route before it fades out. */
  planChanged(fade = true) {
    const seq = this.mission?.plan?.seq ?? null;
    const before = this.#aheadLine;
    const other = this.#planSeq !== null && seq !== this.#planSeq;
    this.#planSeq = seq;
    this.#cut();
    this.#drawTaskings();
    // The same way but for what was driven is no other route.
    if (fade && other && before.length > 1 && !this.#goesOn(before)) this.#fade(before);
  }

  #goesOn(before: [number, number][]): boolean {
    const here = this.#aheadLine;
    const names = (line: [number, number][]) => line.slice(-here.length + 2).map(point => point.join());
    return here.length <= before.length + 1 && names(before).join(';') === names(here).join(';');
  }

  #fade(line: [number, number][]) {
    clearTimeout(this.#fading);
    if (!this.#loaded) return;
    const { map } = this;
    map.setPaintProperty('former', 'line-opacity-transition', { duration: 0, delay: 0 });
    map.setPaintProperty('former', 'line-opacity', line.length ? 0.75 : 0);
    this.#set('former', [{ type: 'Feature', geometry: { type: 'LineString', coordinates: line }, properties: {} }]);
    if (!line.length) return;
    this.#fading = window.setTimeout(() => {
      map.setPaintProperty('former', 'line-opacity-transition', { duration: FADE_MS, delay: 0 });
      map.setPaintProperty('former', 'line-opacity', 0);
    }, 900);
  }

  /** A vehicle is somewhere else. */
  moved({ vehicle, position, segment, offset_m }: PositionView) {
    const { network } = this;
    if (!network || !this.mission) return;
    const on = typeof segment === 'number' && typeof offset_m === 'number' && network.has(segment);
    this.overlay.moved(vehicle, on ? network.pointAt({ segment, offset_m }) : network.project(position));
    if (vehicle !== 'ugv') return;
    const wait = this.#cutAt + CUT_EVERY_MS - performance.now();
    if (wait <= 0) this.#cut();
    else this.#cutDue ||= window.setTimeout(() => this.#cut(), wait);
  }

  /** Draws the route, cut where the vehicle is. */
  #cut() {
    clearTimeout(this.#cutDue);
    this.#cutDue = 0;
    this.#cutAt = performance.now();
    const { network, mission } = this;
    const legs = routeOf(mission?.plan)?.legs ?? [];
    let [ahead, driven]: [Leg[], Leg[]] = [legs, []];
    const ugv = mission?.positions.get('ugv');
    if (network && mission?.view.status === 'arrived') [ahead, driven] = [[], legs];
    else if (network && ugv && typeof ugv.segment === 'number' && typeof ugv.offset_m === 'number') {
      const place = { segment: ugv.segment, offset_m: ugv.offset_m };
      const left = network.has(place.segment) ? legsAhead(network, legs, place) : null;
      if (left) {
        const passed = legs.length - left.length;
        driven = legs.slice(0, passed);
        if (left[0] && legs[passed]) driven.push({ ...legs[passed], to_m: left[0].from_m });
        ahead = left;
      }
    }
    this.#aheadLine = this.#lineOf(ahead);
    const behind = this.#lineOf([...(mission?.trail?.legs ?? []), ...driven]);
    const part = (name: string, line: [number, number][]): Feature[] =>
      line.length > 1
        ? [{ type: 'Feature', geometry: { type: 'LineString', coordinates: line }, properties: { part: name } }]
        : [];
    this.#set('route', [...part('driven', behind), ...part('ahead', this.#aheadLine)]);
  }

  /** What each UAV is still to inspect, and how it flies there. */
  #drawTaskings() {
    const { network, mission } = this;
    const features: Feature[] = [];
    const taskings = mission && !mission.ended ? (mission.plan?.tasking ?? []) : [];
    mission?.view.uavs.forEach((uav, index) => {
      const inspections = taskings.find(tasking => tasking.uav === uav.id)?.inspections ?? [];
      // What was found since it was planned, the next plan will drop.
      const legs = inspections.map(it => it.leg).filter(leg => mission.state(leg.segment) === 'unknown');
      const lines = network ? legs.filter(leg => network.has(leg.segment)).map(leg => network.line(leg)) : [];
      this.overlay.setFlights(uav.id, lines);
      const colour = uavColour(this.#palette, index);
      for (const line of lines) {
        const coordinates = line.map(point => this.#lonLat(point));
        features.push({ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties: { colour } });
      }
    });
    this.#set('tasking', features);
  }

  /** The segments on which most depends. */
  showCritical(segments: number[]) {
    const { network } = this;
    const there = segments.filter(id => network?.has(id));
    this.#set(
      'critical',
      there.map(id => ({
        type: 'Feature',
        geometry: { type: 'LineString', coordinates: this.#wholeLine(network!.segments[id]!) },
        properties: {},
      })),
    );
  }

  select(segment: number | null) {
    this.#selected = segment;
    this.#drawPicked();
  }

  #drawPicked() {
    const { network } = this;
    const picked: Feature[] = [];
    for (const [role, id] of [
      ['selected', this.#selected],
      ['hovered', this.#hovered === this.#selected ? null : this.#hovered],
    ] as const) {
      const segment = id === null ? undefined : network?.segments[id];
      if (!segment) continue;
      const coordinates = this.#wholeLine(segment);
      picked.push({ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties: { role } });
    }
    this.#set('picked', picked);
  }

  /** Moves the map so that all of the network is on it. */
  fit(animate = true) {
    const { network } = this;
    if (!network || !Number.isFinite(network.bounds[0])) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.map.fitBounds(network.bounds, {
      padding: { top: 56, bottom: 72, left: 40, right: 40 },
      duration: animate && !calm ? 500 : 0,
      bearing: 0,
    });
  }

  /** Moves the map to a segment. */
  goTo(segment: Segment) {
    const [lon, lat] = this.#lonLat(this.network!.pointAt({ segment: segment.id, offset_m: segment.length_m / 2 }));
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.map.easeTo({ center: [lon, lat], zoom: Math.max(14.5, this.map.getZoom()), duration: calm ? 0 : 600 });
  }

  zoomBy(levels: number) {
    this.map.easeTo({ zoom: this.map.getZoom() + levels, duration: 200 });
  }
}
