// What the parts of the page share.

import type { MapView } from './map/view';
import type { Mission } from './model/mission';
import type { LonLat } from './model/types';
import type { Session } from './session';

export interface App {
  readonly map: MapView;
  /** The mission that is followed. */
  session: Session | null;
  /** The state that is shown: as it is, or in a replay as it was. */
  shown(): Mission | null;
  replaying(): boolean;
  /** The moment that the replay shows, in milliseconds; null without one. */
  replayTime(): number | null;
  /** Selects a segment; `at`: where it was clicked. */
  select(segment: number | null, at?: LonLat | null): void;
  /** Moves the map to a segment and selects it. */
  goTo(segment: number): void;
  /** Sends a request that ends the mission. */
  ends<T>(id: string, request: () => Promise<T>): Promise<T>;
  /** The next click on the map is a place, not a segment; null ends that. */
  pick(hint: string | null, picked?: (at: LonLat) => void): void;
}
