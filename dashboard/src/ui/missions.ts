// The list of missions.

import type { MissionListItem } from '../model/types';
import { ago, nameOf } from '../model/words';
import { byId, h, write } from './dom';

const FILTERS = ['all', 'active', 'paused', 'arrived', 'cancelled'] as const;

export class MissionList {
  #filter: (typeof FILTERS)[number] = 'all';
  #items: MissionListItem[] = [];
  #current: string | null = null;
  readonly #list = h('ul', { class: 'list', id: 'missions' });
  readonly #none = h('p', { class: 'quiet' });
  readonly #more = h('p', { class: 'quiet' });

  constructor() {
    const filter = h(
      'div',
      { class: 'chips', role: 'group', 'aria-label': 'Show missions that are' },
      ...FILTERS.map(name =>
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': name === 'all' ? 'true' : 'false',
            onclick: event => {
              this.#filter = name;
              for (const chip of filter.children)
                chip.setAttribute('aria-pressed', String(chip === event.currentTarget));
              this.#draw();
            },
          },
          name,
        ),
      ),
    );
    byId('view-missions').append(
      h(
        'header',
        {},
        h('h2', { id: 'missions-title' }, 'Missions'),
        h('a', { class: 'button', href: '#new', 'data-needs': 'operate' }, 'New mission'),
      ),
      filter,
      this.#list,
      this.#none,
      this.#more,
    );
  }

  show(items: MissionListItem[], current: string | null, limit: number) {
    this.#items = items;
    this.#current = current;
    write(this.#more, items.length >= limit ? `The newest ${limit} missions are listed.` : '');
    this.#draw();
  }

  #draw() {
    const items = this.#items.filter(item => this.#filter === 'all' || item.status === this.#filter);
    const key = (item: MissionListItem) => `mission-${item.id}`;
    const wanted = new Set(items.map(key));
    for (const row of [...this.#list.children]) if (!wanted.has(row.id)) row.remove();
    items.forEach((item, i) => {
      const row = document.getElementById(key(item)) ?? this.#row(key(item), item.id);
      if (this.#list.children[i] !== row) this.#list.insertBefore(row, this.#list.children[i] ?? null);
      const [name, created, badge] = row.firstElementChild!.children;
      row.firstElementChild!.toggleAttribute('aria-current', item.id === this.#current);
      write(name!, nameOf(item));
      write(created!, ago(Date.now() - Date.parse(item.created_at)));
      writeBadge(badge!, item.status);
    });
    write(
      this.#none,
      items.length ? '' : this.#items.length ? `None is ${this.#filter}.` : 'There are no missions yet.',
    );
  }

  #row(key: string, id: string): HTMLElement {
    return h('li', { id: key }, h('a', { href: `#mission/${id}` }, h('span', { class: 'name' }), h('time'), h('span')));
  }
}

export function writeBadge(badge: Element, status: string) {
  badge.className = 'badge';
  badge.setAttribute('data-status', status);
  write(badge, status);
}
