// The networks: listed, looked at, imported from files, deleted.

import { complaint, deleteNetwork, importGeoJson, importLineCoverage, newId } from '../api';
import type { NetworkView } from '../model/types';
import { ago, count, metres } from '../model/words';
import { may } from '../who';
import { confirm } from './dialogs';
import { byId, h, say, write } from './dom';

export interface NetworksEvents {
  look(network: NetworkView): void;
  changed(): void;
}

export class Networks {
  items: NetworkView[] = [];
  #looked: string | null = null;
  #importing = false;
  readonly #list = h('ul', { class: 'list', id: 'networks' });
  readonly #none = h('p', { class: 'quiet' });
  readonly #message = h('p', { class: 'message', role: 'status', id: 'import-message' });
  readonly #progress = h('progress', { 'aria-label': 'Import', hidden: true });

  constructor(readonly on: NetworksEvents) {
    const file = h('input', {
      type: 'file',
      id: 'import-file',
      multiple: true,
      class: 'unseen',
      onchange: () => {
        this.import([...(file.files ?? [])]);
        file.value = '';
      },
    });
    byId('view-networks').append(
      h('header', {}, h('h2', { id: 'networks-title' }, 'Networks')),
      h(
        'div',
        { class: 'dropzone', 'data-needs': 'operate' },
        h('label', { for: 'import-file', class: 'button' }, 'Import a road network'),
        file,
        h(
          'p',
          { class: 'quiet' },
          'or drop files anywhere on the page: a GeoJSON of LineStrings, or node_data and req_edge_list of the LineCoverage data set together.',
        ),
        this.#progress,
        this.#message,
      ),
      this.#list,
      this.#none,
    );
    this.#takeDrops();
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
      say(this.#message, `“${network.name}” is deleted.`);
      this.on.changed();
    } catch (error) {
      say(this.#message, complaint(error), true);
    }
  }

  #takeDrops() {
    const drop = byId('drop');
    let over = 0;
    const hasFiles = (event: DragEvent) => may('operate') && (event.dataTransfer?.types.includes('Files') ?? false);
    document.addEventListener('dragenter', event => {
      if (!hasFiles(event)) return;
      over += 1;
      drop.hidden = false;
    });
    document.addEventListener('dragleave', event => {
      if (!hasFiles(event)) return;
      over = Math.max(0, over - 1);
      drop.hidden = over === 0;
    });
    document.addEventListener('dragover', event => {
      if (hasFiles(event)) event.preventDefault();
    });
    document.addEventListener('drop', event => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      over = 0;
      drop.hidden = true;
      location.hash = '#networks';
      this.import([...(event.dataTransfer?.files ?? [])]);
    });
  }

  /** Imports files as one network, and shows it. */
  async import(files: File[]) {
    if (!files.length || this.#importing) return;
    const named = (name: string) => files.find(file => file.name === name);
    const [nodes, edges] = [named('node_data'), named('req_edge_list')];
    const [only] = files;
    if (!(nodes && edges) && files.length !== 1) {
      return say(this.#message, 'Drop one GeoJSON file, or node_data and req_edge_list together.', true);
    }
    const base = nodes ? 'line-coverage' : only!.name.replace(/\.(geo)?json$/i, '');
    const name = this.#freeName(base.slice(0, 180) || 'network');
    this.#importing = true;
    this.#progress.hidden = false;
    say(this.#message, `Importing ${nodes ? 'both files' : only!.name} …`);
    try {
      const key = newId();
      const network =
        nodes && edges ? await importLineCoverage(name, nodes, edges, key) : await importGeoJson(name, only!, key);
      say(
        this.#message,
        `“${network.name}” is here: ${count(network.segment_count, 'segment')}, ${metres(network.length_m)}.`,
      );
      this.on.changed();
      this.on.look(network);
    } catch (error) {
      say(this.#message, complaint(error), true);
    } finally {
      this.#importing = false;
      this.#progress.hidden = true;
    }
  }

  #freeName(base: string): string {
    const taken = new Set(this.items.map(item => item.name));
    if (!taken.has(base)) return base;
    let number = 2;
    while (taken.has(`${base} ${number}`)) number += 1;
    return `${base} ${number}`;
  }
}
