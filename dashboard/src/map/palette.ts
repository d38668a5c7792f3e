// The colours of the map, for dark and light surroundings. Those of states follow Okabe and Ito, whose colours people with any
// colour vision can tell apart; dashes, dots and crosses say the same again. tests/unit/palette.test.ts holds them to it.

export type Theme = 'light' | 'dark';

export interface Palette {
  ground: string;
  ink: string;
  halo: string;
  unknown: string;
  clear: string;
  blocked: string;
  probable: string;
  route: string;
  driven: string;
  former: string;
  critical: string;
  selected: string;
  uavs: string[];
}

export const PALETTES: Record<Theme, Palette> = {
  light: {
    ground: '#eef1f0',
    ink: '#18202a',
    halo: '#ffffff',
    unknown: '#9aa3ac',
    clear: '#008a64',
    blocked: '#b83c00',
    probable: '#c99a00',
    route: '#1f7fd1',
    driven: '#8fb3d6',
    former: '#7a5ea8',
    critical: '#56616c',
    selected: '#18202a',
    uavs: ['#a8437a', '#a86a00', '#0a7aa8', '#6a47b0', '#7a5a2a', '#4a5560'],
  },
  dark: {
    ground: '#10161d',
    ink: '#e9edf1',
    halo: '#10161d',
    unknown: '#4f5b68',
    clear: '#1fc596',
    blocked: '#f2601c',
    probable: '#f5e680',
    route: '#3f9fe8',
    driven: '#35597c',
    former: '#a98be0',
    critical: '#9ba7b3',
    selected: '#ffffff',
    uavs: ['#ee9cc8', '#f2b23a', '#7fd0f7', '#bda3f0', '#cdb083', '#b4bec9'],
  },
};

/** The colour of a UAV by its place in the mission; they come again after six. */
export function uavColour(palette: Palette, index: number): string {
  return palette.uavs[index % palette.uavs.length]!;
}

/** From this probability on an unknown segment is shown as probably blocked. */
export const PROBABLE = 0.2;
