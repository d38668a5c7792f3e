// Who is logged in, and what they may do. Elements that need a permission say so with `data-needs`, and are not there without it.

import type { SessionView } from './model/types';

/** What the page offers only to some. */
export type Needs = 'operate';

let me: SessionView | null = null;

export const who = () => me;

export function may(_what: Needs): boolean {
  return me?.role === 'operator' || me?.role === 'admin';
}

/** Everything of the page follows from the body's attribute. */
export function signIn(session: SessionView) {
  me = session;
  document.body.dataset.role = session.role;
  document.body.dataset.may = may('operate') ? 'operate' : '';
}
