// Puts the page together: which mission is followed, and who is told of what.

import { Refusal, listMissions, newestActive } from './api.js';
import { byId, make, say, write } from './element.js';
import { Following } from './following.js';
import * as forecast from './forecast.js';
import { showLegend } from './legend.js';
import * as lesson from './lesson.js';
import { MapView } from './map.js';
import * as panel from './panel.js';
import * as segment from './segment.js';
import { ago } from './words.js';

/** @typedef {import('./api.js').MissionItem} MissionItem */

const LIST_EVERY_MS = 3_000;
/** Time to object before the page turns from an ended mission to a newer one. */
const SWITCH_AFTER_S = 8;

const connection = byId('connection', HTMLElement);
const connectionText = byId('connection-text', HTMLElement);
const notice = byId('notice', HTMLElement);

/** @type {Following | null} */ let following = null;
/** @type {MissionItem[]} */ let missions = [];
/** Whether the page turns to newer missions by itself. */
let turns = true;
/** @type {{ id: string, timer: number } | null} */ let turning = null;
/** When the list of missions last came, the newest data while no mission is followed. */
let listedAt = 0;

const map = new MapView(byId('surface', HTMLElement), {
  hovered: (id, px, py) => segment.showTooltip(following, id, px, py),
  clicked: id => select(id),
});

/** @param {number | null} id */
function select(id) {
  map.select(id);
  segment.showSegment(following, id);
}

/** @param {string} id */
function follow(id) {
  dismissNotice();
  if (following?.id === id) return;
  following?.stop();
  select(null);
  lesson.dismiss();
  let due = false;
  // Facts are written once a frame at the most, whatever comes.
  const facts = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; panel.showFacts(); segment.refresh(); });
  };
  const current = following = new Following(id, {
    begun: () => {
      if (following !== current) return;
      map.show(current.network, current.mission);
      showLegend(current.mission?.view.uavs ?? []);
      panel.showMission(current);
      forecast.begin(current, segments => map.showCritical(segments));
      segment.refresh();
      ended();
    },
    told: (entry, merge) => panel.tell(entry, merge),
    planned: () => { map.planChanged(); forecast.refresh(); facts(); },
    learned: () => { map.knowledgeChanged(); facts(); },
    moved: vehicle => { map.moved(vehicle); if (vehicle === 'ugv') facts(); },
    changed: () => {
      map.planChanged();
      showLegend(current.mission?.view.uavs ?? []);
      panel.showFacts();
      forecast.refresh();
      segment.refresh();
      ended();
    },
    connection: state => {
      connection.dataset.state = document.body.dataset.connection = state;
      showConnection();
    },
    failed: error => say(byId('mission-message', HTMLElement), error.message, true),
  });
  showList();
}

function showList() {
  const view = following?.mission?.view;
  // The stream knows of changes before the list does.
  const items = missions.map(item => item.id === view?.id ? { ...item, status: view.status } : item);
  panel.showMissions(items, following?.id ?? null, id => {
    turns = items.find(item => item.id === id)?.status === 'active' || missions[0]?.id === id;
    history.replaceState(null, '', `#${id}`);
    follow(id);
  });
}

/** The mission is over: a newer active one is worth a look. */
function ended() {
  const current = following?.mission;
  if (!current) return;
  showList();
  if (!current.ended || !turns || turning) return;
  const newer = missions.find(item => item.status === 'active' && item.created_at > current.view.created_at);
  if (!newer) return;
  let left = SWITCH_AFTER_S;
  const text = make('span');
  const count = () => write(text, `This mission has ${current.view.status === 'arrived' ? 'arrived' : 'ended'}. “${newer.name || 'A newer one'}” follows in ${left} s.`);
  const go = () => {
    history.replaceState(null, '', location.pathname);
    follow(newer.id);
  };
  const [now, stay] = [make('button', { type: 'button' }, 'Show it now'), make('button', { type: 'button' }, 'Stay here')];
  now.addEventListener('click', go);
  stay.addEventListener('click', () => { turns = false; dismissNotice(); });
  count();
  notice.replaceChildren(text, now, stay);
  notice.hidden = false;
  const timer = window.setInterval(() => {
    left -= 1;
    if (left <= 0) go(); else count();
  }, 1_000);
  turning = { id: newer.id, timer };
}

function dismissNotice() {
  if (turning) clearInterval(turning.timer);
  turning = null;
  notice.hidden = true;
}

function showConnection() {
  const heardAt = following ? following.stream.heardAt : listedAt;
  const state = connection.dataset.state ?? 'connecting';
  const age = heardAt ? ago(Date.now() - heardAt) : '';
  const words = state === 'live' ? (age ? `live · ${age}` : 'live') : age ? `${state} · newest ${age}` : state;
  write(connectionText, words);
}

/** Which mission to show when nobody has chosen: the newest active one, else the newest. */
async function preferred() {
  return missions.find(item => item.status === 'active') ?? await newestActive() ?? missions[0];
}

async function refresh() {
  try {
    missions = await listMissions();
    listedAt = Date.now();
    if (!following) {
      connection.dataset.state = document.body.dataset.connection = 'live';
      const asked = location.hash.slice(1);
      const known = missions.find(item => item.id === asked)?.id ?? (/^[0-9a-f-]{36}$/.test(asked) ? asked : undefined);
      const id = known ?? (await preferred())?.id;
      if (id) follow(id); else await lesson.teach();
    }
  } catch (error) {
    if (!following) connection.dataset.state = document.body.dataset.connection = 'reconnecting';
    if (error instanceof Refusal) say(byId('mission-message', HTMLElement), error.message, true);
  }
  showList();
  ended();
}

async function refreshForEver() {
  if (!document.hidden || !following) await refresh();
  window.setTimeout(refreshForEver, LIST_EVERY_MS);
}

byId('zoom-in', HTMLButtonElement).addEventListener('click', () => map.camera.zoomIn());
byId('zoom-out', HTMLButtonElement).addEventListener('click', () => map.camera.zoomOut());
byId('fit', HTMLButtonElement).addEventListener('click', () => map.camera.fit());
byId('find', HTMLFormElement).addEventListener('submit', event => {
  event.preventDefault();
  const network = following?.network;
  const text = byId('find-text', HTMLInputElement).value;
  const found = network?.find(text);
  say(byId('mission-message', HTMLElement), found ? '' : `No segment has the number or name “${text}”.`, !found);
  if (!network || !found) return;
  map.camera.show(network.pointAt({ segment: found.id, offset_m: found.length_m / 2 }));
  select(found.id);
});
segment.start(() => select(null));
showLegend([]);
window.setInterval(showConnection, 1_000);

/** The controls need the strategies; without them there is more to see than to do. */
async function startPanel() {
  for (;;) {
    try {
      return await panel.start();
    } catch {
      await new Promise(resolve => { window.setTimeout(resolve, LIST_EVERY_MS); });
    }
  }
}
startPanel();
refreshForEver();
