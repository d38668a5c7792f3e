// The networks: listed, looked at, deleted. How they are imported is the matter of `imports`.

import { complaint, deleteNetwork } from '../api';
import type { NetworkView } from '../model/types';
import { ago, count, metres } from '../model/words';
import { confirm } from './dialogs';
import { byId, h, say, write } from './dom';
import { Imports } from './imports';

export interface NetworksEvents {
  look(network: NetworkView): void;
  changed(): void;
}

export class Networks {
  items: NetworkView[] = [];
  #looked: string | null = null;
  readonly #list = h('ul', { class: 'list', id: 'networks' });
  readonly #none = h('p', { class: 'quiet' });
  readonly #imports: Imports;

  constructor(readonly on: NetworksEvents) {
    this.#imports = new Imports(
      () => new Set(this.items.map(({ name }) => name)),
      network => {
        this.on.changed();
        this.on.look(network);
      },
    );
    byId('view-networks').append(
      h('header', {}, h('h2', { id: 'networks-title' }, 'Networks')),
      this.#imports.form,
      this.#list,
      this.#none,
    );
  }

  show(items: NetworkView[], looked: string | null) {
    this.items = items;
    this.#looked = looked;
    this.#draw();
  }

  #draw() {
    write(this.#none, this.items.length ? '' : 'There are no networks yet.');
    const created = (network: NetworkView) => ago(Date.now() - Date.parse(network.created_at));
    // Who has the focus in the list keeps it.
    const key = `${this.#looked} ${this.items.map(({ id }) => id).join()}`;
    if (this.#list.dataset.key === key) {
      this.items.forEach((network, i) => {
        write(this.#list.children[i]!.querySelector('time')!, created(network));
      });
      return;
    }
    this.#list.dataset.key = key;
    this.#list.replaceChildren(
      ...this.items.map(network =>
        h(
          'li',
          {},
          h(
            'button',
            {
              type: 'button',
              class: 'row-button',
              'aria-pressed': String(network.id === this.#looked),
              onclick: () => this.on.look(network),
            },
            h('span', { class: 'name' }, network.name),
            h('span', { class: 'quiet' }, `${count(network.segment_count, 'segment')} · ${metres(network.length_m)}`),
            h('time', {}, created(network)),
          ),
          h('a', { class: 'button small', href: `#new/${network.id}`, 'data-needs': 'operate' }, 'New mission here'),
          h(
            'button',
            {
              type: 'button',
              class: 'icon small danger',
              'data-needs': 'operate',
              'aria-label': `Delete the network ${network.name}`,
              title: 'Delete',
              onclick: () => this.#delete(network),
            },
            '×',
          ),
        ),
      ),
    );
  }

  async #delete(network: NetworkView) {
    const text = `“${network.name}” is deleted if no mission runs on it. This cannot be undone.`;
    if (!(await confirm('Delete this network?', text, 'Delete the network'))) return;
    try {
      await deleteNetwork(network.id);
      say(this.#imports.message, `“${network.name}” is deleted.`);
      this.on.changed();
    } catch (error) {
      say(this.#imports.message, complaint(error), true);
    }
  }
}
