// What is known of the segment under the pointer and of the selected one, and closing and reopening it.

import { changeSegment } from './api.js';
import { byId, say, write, writeFacts } from './element.js';
import { blockageOffset_m, stateOf } from './mission.js';
import { clock, metres } from './words.js';

/** @typedef {import('./following.js').Following} Following */

const card = byId('segment', HTMLElement);
const title = byId('segment-title', HTMLElement);
const facts = byId('segment-facts', HTMLElement);
const form = byId('segment-form', HTMLFormElement);
const reason = byId('segment-reason', HTMLInputElement);
const close = byId('segment-close', HTMLButtonElement);
const reopen = byId('segment-reopen', HTMLButtonElement);
const message = byId('segment-message', HTMLElement);
const tooltip = byId('tooltip', HTMLElement);

/** @type {Following | null} */ let following = null;
/** @type {number | null} */ let selected = null;

/** @param {Following | null} other @param {number | null} segment */
export function showSegment(other, segment) {
  if (segment !== selected) {
    say(message, '');
    reason.value = '';
  }
  following = other;
  selected = segment;
  refresh();
}

export function refresh() {
  const { mission, network } = following ?? {};
  const segment = selected === null ? undefined : network?.segments[selected];
  card.hidden = !segment || !mission;
  if (!segment || !mission || !network) return;
  const known = mission.known.get(segment.id);
  const state = stateOf(known);
  const offset_m = blockageOffset_m(known);
  /** @type {[string, string][]} */
  const rows = [
    ['Length', `${metres(segment.length_m)}${segment.oneway ? ', one way' : ''}`],
    ['State', state === 'blocked' && known?.closed_by.size ? 'closed by an operator' : offset_m === undefined ? state : `${state} at ${metres(offset_m)}`],
  ];
  const seen = known?.observation;
  if (seen) rows.push(['Seen', `${seen.finding} by ${seen.reported_by}, ${clock(seen.observed_at)}`]);
  for (const id of known?.closed_by ?? []) {
    const closing = mission.closings.get(id);
    if (closing) rows.push(['Closed', `by ${closing.closed_by}: ${closing.reason}${closing.expires_at ? `, until ${clock(closing.expires_at)}` : ''}`]);
  }
  if (known?.reopened_at) rows.push(['Reopened', clock(known.reopened_at)]);
  write(title, network.label(segment.id));
  writeFacts(facts, rows);
  form.hidden = mission.ended;
  close.disabled = !!known?.closed_by.size;
  reopen.disabled = state !== 'blocked';
}

/** @param {'close' | 'reopen'} action */
async function change(action) {
  const segment = selected;
  if (segment === null || !following) return;
  const why = reason.value.trim();
  if (!why) {
    say(message, 'Say why: the reason goes into the log.', true);
    reason.focus();
    return;
  }
  say(message, 'Asking …');
  try {
    await changeSegment(following.id, action, segment, why);
    if (segment !== selected) return;
    reason.value = '';
    say(message, action === 'close' ? 'Closed.' : 'Reopened.');
  } catch (error) {
    if (segment === selected) say(message, /** @type {Error} */ (error).message, true);
  }
}

/** @param {Following | null} other @param {number | null} segment @param {number} px @param {number} py */
export function showTooltip(other, segment, px, py) {
  const { mission, network } = other ?? {};
  tooltip.hidden = segment === null || !network || !mission;
  if (segment === null || !network || !mission) return;
  const closed = mission.known.get(segment)?.closed_by.size;
  write(tooltip, `${network.label(segment)}\n${metres(network.segments[segment].length_m)} · ${closed ? 'closed by an operator' : mission.state(segment)}`);
  const room = /** @type {HTMLElement} */ (tooltip.parentElement);
  const x = Math.max(4, Math.min(px + 16, room.clientWidth - tooltip.offsetWidth - 8));
  const below = py + 18 + tooltip.offsetHeight < room.clientHeight;
  tooltip.style.transform = `translate(${x}px, ${below ? py + 18 : py - tooltip.offsetHeight - 8}px)`;
}

/** Makes the card's buttons work. @param {() => void} unselect */
export function start(unselect) {
  form.addEventListener('submit', event => {
    event.preventDefault();
    change('close');
  });
  reopen.addEventListener('click', () => change('reopen'));
  byId('segment-dismiss', HTMLButtonElement).addEventListener('click', unselect);
  card.addEventListener('keydown', event => { if (event.key === 'Escape') unselect(); });
}
