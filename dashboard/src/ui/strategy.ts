// Choosing a strategy: a list, and a form made from the JSON schema of its parameters.

import type { StrategyView } from '../model/types';
import { plain, sentence } from '../model/words';
import { h, write } from './dom';

/** As much of JSON Schema as the service's strategies use. */
export interface Property {
  type?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  enum?: string[];
  description?: string;
}

/** The parameters of a strategy by name. */
export function propertiesOf(strategy: StrategyView | undefined): [string, Property][] {
  const schema = strategy?.parameters_schema as { properties?: Record<string, Property> } | undefined;
  return Object.entries(schema?.properties ?? {});
}

/** What a field holds as the API wants it; null for what is not different from the default. */
export function readValue(property: Property, text: string, checked: boolean): unknown {
  if (property.type === 'boolean') return checked === property.default ? null : checked;
  if (property.type === 'integer' || property.type === 'number') {
    if (text.trim() === '' || Number.isNaN(Number(text))) return null;
    return Number(text) === property.default ? null : Number(text);
  }
  return text === property.default ? null : text;
}

export interface Choice {
  name: string;
  parameters: Record<string, unknown>;
}

export class StrategyForm {
  readonly element: HTMLElement;
  readonly select: HTMLSelectElement;
  readonly #summary: HTMLElement;
  readonly #fields: HTMLElement;
  #strategies: StrategyView[] = [];
  #inputs: [string, Property, HTMLInputElement | HTMLSelectElement][] = [];

  constructor(
    readonly prefix: string,
    readonly changed: () => void = () => {},
  ) {
    this.select = h('select', { id: `${prefix}-strategy`, onchange: () => this.#choose({}) });
    this.#summary = h('p', { class: 'quiet summary' });
    this.#fields = h('div', { class: 'fields' });
    this.element = h(
      'div',
      { class: 'strategy' },
      h('label', { for: `${prefix}-strategy` }, 'Strategy'),
      this.select,
      this.#summary,
      this.#fields,
    );
  }

  setStrategies(strategies: StrategyView[]) {
    this.#strategies = strategies;
    this.select.replaceChildren(...strategies.map(({ name }) => h('option', { value: name }, plain(name))));
    this.#choose({});
  }

  get value(): Choice {
    const parameters: Record<string, unknown> = {};
    for (const [name, property, input] of this.#inputs) {
      const value = readValue(property, input.value, input instanceof HTMLInputElement && input.checked);
      if (value !== null) parameters[name] = value;
    }
    return { name: this.select.value, parameters };
  }

  set value({ name, parameters }: Choice) {
    this.select.value = name;
    this.#choose(parameters);
  }

  /** Whether all fields hold what the schema allows. */
  get isValid(): boolean {
    return this.#inputs.every(([, , input]) => input.checkValidity());
  }

  #choose(given: Record<string, unknown>) {
    const strategy = this.#strategies.find(({ name }) => name === this.select.value);
    write(this.#summary, strategy?.summary ?? '');
    this.#inputs = propertiesOf(strategy).map(([name, property]) => [
      name,
      property,
      this.#input(name, property, given[name] ?? property.default),
    ]);
    this.#fields.replaceChildren(...this.#inputs.map(([name, property, input]) => this.#row(name, property, input)));
    this.changed();
  }

  #input(name: string, property: Property, value: unknown): HTMLInputElement | HTMLSelectElement {
    const id = `${this.prefix}-${name}`;
    const onchange = () => this.changed();
    const described = property.description ? `${id}-help` : null;
    if (property.enum) {
      const select = h('select', { id, onchange, 'aria-describedby': described });
      select.append(...property.enum.map(choice => h('option', { value: choice }, plain(choice))));
      select.value = String(value ?? property.enum[0]);
      return select;
    }
    if (property.type === 'boolean') {
      const box = h('input', { id, type: 'checkbox', onchange, 'aria-describedby': described });
      box.checked = value === true;
      return box;
    }
    const { minimum, maximum, type } = property;
    const step = type === 'integer' ? '1' : 'any';
    return h('input', {
      id,
      type: 'number',
      min: minimum,
      max: maximum,
      step,
      required: true,
      value: String(value ?? ''),
      onchange,
      'aria-describedby': described,
    });
  }

  #row(name: string, { description, minimum, maximum }: Property, input: HTMLElement): HTMLElement {
    const range = minimum !== undefined && maximum !== undefined ? ` (${minimum} to ${maximum})` : '';
    const help = description ? h('small', { id: `${input.id}-help` }, sentence(description) + range) : null;
    return h('div', { class: 'field' }, h('label', { for: input.id }, plain(name)), input, help);
  }
}
