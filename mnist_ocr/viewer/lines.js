// @ts-check
/**
 * Edges as lines over the layers: blue ones speak for the node that they lead to, orange ones against it, and the
 * thicker, the more. A line can be clicked where it crosses a gap.
 */

import {element} from './element.js';
import {css} from './palette.js';

/** @typedef {import('./strongest.js').Edge} Edge */
/** @typedef {import('./palette.js').Palette} Palette */
/** @typedef {[number, number]} Point */
/** @typedef {[Point, Point, Point, Point]} Curve Bézier's four points */

/**
 * @typedef {object} Ends where the nodes of a layer are
 * @property {HTMLElement} box
 * @property {((node: number) => Point) | null} centre of a cell, from the box's corner; null where each node has a box
 * @property {HTMLElement[]} [boxes]
 */

/**
 * @typedef {object} Drawing
 * @property {Palette} colours
 * @property {boolean} upright whether the layers stand one below the other
 * @property {1 | -1} sign that a strength for the node has
 * @property {{layer: number, node: number, source?: number} | null} chosen
 * @property {Ends[]} points of each layer
 */

/** How near to a line a click must be, in pixels of the page. */
const NEAR = 7;

/** Parts that a curve is cut into to see whether something is near it. */
const PARTS = 24;

/**
 * @param {HTMLElement} stage
 * @param {object} options
 * @param {(place: {layer: number, node: number, source: number}) => void} options.onChoose
 */
export function mountLines(stage, {onChoose}) {
  const canvas = element('canvas', {class: 'lines', 'aria-hidden': 'true'});
  /** @type {{edge: Edge, curve: Curve}[]} */
  let drawn = [];

  /** @param {MouseEvent} event */
  const under = (event) => {
    if (event.target !== stage && !(event.target instanceof HTMLElement && event.target.matches('figure'))) return null;
    const box = stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, nearest] = [/** @type {Edge | null} */ (null), NEAR];
    for (const {edge, curve} of drawn) {
      for (let part = 0; part <= PARTS; part += 1) {
        const [atX, atY] = along(curve, part / PARTS);
        const distance = Math.hypot(atX - x, atY - y);
        if (distance < nearest) [best, nearest] = [edge, distance];
      }
    }
    return best;
  };
  stage.addEventListener('click', (event) => {
    const edge = under(event);
    if (edge) onChoose({layer: edge.layer, node: edge.node, source: edge.source});
  });
  stage.addEventListener('pointermove', (event) => stage.classList.toggle('on-line', under(event) !== null));

  /**
   * @param {Edge[]} edges
   * @param {Drawing} drawing
   */
  const draw = (edges, {colours, upright, sign, chosen, points}) => {
    const sharpness = window.devicePixelRatio || 1;
    const home = stage.getBoundingClientRect();
    canvas.width = Math.round(home.width * sharpness);
    canvas.height = Math.round(home.height * sharpness);
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    pen.scale(sharpness, sharpness);
    pen.lineCap = 'round';
    const corners = points.map(({box}) => box.getBoundingClientRect());
    const boxes = points.map(({boxes: all}) => all?.map((one) => one.getBoundingClientRect()));

    /** @type {(layer: number, node: number) => Point} */
    const end = (layer, node) => {
      const {centre} = points[layer];
      if (centre) {
        const [x, y] = centre(node);
        return [corners[layer].left - home.left + x, corners[layer].top - home.top + y];
      }
      const box = /** @type {DOMRect[]} */ (boxes[layer])[node];
      return upright
        ? [box.left - home.left + box.width / 2, box.top - home.top]
        : [box.left - home.left, box.top - home.top + box.height / 2];
    };

    /** @type {Map<number, number>} the strongest of each gap */
    const most = new Map();
    for (const {layer, strength} of edges) most.set(layer, Math.max(most.get(layer) ?? 0, Math.abs(strength)));
    drawn = edges.map((edge) => {
      const [from, to] = [end(edge.layer - 1, edge.source), end(edge.layer, edge.node)];
      const bend = upright ? (to[1] - from[1]) / 2 : (to[0] - from[0]) / 2;
      /** @type {Curve} */
      const curve = upright
        ? [from, [from[0], from[1] + bend], [to[0], to[1] - bend], to]
        : [from, [from[0] + bend, from[1]], [to[0] - bend, to[1]], to];
      return {edge, curve};
    });
    // The strongest last, on top.
    for (const {edge, curve} of [...drawn].reverse()) {
      const share = Math.abs(edge.strength) / /** @type {number} */ (most.get(edge.layer));
      const mine =
        chosen && chosen.source === edge.source && chosen.node === edge.node && chosen.layer === edge.layer;
      pen.strokeStyle = mine
        ? css(colours.mark)
        : css(edge.strength * sign > 0 ? colours.favour : colours.against, 0.12 + 0.7 * share);
      pen.lineWidth = mine ? 4 : 0.6 + 2.6 * share;
      pen.beginPath();
      pen.moveTo(...curve[0]);
      pen.bezierCurveTo(...curve[1], ...curve[2], ...curve[3]);
      pen.stroke();
    }
  };
  return {roots: [canvas], draw};
}

/**
 * @param {Curve} curve
 * @param {number} share of the way
 * @returns {Point}
 */
function along([a, b, c, d], share) {
  const rest = 1 - share;
  const [one, two, three, four] = [rest ** 3, 3 * rest ** 2 * share, 3 * rest * share ** 2, share ** 3];
  return [
    one * a[0] + two * b[0] + three * c[0] + four * d[0],
    one * a[1] + two * b[1] + three * c[1] + four * d[1],
  ];
}
