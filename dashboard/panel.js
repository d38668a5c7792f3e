// The side panel: missions, the facts of the one that is followed, its controls, and what happened.

import { changeStrategy, direct, exportUrl, listStrategies } from './api.js';
import { byId, make, say, write, writeFacts } from './element.js';
import { length_m, legsAhead } from './network.js';
import { MAX_ENTRIES } from './following.js';
import { ago, clock, metres, plain, seconds } from './words.js';

/** @typedef {import('./following.js').Following} Following
 *  @typedef {import('./words.js').Entry} Entry
 *  @typedef {import('./api.js').MissionItem} MissionItem
 */

const missions = byId('missions', HTMLUListElement);
const mission = byId('mission', HTMLElement);
const title = byId('mission-title', HTMLElement);
const status = byId('mission-status', HTMLElement);
const outcome = byId('mission-outcome', HTMLElement);
const facts = byId('mission-facts', HTMLElement);
const strategy = byId('strategy', HTMLSelectElement);
const pause = byId('pause', HTMLButtonElement);
const cancel = byId('cancel', HTMLButtonElement);
const message = byId('mission-message', HTMLElement);
const events = byId('events', HTMLOListElement);
const eventsSection = byId('events-section', HTMLElement);
const find = byId('find', HTMLFormElement);
const exportLink = byId('export', HTMLAnchorElement);
const announcer = byId('announcer', HTMLElement);
const confirm = byId('confirm', HTMLDialogElement);

/** @type {Following | null} */
let following = null;

/** @param {MissionItem[]} items @param {string | null} chosen @param {(id: string) => void} choose */
export function showMissions(items, chosen, choose) {
  const key = (/** @type {MissionItem} */ item) => `mission-${item.id}`;
  items.forEach((item, i) => {
    let row = missions.querySelector(`#${CSS.escape(key(item))}`);
    if (!row) {
      const button = make('button', { type: 'button' }, make('span', { class: 'name' }), make('time'), make('span', { class: 'badge' }));
      button.addEventListener('click', () => choose(item.id));
      row = make('li', { id: key(item) }, button);
    }
    if (missions.children[i] !== row) missions.insertBefore(row, missions.children[i] ?? null);
    const [button] = row.children;
    const [name, created, badge] = button.children;
    button.setAttribute('aria-current', String(item.id === chosen));
    write(name, item.name || `Mission ${item.id.slice(-6)}`);
    write(created, ago(Date.now() - Date.parse(item.created_at)));
    writeBadge(badge, item.status);
  });
  while (missions.children.length > items.length) missions.lastElementChild?.remove();
  if (!items.length) missions.append(make('li', { class: 'none' }, 'None yet.'));
}

/** @param {Element} badge @param {string} text */
function writeBadge(badge, text) {
  write(badge, text);
  badge.setAttribute('data-status', text);
}

/** Shows another mission, or none. @param {Following | null} other */
export function showMission(other) {
  following = other;
  const none = !other?.mission;
  mission.hidden = eventsSection.hidden = exportLink.hidden = find.hidden = none;
  say(message, '');
  if (other && !none) {
    exportLink.href = exportUrl(other.id);
    events.replaceChildren(...other.entries.map(line));
    showFacts();
  }
}

export function showFacts() {
  const state = following?.mission;
  const network = following?.network;
  if (!state || !network) return;
  const { view, plan, known } = state;
  const { dataset } = document.body;
  Object.assign(dataset, { mission: view.id, status: view.status, revision: String(state.revision), planSeq: String(plan?.seq ?? ''), segments: plan?.route?.legs.map(leg => leg.segment).join(' ') ?? '' });
  document.title = `${view.name || 'Mission'} · ${view.status} – Outrider`;
  write(title, view.name || `Mission ${view.id.slice(-6)}`);
  writeBadge(status, view.status);
  const [words, bad] = outcomeInWords(state);
  say(outcome, words, bad);
  const ugv = state.positions.get('ugv');
  const place = ugv?.segment !== undefined && ugv.offset_m !== undefined ? { segment: ugv.segment, offset_m: ugv.offset_m } : plan?.basis.ugv.place;
  const left = plan?.route && place ? legsAhead(network, plan.route.legs, place) : null;
  const left_m = left && length_m(left);
  let [clear, blocked] = [0, 0];
  for (const segment of known.keys()) {
    const is = state.state(segment);
    if (is === 'clear') clear += 1;
    if (is === 'blocked') blocked += 1;
  }
  const length = (/** @type {number} */ m) => `${metres(m)} · ${seconds(m / view.ugv_speed_mps)}`;
  writeFacts(facts, [
    ['Remaining', state.ended || left_m === null ? '–' : length(left_m)],
    ['Route', plan?.route ? `${metres(plan.route.length_m)} · ${seconds(plan.route.duration_s)}` : '–'],
    ['Plan', plan ? `${plan.seq}${plan.provisional ? ' (provisional)' : ''}, ${clock(plan.recorded_at)}` : '–'],
    ['Vehicles', `UGV ${view.ugv_speed_mps} m/s · ${view.uavs.length} UAV${view.uavs.length === 1 ? '' : 's'}`],
    ['Segments', `${clear} clear · ${blocked} blocked · of ${network.segments.length}`],
    ['Knowledge', `revision ${state.revision} · ${state.seq} events`],
  ]);
  if (document.activeElement !== strategy) strategy.value = view.strategy.name;
  strategy.disabled = pause.disabled = cancel.disabled = state.ended;
  write(pause, view.status === 'paused' ? 'Resume' : 'Pause');
}

