// @ts-check
/**
 * The digits of a drawing: which pieces of its ink make one. `mnist_ocr/images/segment.py`.
 *
 * Ink is looked for from dark to faint. Once there is a digit, the level moves half-way between its ink and the
 * ground around it, so that the soft edges of its strokes come along.
 */

import {boxAround} from './arrays.js';
import {inkInSpecks, largest, scoresOf} from './candidates.js';
import {around, group} from './grouping.js';
import {longerSide, piecesAbove} from './pieces.js';

/** @typedef {import('./arrays.js').Field} Field */
/** @typedef {import('./arrays.js').Mask} Mask */
/** @typedef {import('./pieces.js').Pieces} Pieces */

/** Darkness at which ink is looked for; the first with a digit is taken. */
const LEVELS = [0.45, 0.3, 0.2, 0.12, 0.07];

/** Ink is darker than this many standard deviations of the paper. */
const NOISE_MARGIN = 4.5;

/** How often the level is moved half-way between ink and ground; a third time changes nothing. */
const REFINEMENTS = 2;

/**
 * The ink of one digit.
 *
 * @typedef {object} Digit
 * @property {Mask} mask
 * @property {import('./arrays.js').Box} box around it
 * @property {number} area pixels in it
 * @property {number} pieces how many connected pieces it is made of
 */

/**
 * @typedef {object} Digits
 * @property {Digit[]} found from left to right, at least one
 * @property {Digit} main the one with the most ink
 * @property {number} level darkness above which a pixel was taken for ink
 */

/**
 * The digits of a drawing, or null where there is no ink.
 *
 * @param {Field} darkness 0 paper to 1 black
 * @param {number} noise standard deviation of the paper's darkness
 * @returns {Digits | null}
 */
export function findDigits(darkness, noise) {
  const faintest = NOISE_MARGIN * noise;
  const within = boxAround(darkness);
  const first = firstPieces(darkness, faintest, within);
  if (!first) return null;
  let {level, pieces, scores} = first;
  for (let turn = 0; turn < REFINEMENTS; turn += 1) {
    const finer = Math.max(between(darkness, pieces, largest(scores), within), faintest);
    const finerPieces = piecesAbove(darkness, finer, within);
    const finerScores = scoresOf(finerPieces);
    if (finerScores.some((score) => score > 0)) [level, pieces, scores] = [finer, finerPieces, finerScores];
  }
  const main = largest(scores);
  const groups = group(pieces, main, scores.map((score) => score > 0));
  const found = groups.map((members) => digitOf(pieces, members));
  return {found, main: found[groups.findIndex((members) => members.includes(main))], level};
}

/**
 * @param {Field} darkness
 * @param {number} faintest
 * @param {import('./arrays.js').Box | null} within where there is anything at all
 */
function firstPieces(darkness, faintest, within) {
  for (const level of LEVELS) {
    if (level < faintest) return null;
    const pieces = piecesAbove(darkness, level, within);
    const scores = scoresOf(pieces);
    if (Math.max(0, ...scores) > inkInSpecks(pieces)) return {level, pieces, scores};
  }
  return null;
}

/**
 * @param {Pieces} pieces
 * @param {number[]} members
 * @returns {Digit}
 */
function digitOf({labels, areas, boxes, height, width}, members) {
  const isMember = areas.map((_, piece) => Number(members.includes(piece)));
  const values = new Uint8Array(height * width);
  for (let at = 0; at < values.length; at += 1) if (labels[at] >= 0) values[at] = isMember[labels[at]];
  const area = members.reduce((sum, piece) => sum + areas[piece], 0);
  return {mask: {values, height, width}, box: around(boxes, members), area, pieces: members.length};
}

/**
 * The darkness half-way between a piece of ink and the ground around it (Ridler and Calvard, 1978).
 *
 * @param {Field} darkness
 * @param {Pieces} pieces
 * @param {number} piece
 * @param {import('./arrays.js').Box | null} within where there is anything at all
 */
function between({values, height, width}, {labels, boxes}, piece, within) {
  const {left, top, right, bottom} = boxes[piece];
  const margin = Math.floor(longerSide(boxes[piece]) / 2);
  const [first, last] = [Math.max(top - margin, 0), Math.min(bottom + margin, height)];
  const [from, to] = [Math.max(left - margin, 0), Math.min(right + margin, width)];
  const inked = within ?? boxes[piece];
  let [ink, inkPixels, ground, others] = [0, 0, 0, 0];
  for (let row = Math.max(first, inked.top); row < Math.min(last, inked.bottom); row += 1) {
    for (let column = Math.max(from, inked.left); column < Math.min(to, inked.right); column += 1) {
      const at = row * width + column;
      if (labels[at] === piece) {
        ink += values[at];
        inkPixels += 1;
      } else if (labels[at] < 0) ground += values[at];
      else others += 1;
    }
  }
  // Where there is nothing, there is ground of darkness 0.
  const groundPixels = (last - first) * (to - from) - inkPixels - others;
  return (ink / inkPixels + (groundPixels ? ground / groundPixels : 0)) / 2;
}
