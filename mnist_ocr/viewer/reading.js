// @ts-check
/**
 * From what was drawn to the 28 x 28 pixels that the network sees: `mnist_ocr/images` for a clean sheet.
 *
 * The way is that of the Python package, step by step: `ink` (darker than the paper around it), `pieces` (what is
 * connected), `candidates` (what could be a digit), `grouping` (what is the same digit), `digits` (all of that),
 * `outline` (no stroke, but the edge of a blot), `stroke` (the thickness of MNIST's pen), `normalise` (box and
 * centre of mass). What a photograph needs besides is not here: a page of ruled paper, colours, a large picture.
 */

import {cut} from './arrays.js';
import {findDigits} from './digits.js';
import {findDarkness, inverted} from './ink.js';
import {place} from './normalise.js';
import {isOutlineOfAShape} from './outline.js';
import {evenOut} from './stroke.js';

/** @typedef {import('./arrays.js').Box} Box */
/** @typedef {import('./arrays.js').Field} Field */
/** @typedef {import('./arrays.js').Mask} Mask */

/** Pixels of the longer side of the largest sheet; Python makes larger pictures smaller first. */
export const LARGEST_SHEET = 640;

/**
 * What was drawn, as the network gets it.
 *
 * @typedef {object} Reading
 * @property {Uint8Array | null} pixels 28 x 28, 0 background to 255 full ink; null where there is no digit
 * @property {string} refusal why there is none, or nothing
 * @property {number} digitCount how many digits there seem to be; the one with the most ink is read
 * @property {number} pieces how many pieces of ink were joined to that digit
 * @property {Box | null} box around it, in pixels of the sheet
 * @property {number} stroke its width before it was made MNIST's, in pixels of the 28 x 28
 * @property {{right: number, down: number}} shift whole pixels by which the centre of mass was moved
 */

/**
 * @param {{grey: Uint8Array | Uint8ClampedArray, width: number, height: number}} drawing the sheet in rows,
 *   brightness 0 black to 255 white; which of ink and ground is the dark one is seen
 * @returns {Reading}
 * @throws {RangeError} the sheet is larger than `LARGEST_SHEET`
 */
export function readDrawing({grey, width, height}) {
  if (Math.max(width, height) > LARGEST_SHEET) {
    throw new RangeError(`a sheet of ${width} x ${height} pixels: expected at most ${LARGEST_SHEET} a side`);
  }
  const brightness = {values: new Float32Array(grey), height, width};
  const darkness = findDarkness(brightness);
  const digits = findDigits(darkness.field, darkness.noise);
  if (!digits) return nothing('no ink found in the picture: it looks blank');
  const light = darkness.darkInk ? brightness : inverted(brightness);
  const strokes = digits.found.filter((digit) => !isOutlineOfAShape(light, digit.mask, digit.box));
  if (strokes.length === 0) {
    return nothing('no strokes found in the picture, only the edge of a large dark or light shape');
  }
  const mostInk = strokes.reduce((a, b) => (b.area > a.area ? b : a));
  const main = strokes.length === digits.found.length ? digits.main : mostInk;
  const {box} = main;
  const even = evenOut(inkOf(darkness.field, main.mask, box, digits.level));
  const {pixels, shift} = place(even.ink);
  return {pixels, refusal: '', digitCount: strokes.length, pieces: main.pieces, box, stroke: even.before, shift};
}

/**
 * @param {string} refusal
 * @returns {Reading}
 */
function nothing(refusal) {
  return {pixels: null, refusal, digitCount: 0, pieces: 0, box: null, stroke: 0, shift: {right: 0, down: 0}};
}

/**
 * How much ink a digit's pixels have, 0 to 1, in its box.
 *
 * Twice the level is full ink. What is fainter than the level counts only beside ink: a soft edge.
 *
 * @param {Field} darkness
 * @param {Mask} mask
 * @param {Box} box
 * @param {number} level
 */
function inkOf(darkness, mask, box, level) {
  const {values, height, width} = mask;
  const full = Math.fround(2 * level);
  const beside = (/** @type {number} */ row, /** @type {number} */ column) => {
    for (let r = Math.max(row - 1, 0); r <= Math.min(row + 1, height - 1); r += 1) {
      for (let c = Math.max(column - 1, 0); c <= Math.min(column + 1, width - 1); c += 1) {
        if (values[r * width + c]) return true;
      }
    }
    return false;
  };
  const ink = cut(darkness, box);
  ink.values.forEach((dark, at) => {
    if (dark === 0) return;
    const [row, column] = [box.top + Math.floor(at / ink.width), box.left + (at % ink.width)];
    ink.values[at] = values[row * width + column] || beside(row, column) ? Math.min(dark / full, 1) : 0;
  });
  return ink;
}
