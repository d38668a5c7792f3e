// What is to be expected of the mission: asked for after each plan, written beside its facts and drawn on the map.

import { readForecast } from './api.js';
import { byId, writeFacts } from './element.js';
import { clock, seconds } from './words.js';

/** @typedef {import('./following.js').Following} Following
 *  @typedef {import('./api.js').Forecast} Forecast
 */

/** So many critical segments are drawn; the first is written down. */
const DRAWN = 5;
/** Plans may follow each other fast; forecasts need not. */
const PAUSE_MS = 1_500;

const section = byId('forecast', HTMLElement);
const facts = byId('forecast-facts', HTMLElement);

/** @type {Following | null} */ let following = null;
/** @type {(segments: number[]) => void} */ let draw = () => {};
/** @type {AbortController | null} the question under way */ let asking = null;
/** Whether the answer under way will be of yesterday. */ let due = false;

/** Turns to another mission. @param {Following | null} other @param {(segments: number[]) => void} drawn */
export function begin(other, drawn) {
  asking?.abort();
  [following, draw, asking, due] = [other, drawn, null, false];
  show(null);
  refresh();
}

/** The plan, the settings or the status have changed. */
export async function refresh() {
  const mission = following?.mission;
  if (!following || !mission || mission.ended) return show(null);
  if (asking) {
    due = true;
    return;
  }
  const mine = asking = new AbortController();
  /** @type {Forecast | null} */ let told = null;
  try {
    told = await readForecast(following.id, DRAWN, mine.signal);
  } catch {
    // The mission has just ended, or the service is busy: the next plan asks again.
  }
  if (asking !== mine) return;
  show(told);
  await new Promise(resolve => { window.setTimeout(resolve, PAUSE_MS); });
  if (asking !== mine) return;
  asking = null;
  if (due) {
    due = false;
    refresh();
  }
}

/** @param {Forecast | null} told */
function show(told) {
  const network = following?.network;
  const arrival = told?.arrival_at;
  const none = !told || !network || told.outcome === 'already_there' || told.outcome === 'budget_spent';
  section.hidden = none;
  document.body.dataset.forecastSeq = none ? '' : String(told.seq);
  draw(none ? [] : told.critical.map(critical => critical.segment));
  if (none) return;
  const [most] = told.critical;
  const delay = most && (most.delay_s === null ? 'no way round' : `+${seconds(most.delay_s)} if blocked`);
  writeFacts(facts, [
    ['Arrival', arrival ? `${clock(arrival.p50)} (${clock(arrival.p10)} – ${clock(arrival.p90)})` : 'not to be expected'],
    ['Reaches goal', told.reach_probability === null ? '–' : percent(told.reach_probability)],
    ['Depends most on', most ? `${network.label(most.segment)}: ${delay} (${percent(most.blockage_probability)})` : told.outcome === 'route' ? 'nothing unknown' : '–'],
  ]);
}

/** @param {number} share */
function percent(share) {
  const rounded = Math.round(100 * share);
  if (rounded === 0 && share > 0) return '< 1\u00a0%';
  if (rounded === 100 && share < 1) return '> 99\u00a0%';
  return `${rounded}\u00a0%`;
}
