// Importing a network: files chosen or dropped, how far the service is with them, and calling it off.

import { cancelImport, complaint, newId, Refusal, readImport, readNetwork, uploadNetwork } from '../api';
import { kindOf } from '../model/files';
import type { ImportView, NetworkView } from '../model/types';
import { count, metres } from '../model/words';
import { may } from '../who';
import { byId, h, say, write } from './dom';

/** How often the service is asked how far it is. */
const ASKED_EVERY_MS = 400;
/** For how long it may be out of reach before this gives up asking. The import goes on all the same. */
const PATIENCE_MS = 60_000;

const STEPS: Record<ImportView['step'], string> = {
  waiting: 'Waiting for other imports',
  roads: 'Reading roads',
  nodes: 'Reading their nodes',
  network: 'Making the network',
  storing: 'Storing',
};

export class Imports {
  readonly form: HTMLElement;
  readonly message = h('p', { class: 'message', role: 'status', id: 'import-message' });
  readonly #progress = h('progress', { 'aria-label': 'Import', hidden: true });
  readonly #profile = h(
    'select',
    { id: 'import-profile' },
    h('option', { value: 'car' }, 'car'),
    h('option', { value: 'truck' }, 'truck'),
    h('option', { value: 'ugv' }, 'off-road UGV'),
  );
  readonly #cancel = h(
    'button',
    { type: 'button', class: 'small', hidden: true, onclick: () => this.#callOff() },
    'Cancel',
  );
  #upload: AbortController | null = null;
  #running: string | null = null;

  constructor(
    readonly taken: () => Set<string>,
    readonly imported: (network: NetworkView) => void,
  ) {
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
    this.form = h(
      'div',
      { class: 'dropzone', 'data-needs': 'operate' },
      h('label', { for: 'import-file', class: 'button' }, 'Import a road network'),
      file,
      h(
        'p',
        { class: 'quiet' },
        'or drop a file anywhere on the page: OpenStreetMap (.osm.pbf, .osm), an answer of the Overpass API, GraphML, GeoJSON of LineStrings; or node_data and req_edge_list of the LineCoverage data set together.',
      ),
      h('p', {}, h('label', { for: 'import-profile' }, 'Of a map, the roads of a '), this.#profile),
      this.#progress,
      h('div', { class: 'row' }, this.message, this.#cancel),
    );
    this.#takeDrops();
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
    if (!files.length || this.#upload) return;
    const kind = kindOf(files.map(({ name }) => name));
    if (!kind) {
      return say(this.message, 'Drop one file, or node_data and req_edge_list together.', true);
    }
    const upload = new AbortController();
    this.#upload = upload;
    this.#progress.hidden = this.#cancel.hidden = false;
    this.#progress.removeAttribute('value');
    say(this.message, `Uploading ${files.map(({ name }) => name).join(' and ')} …`);
    try {
      const body = kind.type ? files[0]! : new FormData();
      if (body instanceof FormData) for (const file of files) body.append(file.name, file);
      const name = this.#freeName(kind.name.slice(0, 180));
      const begun = await uploadNetwork(name, this.#profile.value, body, kind.type, newId(), upload.signal);
      this.#running = begun.id;
      const ended = await this.#follow(begun);
      if (ended.state === 'failed') throw new Refusal(ended.problem?.status ?? 500, ended.problem ?? {});
      if (ended.state === 'cancelled') return say(this.message, 'Cancelled: nothing is stored.');
      const network = await readNetwork(ended.network_id!);
      say(
        this.message,
        `“${network.name}” is here: ${count(network.segment_count, 'segment')}, ${metres(network.length_m)}.`,
      );
      this.imported(network);
    } catch (error) {
      if (upload.signal.aborted) say(this.message, 'Cancelled: nothing is stored.');
      else say(this.message, complaint(error), true);
    } finally {
      this.#upload = this.#running = null;
      this.#progress.hidden = this.#cancel.hidden = true;
    }
  }

  /** Shows how far the import is until it is over. */
  async #follow(begun: ImportView): Promise<ImportView> {
    let [now, heardAt] = [begun, Date.now()];
    while (now.state === 'running') {
      this.#show(now);
      await new Promise(resolve => setTimeout(resolve, ASKED_EVERY_MS));
      try {
        [now, heardAt] = [await readImport(begun.id), Date.now()];
      } catch (error) {
        const isOver = error instanceof Refusal && error.status < 500;
        if (isOver || Date.now() - heardAt > PATIENCE_MS) throw error;
      }
    }
    return now;
  }

  #show({ step, done, total }: ImportView) {
    if (total) {
      this.#progress.max = total;
      this.#progress.value = Math.min(done, total);
    } else this.#progress.removeAttribute('value');
    const share = total ? ` (${Math.floor((100 * Math.min(done, total)) / total)} %)` : '';
    write(this.message, `${STEPS[step]}${share} …`);
  }

  async #callOff() {
    if (!this.#running) return this.#upload?.abort();
    try {
      await cancelImport(this.#running);
    } catch (error) {
      // What came of it is told anyway.
      if (!(error instanceof Refusal && error.status === 409)) say(this.message, complaint(error), true);
    }
  }

  #freeName(base: string): string {
    const taken = this.taken();
    if (!taken.has(base)) return base;
    let number = 2;
    while (taken.has(`${base} ${number}`)) number += 1;
    return `${base} ${number}`;
  }
}
