// What is known of a segment and by whom; reporting it blocked or clear by hand, closing and reopening it.

import { changeSegments, complaint, newId, sendReport } from '../api';
import type { App } from '../app';
import { PROBABLE } from '../map/palette';
import { blockageOffset, stateOf } from '../model/mission';
import type { LonLat } from '../model/types';
import { clock, metres, percent } from '../model/words';
import { byId, h, say, write, writeFacts } from './dom';

/** A click this near to a segment, in metres, tells where the blockage is. */
const AT_LIMIT_M = 60;

export class SegmentCard {
  readonly #card = byId('segment');
  readonly #title = h('h2', { id: 'segment-title' });
  readonly #facts = h('dl', { class: 'facts', id: 'segment-facts' });
  readonly #form: HTMLFormElement;
  readonly #reason = h('input', {
    id: 'segment-reason',
    maxlength: 1000,
    autocomplete: 'off',
    placeholder: 'e.g. bridge under water',
  });
  readonly #blocked = h('button', {
    type: 'button',
    id: 'report-blocked',
    class: 'danger',
    onclick: () => this.#report('blocked'),
  });
  readonly #clear = h('button', { type: 'button', id: 'report-clear', onclick: () => this.#report('clear') }, 'Clear');
  readonly #close = h('button', { id: 'segment-close', class: 'danger' }, 'Close the road');
  readonly #reopen = h(
    'button',
    { type: 'button', id: 'segment-reopen', onclick: () => this.#change('reopen') },
    'Reopen',
  );
  readonly #message = h('p', { class: 'message', role: 'status', id: 'segment-message' });
  readonly #tooltip = byId('tooltip');
  #selected: number | null = null;
  #at: LonLat | null = null;

  constructor(readonly app: App) {
    this.#form = h(
      'form',
      {
        'data-needs': 'operate',
        onsubmit: event => {
          event.preventDefault();
          this.#change('close');
        },
      },
      h('p', { class: 'quiet', id: 'report-title' }, 'Report what was seen'),
      h('div', { class: 'row', role: 'group', 'aria-labelledby': 'report-title' }, this.#blocked, this.#clear),
      h('label', { for: 'segment-reason' }, 'Or decide, and say why'),
      this.#reason,
      h('div', { class: 'row' }, this.#close, this.#reopen),
      this.#message,
    );
    const dismiss = h(
      'button',
      { type: 'button', class: 'icon', 'aria-label': 'Unselect', onclick: () => app.select(null) },
      '×',
    );
    this.#card.append(h('header', {}, this.#title, dismiss), this.#facts, this.#form);
  }

  get selected(): number | null {
    return this.#selected;
  }

  show(segment: number | null, at: LonLat | null) {
    if (segment !== this.#selected) {
      say(this.#message, '');
      this.#reason.value = '';
    }
    this.#selected = segment;
    this.#at = at;
    this.refresh();
  }

  refresh() {
    const { network } = this.app.map;
    const mission = this.app.shown();
    const segment = this.#selected === null ? undefined : network?.segments[this.#selected];
    this.#card.hidden = !segment;
    if (!segment || !network) return;
    write(this.#title, network.label(segment.id));
    const rows: [string, string][] = [
      ['Length', `${metres(segment.length_m)}${segment.oneway ? ', one way' : ''}`],
      ['Risk', `${percent(segment.blockage_probability)} before anybody looked`],
    ];
    const known = mission?.known.get(segment.id);
    const state = stateOf(known);
    const closed = (known?.closed_by.size ?? 0) > 0;
    if (mission) {
      const offset_m = blockageOffset(known);
      const likely =
        state === 'unknown' && segment.blockage_probability >= PROBABLE ? 'unknown, probably blocked' : state;
      rows.push([
        'State',
        closed ? 'closed by an operator' : offset_m === null ? likely : `${state} at ${metres(offset_m)}`,
      ]);
      const seen = known?.observation;
      if (seen) {
        const sure = seen.confidence < 1 ? `, ${percent(seen.confidence)} sure` : '';
        rows.push(['Seen', `${seen.finding} by ${seen.reported_by}, ${clock(seen.observed_at)}${sure}`]);
      }
      for (const id of known?.closed_by ?? []) {
        const closing = mission.closings.get(id);
        const until = closing?.expires_at ? `, until ${clock(closing.expires_at)}` : '';
        if (closing) rows.push(['Closed', `by ${closing.closed_by}: ${closing.reason}${until}`]);
      }
      if (known?.reopened_at) rows.push(['Reopened', clock(known.reopened_at)]);
    }
    writeFacts(this.#facts, rows);
    this.#form.hidden = !mission || mission.ended || this.app.replaying();
    write(this.#blocked, this.#point() ? 'Blocked here' : 'Blocked');
    this.#close.disabled = closed;
    this.#reopen.disabled = state !== 'blocked';
  }

  /** Where it was clicked, if that was on it. */
  #point(): LonLat | null {
    const { network } = this.app.map;
    if (!this.#at || !network || this.#selected === null) return null;
    const nearest = network.nearest(network.project(this.#at), AT_LIMIT_M);
    return nearest?.id === this.#selected ? this.#at : null;
  }

  async #attempt(request: (mission: string, segment: number) => Promise<unknown>, done: string) {
    const { session } = this.app;
    const segment = this.#selected;
    if (!session || segment === null) return;
    say(this.#message, 'Asking …');
    try {
      await request(session.id, segment);
      if (segment !== this.#selected) return;
      this.#reason.value = '';
      say(this.#message, done);
    } catch (error) {
      if (segment === this.#selected) say(this.#message, complaint(error), true);
    }
  }

  #report(finding: 'blocked' | 'clear') {
    const point = finding === 'blocked' ? this.#point() : null;
    this.#attempt(
      (mission, segment) =>
        sendReport(mission, {
          id: newId(),
          segment,
          finding,
          observed_at: new Date().toISOString(),
          reported_by: 'operator',
          ...(point ? { blockage_position: point } : {}),
        }),
      `Reported ${finding}.`,
    );
  }

  #change(action: 'close' | 'reopen') {
    const reason = this.#reason.value.trim();
    if (!reason) {
      say(this.#message, 'Say why: the reason goes into the log.', true);
      this.#reason.focus();
      return;
    }
    const done = action === 'close' ? 'Closed.' : 'Reopened.';
    this.#attempt((mission, segment) => changeSegments(mission, { action, segments: [segment], reason }), done);
  }

  /** What is under the pointer. */
  hover(segment: number | null, x: number, y: number) {
    const { network } = this.app.map;
    const tooltip = this.#tooltip;
    const it = segment === null ? undefined : network?.segments[segment];
    tooltip.hidden = !it;
    if (!it || !network) return;
    const mission = this.app.shown();
    const state = !mission ? '' : ` · ${mission.isClosed(it.id) ? 'closed by an operator' : mission.state(it.id)}`;
    write(tooltip, `${network.label(it.id)}\n${metres(it.length_m)}${state}`);
    const room = tooltip.parentElement!;
    const left = Math.max(4, Math.min(x + 16, room.clientWidth - tooltip.offsetWidth - 8));
    const below = y + 18 + tooltip.offsetHeight < room.clientHeight;
    tooltip.style.transform = `translate(${left}px, ${below ? y + 18 : y - tooltip.offsetHeight - 8}px)`;
  }
}