/** @param {import('./mission.js').Mission} state @returns {[string, boolean]} */
function outcomeInWords({ view, plan }) {
  if (view.status === 'arrived') return ['The UGV has reached the goal.', false];
  if (view.status === 'cancelled') return ['An operator cancelled the mission.', true];
  if (view.status === 'paused') return ['Paused: reports are taken in, nothing is planned.', false];
  if (!plan) return ['The first plan is being made.', false];
  if (plan.outcome === 'no_way') return ['No way to the goal as far as is known.', true];
  if (plan.outcome === 'budget_spent') return [plan.reason ?? 'The search gave up.', true];
  if (plan.outcome === 'already_there') return ['The UGV is at the goal.', false];
  return [plan.provisional ? 'On a provisional route; the strategy is still planning.' : 'On its way.', false];
}

/** @param {Entry} entry */
function line(entry) {
  return make('li', { 'data-seq': String(entry.seq), 'data-tone': entry.tone },
    make('p', {}, entry.text),
    make('span', { class: 'when' }, `${clock(entry.at)}${entry.detail ? ` · ${entry.detail}` : ''}`));
}

/** A new line at the top of the story, or in place of the top one. @param {Entry} entry @param {boolean} merge */
export function tell(entry, merge) {
  const reader = events.scrollTop > 8 ? events.scrollHeight - events.scrollTop : null;
  if (merge) events.firstElementChild?.remove();
  events.prepend(line(entry));
  while (events.children.length > MAX_ENTRIES) events.lastElementChild?.remove();
  // Who reads further down keeps their place.
  if (reader !== null) events.scrollTop = events.scrollHeight - reader;
  if (entry.tone !== 'quiet') write(announcer, entry.text);
}

/** @param {() => Promise<unknown>} request @param {string} done */
async function attempt(request, done) {
  say(message, 'Asking …');
  try {
    await request();
    say(message, done);
  } catch (error) {
    const { message: text, status: code } = /** @type {import('./api.js').Refusal} */ (error);
    say(message, code === 412 ? 'The mission has just changed; look, and try again.' : text, true);
  }
  showFacts();
}

/** Fills the strategies in and makes the controls work. */
export async function start() {
  const strategies = await listStrategies();
  pause.addEventListener('click', () => {
    const view = following?.mission?.view;
    if (view) attempt(() => direct(view.id, view.status === 'paused' ? 'resume' : 'pause', view.version), '');
  });
  strategy.addEventListener('change', () => {
    const view = following?.mission?.view;
    if (view) attempt(() => changeStrategy(view.id, view.version, strategy.value), '');
  });
  cancel.addEventListener('click', () => {
    const view = following?.mission?.view;
    if (!view) return;
    write(byId('confirm-text', HTMLElement), `“${view.name || view.id}” ends for good. Its log stays.`);
    confirm.dataset.mission = view.id;
    confirm.showModal();
  });
  byId('confirm-no', HTMLButtonElement).addEventListener('click', () => confirm.close());
  byId('confirm-yes', HTMLButtonElement).addEventListener('click', () => {
    confirm.close();
    const view = following?.mission?.view;
    if (view && view.id === confirm.dataset.mission) attempt(() => direct(view.id, 'cancel', view.version), '');
  });
  strategy.replaceChildren(...strategies.map(({ name, summary }) => make('option', { value: name, title: summary }, plain(name))));
  showFacts();
}
