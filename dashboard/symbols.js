// The map's symbols, drawn in pixels: pins, vehicles and names.

/** @typedef {import('./network.js').Point} Point
 *  @typedef {Record<string, string>} Colours by the names of the style sheet
 */

/** @param {CanvasRenderingContext2D} context @param {Colours} colours @param {Point} at @param {string} letter @param {string} label */
export function drawPin(context, colours, { x, y }, letter, label) {
  context.beginPath();
  context.moveTo(x, y);
  context.bezierCurveTo(x - 3, y - 8, x - 10, y - 11, x - 10, y - 19);
  context.arc(x, y - 19, 10, Math.PI, 0);
  context.bezierCurveTo(x + 10, y - 11, x + 3, y - 8, x, y);
  fill(context, colours, letter === 'G' ? 'ink' : 'halo', letter === 'G' ? 'halo' : 'ink');
  context.fillStyle = colours[letter === 'G' ? 'halo' : 'ink'];
  context.font = '700 12px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(letter, x, y - 18.5);
  drawLabel(context, colours, label, x + 14, y - 19);
}

/** @param {CanvasRenderingContext2D} context @param {Colours} colours @param {Point} at @param {number} heading */
export function drawUgv(context, colours, { x, y }, heading) {
  context.save();
  context.translate(x, y);
  context.rotate(heading);
  context.beginPath();
  context.moveTo(13, 0); context.lineTo(-8, -9); context.lineTo(-4, 0); context.lineTo(-8, 9);
  context.closePath();
  fill(context, colours, 'route', 'halo');
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Colours} colours @param {Point} at @param {string} colour */
export function drawUav(context, colours, { x, y }, colour) {
  for (const [ink, width] of /** @type {[string, number][]} */ ([['halo', 6], [colour, 2.5]])) {
    context.strokeStyle = colours[ink];
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x - 6, y - 6); context.lineTo(x + 6, y + 6);
    context.moveTo(x - 6, y + 6); context.lineTo(x + 6, y - 6);
    for (const [dx, dy] of [[-7, -7], [7, -7], [7, 7], [-7, 7]]) {
      context.moveTo(x + dx + 4, y + dy);
      context.arc(x + dx, y + dy, 4, 0, 2 * Math.PI);
    }
    context.stroke();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Colours} colours @param {string} inside @param {string} edge */
function fill(context, colours, inside, edge) {
  context.fillStyle = colours[inside];
  context.strokeStyle = colours[edge];
  context.lineWidth = 4;
  context.stroke();
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {Colours} colours @param {string} text @param {number} x @param {number} y */
export function drawLabel(context, colours, text, x, y) {
  context.font = '600 12px system-ui, sans-serif';
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.strokeStyle = colours.halo;
  context.lineWidth = 4;
  context.strokeText(text, x, y);
  context.fillStyle = colours.ink;
  context.fillText(text, x, y);
}
