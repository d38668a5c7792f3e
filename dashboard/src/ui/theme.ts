// Dark or light: as the system has it, unless somebody chooses.

import { PALETTES, type Theme } from '../map/palette';
import { byId, svg } from './dom';

type Choice = Theme | 'system';

const NEXT: Record<Choice, Choice> = { system: 'dark', dark: 'light', light: 'system' };
const WORDS: Record<Choice, string> = { system: 'as the system has them', dark: 'dark', light: 'light' };
const PATHS: Record<Choice, string> = {
  system: 'M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14',
  dark: 'M16 12.5A7 7 0 0 1 7.5 4a6.5 6.5 0 1 0 8.500 8.500z',
  light:
    'M10 6.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM10 1.500v2M10 16.500v2M1.500 10h2M16.500 10h2M4 4l1.400 1.400M14.600 14.600l1.400 1.400M4 16l1.400-1.400M14.600 5.400l1.400-1.400',
};
const KEY = 'outrider-colours';

const dark = matchMedia('(prefers-color-scheme: dark)');
let choice: Choice = 'system';
let listener: (theme: Theme) => void = () => {};

export function theme(): Theme {
  if (choice !== 'system') return choice;
  return dark.matches ? 'dark' : 'light';
}

/** Sets the colours of the whole page, and those of the map for the legend. */
function apply() {
  const is = theme();
  const { documentElement: root } = document;
  root.dataset.theme = is;
  const { uavs, ...colours } = PALETTES[is];
  for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--${name}`, colour);
  uavs.forEach((colour, i) => {
    root.style.setProperty(`--uav-${i}`, colour);
  });
  const button = byId('theme');
  button.setAttribute('aria-label', `Colours: ${WORDS[choice]}`);
  button.title = `Colours: ${WORDS[choice]}`;
  const shape = svg('svg', { viewBox: '0 0 20 20', width: '18', height: '18', 'aria-hidden': 'true' });
  shape.append(svg('path', { d: PATHS[choice] }));
  button.replaceChildren(shape);
  listener(is);
}

/** Storage may be closed to pages; then a choice lasts as long as the page. */
function stored(write?: Choice): Choice {
  try {
    if (write) localStorage.setItem(KEY, write);
    const held = localStorage.getItem(KEY);
    return held === 'dark' || held === 'light' ? held : 'system';
  } catch {
    return write ?? 'system';
  }
}

export function startTheme() {
  choice = stored();
  apply();
  dark.addEventListener('change', apply);
  byId('theme').addEventListener('click', () => {
    choice = NEXT[choice];
    stored(choice);
    apply();
  });
}

export function onTheme(changed: (theme: Theme) => void) {
  listener = changed;
}
