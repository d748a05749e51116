// @ts-check
/**
 * Which pieces of ink are the same digit: `mnist_ocr/images/segment.py`.
 *
 * A pen is lifted for the bar of a 5. Pieces nearly as tall as the main one are the bodies of digits; two of them
 * are one digit only if they stand above each other or all but touch. Whatever is smaller goes to the nearest
 * digit, or to none. In doubt it is one digit.
 */

import {longerSide, touchesEdge} from './pieces.js';

/** @typedef {import('./arrays.js').Box} Box */
/** @typedef {import('./pieces.js').Pieces} Pieces */

/** A piece with less than this share of the main piece's ink is a speck. */
const SPECK = 0.01;

/** A piece at least this share as tall as the tallest is the body of a digit. */
const BODY = 0.55;

/** Bodies stand side by side where they share this much of the lower one's height, but not of the width. */
const ABOVE = 0.5;

/** A piece within this share of a digit's longer side belongs to it ... */
const NEAR = 0.25;

/** ... and a body beside it within this share: a 0 that is open above and below. */
const TOUCHING = 0.1;

/**
 * Sort pieces into digits.
 *
 * @param {Pieces} pieces all ink of the picture
 * @param {number} main the piece that is a digit for certain
 * @param {boolean[]} digits which pieces could be digits of their own
 * @returns {number[][]} the pieces of each digit, the digits from left to right
 */
export function group(pieces, main, digits) {
  const {areas, boxes} = pieces;
  const all = areas.map((_, piece) => piece);
  const mainAtEdge = touchesEdge(pieces, main);
  const possible = all.map(
    (piece) =>
      piece === main || (areas[piece] >= SPECK * areas[main] && (mainAtEdge || !touchesEdge(pieces, piece))),
  );
  const heights = boxes.map(({top, bottom}) => bottom - top);
  const tallest = Math.max(...all.filter((piece) => possible[piece] && digits[piece]).map((piece) => heights[piece]));
  const tall = heights.map((height) => height >= BODY * tallest);
  const bodies = all.filter((piece) => piece === main || (possible[piece] && tall[piece] && digits[piece]));
  const owner = joinBodies(boxes, bodies, longerSide(boxes[main]));
  // What is as tall as a digit, yet none, is a frame or a rule.
  attach(boxes, owner, all.map((piece) => possible[piece] && (bodies.includes(piece) || !tall[piece])));
  const owners = Array.from(new Set(owner.filter((body) => body >= 0))).sort((a, b) => a - b);
  return owners
    .map((body) => all.filter((piece) => owner[piece] === body))
    .sort((a, b) => around(boxes, a).left - around(boxes, b).left);
}

/**
 * The digit that each body is part of, named by one of its bodies; -1 for all other pieces.
 *
 * @param {Box[]} boxes
 * @param {number[]} bodies
 * @param {number} length in which gaps are measured: the longer side of the main piece
 */
function joinBodies(boxes, bodies, length) {
  const owner = boxes.map((_, piece) => (bodies.includes(piece) ? piece : -1));
  bodies.forEach((first, position) => {
    for (const second of bodies.slice(position + 1)) {
      if (!sameDigit(boxes[first], boxes[second], length)) continue;
      const gone = owner[second];
      owner.forEach((body, piece) => {
        if (body === gone) owner[piece] = owner[first];
      });
    }
  });
  return owner;
}

/**
 * Whether two bodies are parts of one digit: not two that stand side by side.
 *
 * @param {Box} a
 * @param {Box} b
 * @param {number} length
 */
function sameDigit(a, b, length) {
  const width = Math.min(a.right - a.left, b.right - b.left);
  const height = Math.min(a.bottom - a.top, b.bottom - b.top);
  const {across, down} = gaps(a, b);
  const beside = across > -ABOVE * width && down <= -ABOVE * height;
  return Math.max(across, down) <= (beside ? TOUCHING : NEAR) * length;
}

/**
 * What lies between two boxes; negative where they overlap.
 *
 * @param {Box} a
 * @param {Box} b
 */
function gaps(a, b) {
  return {
    across: Math.max(a.left, b.left) - Math.min(a.right, b.right),
    down: Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom),
  };
}

/**
 * Give the smaller pieces, in place, to the digits that they lie close to.
 *
 * @param {Box[]} boxes
 * @param {number[]} owner
 * @param {boolean[]} possible
 */
function attach(boxes, owner, possible) {
  let changed = true;
  while (changed) {
    changed = false; // a digit that has grown reaches further: the pieces of a broken stroke form a chain
    const digits = Array.from(new Set(owner.filter((body) => body >= 0))).sort((a, b) => a - b);
    for (const digit of digits) {
      const box = around(boxes, owner.flatMap((body, piece) => (body === digit ? [piece] : [])));
      const reach = NEAR * longerSide(box);
      boxes.forEach((other, piece) => {
        const {across, down} = gaps(other, box);
        if (!possible[piece] || owner[piece] >= 0 || Math.max(across, down) > reach) return;
        owner[piece] = digit;
        changed = true;
      });
    }
  }
}

/**
 * The box around several pieces.
 *
 * @param {Box[]} boxes
 * @param {number[]} members
 * @returns {Box}
 */
export function around(boxes, members) {
  const own = members.map((piece) => boxes[piece]);
  return {
    left: Math.min(...own.map(({left}) => left)),
    top: Math.min(...own.map(({top}) => top)),
    right: Math.max(...own.map(({right}) => right)),
    bottom: Math.max(...own.map(({bottom}) => bottom)),
  };
}
