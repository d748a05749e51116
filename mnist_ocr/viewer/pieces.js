// @ts-check
/**
 * Connected pieces of a mask: `mnist_ocr/images/components.py`.
 *
 * Pixels are looked at in reading order. One that touches ink already seen, corners included, joins its set; one
 * that touches two sets makes them one (union-find: Galler and Fischer, 1964). A second look numbers the sets in
 * the order in which they begin.
 */

import {boxAround} from './arrays.js';

/** @typedef {import('./arrays.js').Field} Field */
/** @typedef {import('./arrays.js').Box} Box */

/**
 * The connected pieces of a mask, numbered from 0.
 *
 * @typedef {object} Pieces
 * @property {Int32Array} labels the piece of each pixel, -1 where there is none
 * @property {number} height
 * @property {number} width
 * @property {number[]} areas pixels in each piece
 * @property {number[]} ink the sum of the darkness of its pixels
 * @property {Box[]} boxes
 */

/**
 * Number the 8-connected pieces of what is darker than a level.
 *
 * @param {Field} picture
 * @param {number} level
 * @param {Box | null} within where there is anything at all
 * @returns {Pieces}
 */
export function piecesAbove(picture, level, within = boxAround(picture)) {
  const {values, height, width} = picture;
  const {left, top, right, bottom} = within ?? {left: 0, top: 0, right: 0, bottom: 0};
  const least = Math.fround(level);
  const labels = new Int32Array(height * width).fill(-1);
  /** @type {number[]} */
  const parents = [];
  const rootOf = (/** @type {number} */ set) => {
    while (parents[set] !== set) set = parents[set] = parents[parents[set]];
    return set;
  };
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      const at = row * width + column;
      if (!(values[at] > least)) continue;
      const [notFirst, notLast] = [column > left, column + 1 < right];
      let set = notFirst ? labels[at - 1] : -1;
      if (row > top) {
        // The one above touches its own two neighbours, so either it joins everything or those two have to.
        const above = labels[at - width];
        if (above >= 0) set = joined(set, above, parents, rootOf);
        else {
          if (notFirst) set = joined(set, labels[at - width - 1], parents, rootOf);
          if (notLast) set = joined(set, labels[at - width + 1], parents, rootOf);
        }
      }
      if (set < 0) {
        set = parents.length;
        parents.push(set);
      }
      labels[at] = set;
    }
  }
  return numbered(labels, picture, within, rootOf);
}

/**
 * The set of a pixel that is in one set, and touches another; -1 is none.
 *
 * @param {number} own
 * @param {number} other
 * @param {number[]} parents
 * @param {(set: number) => number} rootOf
 */
function joined(own, other, parents, rootOf) {
  if (other < 0 || own === other) return own;
  if (own < 0) return other;
  const [first, second] = [rootOf(own), rootOf(other)];
  parents[Math.max(first, second)] = Math.min(first, second);
  return Math.min(first, second);
}

/**
 * @param {Int32Array} labels sets, overwritten by the numbers of pieces
 * @param {Field} picture
 * @param {Box | null} within
 * @param {(set: number) => number} rootOf
 * @returns {Pieces}
 */
function numbered(labels, {values, height, width}, within, rootOf) {
  const {left, top, right, bottom} = within ?? {left: 0, top: 0, right: 0, bottom: 0};
  /** @type {Map<number, number>} */
  const numbers = new Map();
  /** @type {number[]} */
  const areas = [];
  /** @type {number[]} */
  const ink = [];
  /** @type {Box[]} */
  const boxes = [];
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      const at = row * width + column;
      if (labels[at] < 0) continue;
      const root = rootOf(labels[at]);
      let piece = numbers.get(root);
      if (piece === undefined) {
        piece = areas.length;
        numbers.set(root, piece);
        areas.push(0);
        ink.push(0);
        boxes.push({left: column, top: row, right: column + 1, bottom: row + 1});
      }
      labels[at] = piece;
      areas[piece] += 1;
      ink[piece] += values[at];
      const box = boxes[piece];
      if (column < box.left) box.left = column;
      if (column >= box.right) box.right = column + 1;
      box.bottom = row + 1;
    }
  }
  return {labels, height, width, areas, ink, boxes};
}

/**
 * Whether a piece reaches the border of the picture.
 *
 * @param {Pieces} pieces
 * @param {number} piece
 */
export function touchesEdge({boxes, height, width}, piece) {
  const {left, top, right, bottom} = boxes[piece];
  return left === 0 || top === 0 || right === width || bottom === height;
}

/**
 * The longer side of a box.
 *
 * @param {Box} box
 */
export function longerSide({left, top, right, bottom}) {
  return Math.max(right - left, bottom - top);
}
