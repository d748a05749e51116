// @ts-check
/**
 * Which pieces of ink could be a digit: `mnist_ocr/images/segment.py`.
 *
 * The more ink a piece has, the more likely it is the digit. Specks are none, nor is a frame along the edge of the
 * sheet, nor a box drawn around something; and what reaches the edge has to have much more ink.
 */

import {rounded} from './arrays.js';
import {longerSide, touchesEdge} from './pieces.js';

/** @typedef {import('./pieces.js').Pieces} Pieces */

/** Longer side, in short sides of the picture, of the smallest thing taken for a digit. */
const SMALLEST = 0.03;

/** The same for what reaches the edge: a digit cut out tightly is as large as its picture. */
const SMALLEST_AT_EDGE = 0.25;

/** Ink on a piece that reaches the edge counts this much. */
const EDGE_HANDICAP = 0.25;

/** Width, in short sides, of the rim along the edge of the picture ... */
const RIM = 0.12;

/** ... and the share within the rim that makes a piece at the edge a frame or a dark corner. */
const FRAME = 0.9;

/** What is drawn inside of a box is at least this share as long as the box ... */
const INSIDE = 0.25;

/** ... which lies along this share of each of its sides, where a 0 is round. */
const BOX_SIDE = 0.9;

/** Where along its sides a box is looked for, in its own width and height. */
const BOX_BAND = 0.1;

/**
 * How much speaks for each piece being the digit: its ink, or 0 where it cannot be one.
 *
 * @param {Pieces} pieces
 */
export function scoresOf(pieces) {
  const short = Math.min(pieces.height, pieces.width);
  const scores = pieces.areas.map((area, piece) => {
    const atEdge = touchesEdge(pieces, piece);
    const smallest = (atEdge ? SMALLEST_AT_EDGE : SMALLEST) * short;
    if (longerSide(pieces.boxes[piece]) < smallest) return 0;
    if (atEdge && pixelsInRim(pieces, piece, rounded(RIM * short)) > FRAME * area) return 0;
    return (atEdge ? EDGE_HANDICAP : 1) * pieces.ink[piece];
  });
  for (;;) {
    const best = largest(scores);
    if (best < 0 || scores[best] === 0 || !isBox(pieces, best)) return scores;
    scores[best] = 0;
  }
}

/**
 * How many pixels of a piece are less than `rim` from the edge.
 *
 * @param {Pieces} pieces
 * @param {number} piece
 * @param {number} rim
 */
function pixelsInRim({labels, boxes, height, width}, piece, rim) {
  const {left, top, right, bottom} = boxes[piece];
  let pixels = 0;
  for (let row = top; row < bottom; row += 1) {
    const aboveOrBelow = row < rim || row >= height - rim;
    for (let column = left; column < right; column += 1) {
      if (labels[row * width + column] !== piece) continue;
      if (aboveOrBelow || column < rim || column >= width - rim) pixels += 1;
    }
  }
  return pixels;
}

/**
 * The index of the largest number, the first of several; -1 where there is none.
 *
 * @param {number[]} numbers
 */
export function largest(numbers) {
  return numbers.reduce((best, number, at) => (best < 0 || number > numbers[best] ? at : best), -1);
}

/**
 * The ink of all specks together: more than any piece has, and it is no drawing.
 *
 * @param {Pieces} pieces
 */
export function inkInSpecks(pieces) {
  const least = SMALLEST * Math.min(pieces.height, pieces.width);
  const isSpeck = (/** @type {number} */ piece) => longerSide(pieces.boxes[piece]) < least;
  return pieces.ink.reduce((sum, ink, piece) => sum + (isSpeck(piece) ? ink : 0), 0);
}

/**
 * Whether a piece is a frame drawn around something.
 *
 * @param {Pieces} pieces
 * @param {number} piece
 */
function isBox({labels, boxes, width}, piece) {
  const {left, top, right, bottom} = boxes[piece];
  const longest = INSIDE * longerSide(boxes[piece]);
  const inside = boxes.filter(
    (box) => box.left > left && box.top > top && box.right < right && box.bottom < bottom,
  );
  if (!inside.some((box) => longerSide(box) >= longest)) return false;
  const [across, down] = [right - left, bottom - top];
  const [columns, rows] = [across, down].map((side) => Math.max(1, rounded(BOX_BAND * side)));
  const [above, below] = [new Uint8Array(across), new Uint8Array(across)];
  const [before, after] = [new Uint8Array(down), new Uint8Array(down)];
  for (let row = 0; row < down; row += 1) {
    for (let column = 0; column < across; column += 1) {
      if (labels[(top + row) * width + left + column] !== piece) continue;
      if (row < rows) above[column] = 1;
      if (row >= down - rows) below[column] = 1;
      if (column < columns) before[row] = 1;
      if (column >= across - columns) after[row] = 1;
    }
  }
  return [above, below, before, after].every(
    (band) => band.reduce((sum, touched) => sum + touched, 0) / band.length >= BOX_SIDE,
  );
}
