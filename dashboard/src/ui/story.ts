// What happened, newest first, and the log with its filter.

import { complaint } from '../api';
import type { App } from '../app';
import type { Entry } from '../model/chronicle';
import { GROUPS, type Group, type Line } from '../model/describe';
import { clock } from '../model/words';
import { MAX_ENTRIES } from '../session';
import { byId, h, oncePerFrame, write } from './dom';

/** So many lines of the log are shown at first, and so many more at each wish. */
const SHOWN = 150;

/** A line that leads to its segment. */
function body(text: string, segment: number | null, app: App): HTMLElement {
  if (segment === null) return h('p', {}, text);
  return h('p', {}, h('button', { type: 'button', class: 'link', onclick: () => app.goTo(segment) }, text));
}

export class Story {
  readonly #list = h('ol', { id: 'events', tabindex: 0, 'aria-label': 'What happened, newest first' });

  constructor(
    readonly app: App,
    room: HTMLElement,
  ) {
    room.append(h('h3', {}, 'What happened'), this.#list);
  }

  show(entries: Entry[]) {
    this.#list.replaceChildren(...entries.slice(0, MAX_ENTRIES).map(entry => this.#line(entry)));
  }

  #line(entry: Entry): HTMLElement {
    return h(
      'li',
      { 'data-seq': entry.seq, 'data-tone': entry.tone },
      body(entry.text, entry.segment, this.app),
      h('span', { class: 'when' }, `${clock(entry.at)}${entry.detail ? ` · ${entry.detail}` : ''}`),
    );
  }

  /** A new line at the top, or in place of the top one. */
  tell(entry: Entry, merge: boolean) {
    const list = this.#list;
    // Who reads further down keeps their place.
    const below = list.scrollTop > 8 ? list.scrollHeight - list.scrollTop : null;
    if (merge) list.firstElementChild?.remove();
    list.prepend(this.#line(entry));
    while (list.children.length > MAX_ENTRIES) list.lastElementChild!.remove();
    if (below !== null) list.scrollTop = list.scrollHeight - below;
    if (entry.tone !== 'quiet') write(byId('announcer'), entry.text);
  }
}

export class Log {
  #off = new Set<Group>();
  #text = '';
  #shown = SHOWN;
  readonly #list = h('ol', { id: 'log', tabindex: 0, 'aria-label': 'The event log, newest first' });
  readonly #count = h('p', { class: 'quiet', role: 'status' });
  readonly #more = h('button', { type: 'button', onclick: () => this.#showMore() }, 'Older events');
  readonly refresh: () => void;

  constructor(
    readonly app: App,
    readonly room: HTMLElement,
  ) {
    this.refresh = oncePerFrame(() => this.#draw());
    const chips = GROUPS.map(group =>
      h(
        'button',
        {
          type: 'button',
          'aria-pressed': 'true',
          'data-group': group,
          onclick: event => {
            if (!this.#off.delete(group)) this.#off.add(group);
            (event.currentTarget as HTMLElement).setAttribute('aria-pressed', String(!this.#off.has(group)));
            this.#draw();
          },
        },
        group,
      ),
    );
    const text = h('input', {
      id: 'log-filter',
      type: 'search',
      autocomplete: 'off',
      placeholder: 'Filter: a road, a vehicle, a number',
      'aria-label': 'Filter the log',
      oninput: () => {
        this.#text = text.value.trim().toLowerCase();
        this.refresh();
      },
    });
    room.append(
      text,
      h('div', { class: 'chips', role: 'group', 'aria-label': 'Kinds of events' }, ...chips),
      this.#count,
      this.#list,
      this.#more,
    );
  }

  begin() {
    this.#shown = SHOWN;
    this.refresh();
  }

  async #showMore() {
    this.#shown += SHOWN * 2;
    const session = this.app.session;
    try {
      if (session && this.#shown > session.lines.length) await session.readOlder();
    } catch (error) {
      write(this.#count, complaint(error));
      return;
    }
    this.#draw();
  }

  #draw() {
    const { session } = this.app;
    if (!session || this.room.hidden) return;
    const wanted = (line: Line) =>
      !this.#off.has(line.group) && (!this.#text || `${line.seq} ${line.text}`.toLowerCase().includes(this.#text));
    const last = this.app.shown()?.seq ?? 0;
    const there = session.lines.filter(line => line.seq <= last);
    const found = there.filter(wanted);
    const rows = found.slice(-this.#shown).reverse();
    const held = new Map([...this.#list.children].map(row => [Number((row as HTMLElement).dataset.seq), row]));
    const focus = this.#list.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
    this.#list.replaceChildren(...rows.map(line => held.get(line.seq) ?? this.#row(line)));
    focus?.focus({ preventScroll: true });
    write(
      this.#count,
      `${found.length} of ${there.length} events${session.firstSeq > 1 ? ` since number ${session.firstSeq}` : ''}`,
    );
    this.#more.hidden = rows.length === found.length && session.firstSeq <= 1;
  }

  #row({ seq, at, group, text, segment }: Line): HTMLElement {
    return h(
      'li',
      { 'data-seq': seq, 'data-group': group },
      h('span', { class: 'when' }, `${seq} · ${clock(at)}`),
      body(text, segment, this.app),
    );
  }
}
