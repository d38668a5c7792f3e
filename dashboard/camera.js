// What part of the plane is seen, and how mouse, fingers and keys move it.

/** @typedef {import('./network.js').Point} Point
 *  @typedef {{ left: number, top: number, right: number, bottom: number }} Box
 */

const ZOOM_STEP = 1.35;
const PAN_STEP_PX = 60;
/** A press that moves less than this is a click. */
const CLICK_PX = 5;
/** Around a fitted box, for what lies over the map's edges. */
const MARGIN_PX = 36;

export class Camera {
  x = 0;
  y = 0;
  /** Pixels a metre. */
  scale = 0.1;
  width = 1;
  height = 1;
  /** @type {Box} */ #box = { left: -1000, top: -1000, right: 1000, bottom: 1000 };

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  /** @param {Box} box */
  fit(box = this.#box) {
    this.#box = box;
    const across = (this.width - 2 * MARGIN_PX) / (box.right - box.left || 1);
    const down = (this.height - 2 * MARGIN_PX - 40) / (box.bottom - box.top || 1);
    this.scale = Math.max(1e-4, Math.min(across, down, 4));
    this.x = (box.left + box.right) / 2;
    // A little up, since the legend lies over the lower edge.
    this.y = (box.top + box.bottom) / 2 + 20 / this.scale;
    this.changed();
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    [this.width, this.height] = [width, height];
    this.changed();
  }

  /** @param {Point} at @returns {Point} pixels */
  toScreen({ x, y }) {
    return { x: (x - this.x) * this.scale + this.width / 2, y: (y - this.y) * this.scale + this.height / 2 };
  }

  /** @param {number} px @param {number} py @returns {Point} */
  toPlane(px, py) {
    return { x: (px - this.width / 2) / this.scale + this.x, y: (py - this.height / 2) / this.scale + this.y };
  }

  /** @param {number} dx pixels @param {number} dy */
  pan(dx, dy) {
    const { left, right, top, bottom } = this.#box;
    this.x = Math.min(right, Math.max(left, this.x - dx / this.scale));
    this.y = Math.min(bottom, Math.max(top, this.y - dy / this.scale));
    this.changed();
  }

  /** Zooms about a pixel, which stays where it is. @param {number} factor */
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const fixed = this.toPlane(px, py);
    const extent = Math.max(this.#box.right - this.#box.left, this.#box.bottom - this.#box.top, 1);
    this.scale = Math.min(8, Math.max(Math.min(100 / extent, 1), this.scale * factor));
    this.x = fixed.x - (px - this.width / 2) / this.scale;
    this.y = fixed.y - (py - this.height / 2) / this.scale;
    this.pan(0, 0);
  }

  /** Moves the view so that the point is well inside. @param {Point} at */
  show(at) {
    const { x, y } = this.toScreen(at);
    if (x < 60 || y < 60 || x > this.width - 60 || y > this.height - 60) [this.x, this.y] = [at.x, at.y];
    this.scale = Math.max(this.scale, 0.2);
    this.changed();
  }

  /**
   * @param {HTMLElement} surface
   * @param {{ hover: (px: number, py: number) => void, leave: () => void, click: (px: number, py: number) => void }} on
   */
  listen(surface, on) {
    /** @type {Map<number, Point>} */ const fingers = new Map();
    let travelled = 0;
    const at = (/** @type {MouseEvent} */ event) => {
      const { left, top } = surface.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    surface.addEventListener('pointerdown', event => {
      if (event.button !== 0) return;
      surface.setPointerCapture(event.pointerId);
      if (!fingers.size) travelled = 0;
      fingers.set(event.pointerId, at(event));
      if (fingers.size > 1) travelled = Infinity;
    });
    surface.addEventListener('pointermove', event => {
      const now = at(event);
      const before = fingers.get(event.pointerId);
      if (!before) return on.hover(now.x, now.y);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      travelled += Math.hypot(now.x - before.x, now.y - before.y);
      if (travelled > CLICK_PX) {
        surface.classList.add('dragging');
        on.leave();
        if (other) {
          const spread = Math.hypot(before.x - other.x, before.y - other.y) || 1;
          this.zoom(Math.hypot(now.x - other.x, now.y - other.y) / spread, (now.x + other.x) / 2, (now.y + other.y) / 2);
          this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
        } else {
          this.pan(now.x - before.x, now.y - before.y);
        }
      }
      fingers.set(event.pointerId, now);
    });
    const lift = (/** @type {PointerEvent} */ event) => {
      if (!fingers.delete(event.pointerId)) return;
      if (!fingers.size) surface.classList.remove('dragging');
      if (event.type === 'pointerup' && travelled <= CLICK_PX) on.click(at(event).x, at(event).y);
    };
    surface.addEventListener('pointerup', lift);
    surface.addEventListener('pointercancel', lift);
    surface.addEventListener('pointerleave', () => on.leave());
    surface.addEventListener('wheel', event => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
      this.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), at(event).x, at(event).y);
      on.leave();
    }, { passive: false });
    surface.addEventListener('keydown', event => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      /** @type {Record<string, () => void>} */
      const keys = {
        ArrowLeft: () => this.pan(PAN_STEP_PX, 0), ArrowRight: () => this.pan(-PAN_STEP_PX, 0),
        ArrowUp: () => this.pan(0, PAN_STEP_PX), ArrowDown: () => this.pan(0, -PAN_STEP_PX),
        '+': () => this.zoom(ZOOM_STEP), '=': () => this.zoom(ZOOM_STEP), '-': () => this.zoom(1 / ZOOM_STEP),
        f: () => this.fit(), F: () => this.fit(), 0: () => this.fit(),
        Enter: () => on.click(this.width / 2, this.height / 2),
      };
      const key = keys[event.key];
      if (key) {
        event.preventDefault();
        key();
      }
    });
  }

  zoomIn() { this.zoom(ZOOM_STEP); }
  zoomOut() { this.zoom(1 / ZOOM_STEP); }
}
