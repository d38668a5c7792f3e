// Numbers and times in words.

const MINUS = '\u2212';
/** Numbers stay with their units: this space does not break. */
const NBSP = '\u00a0';

export function metres(m: number): string {
  return m < 9_995 ? `${Math.round(m)}${NBSP}m` : `${(m / 1000).toFixed(1)}${NBSP}km`;
}

export function seconds(s: number): string {
  const whole = Math.round(s);
  const two = (n: number) => String(n).padStart(2, '0');
  if (whole < 90) return `${whole}${NBSP}s`;
  if (whole < 5400) return `${Math.floor(whole / 60)}${NBSP}min ${two(whole % 60)}${NBSP}s`;
  return `${Math.floor(whole / 3600)}${NBSP}h ${two(Math.floor(whole / 60) % 60)}${NBSP}min`;
}

/** With its sign, such as "+340 m". */
export function signed(value: number, unit: (n: number) => string): string {
  return (value < 0 ? MINUS : '+') + unit(Math.abs(value));
}

/** How long ago that was. */
export function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ago`;
  return `${Math.floor(s / 86_400)} d ago`;
}

/** The time of day; with the date if that is not today's. */
export function clock(time: string | number): string {
  const at = new Date(time);
  const day = at.toDateString() === new Date().toDateString() ? '' : `${at.toLocaleDateString('en-CA')} `;
  return day + at.toLocaleTimeString('en-GB');
}

/** A name of the API as people write it. */
export function plain(name: string): string {
  return name.replaceAll('_', ' ');
}

export function count(n: number, thing: string): string {
  return n === 1 ? `1 ${thing}` : `${n.toLocaleString('en-GB')} ${thing}s`;
}

export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function percent(share: number): string {
  const rounded = Math.round(100 * share);
  if (rounded === 0 && share > 0) return `<${NBSP}1${NBSP}%`;
  if (rounded === 100 && share < 1) return `>${NBSP}99${NBSP}%`;
  return `${rounded}${NBSP}%`;
}

/** What a mission is called. */
export function nameOf(mission: { id: string; name: string }): string {
  return mission.name || `Mission ${mission.id.slice(-6)}`;
}
