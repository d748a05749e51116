// @ts-check
/**
 * Bringing every pen to the thickness that MNIST was written with: `mnist_ocr/images/normalise.py`.
 *
 * The signed distance to the edge of the ink lets one formula thicken a thin stroke and thin a thick one: ink is
 * where the distance is below an offset.
 */

import {field, padded, rounded} from './arrays.js';
import {resized} from './resample.js';

/** @typedef {import('./arrays.js').Field} Field */

/** Strokes are measured and changed at this many pixels for each one of the 28 x 28. */
const FINER = 4;

/** Longer side of the digit there. */
const CANVAS = 20 * FINER;

/** Width of MNIST's strokes, 2.6 of 20 pixels (median of the training pictures). */
const STROKE = 0.13 * CANVAS;

/** Width over which ink fades into the ground: three quarters of a pixel of the 28 x 28. */
const SOFT_EDGE = 0.75 * FINER;

/** Where between ground (0) and ink (1) a stroke ends; less than half, so that lines a pixel wide hold. */
const EDGE = Math.fround(0.45);

/** Pixels beyond which the distance to the edge of a stroke is not needed. */
const REACH = 12;

/**
 * Bring the strokes of a digit to the width that MNIST has.
 *
 * @param {Field} ink 0 ground to 1 ink, cut to the digit
 * @returns {{ink: Field, before: number}} the ink, the digit being 80 pixels long, and how wide its strokes were in
 *   pixels of the 28 x 28
 */
export function evenOut(ink) {
  const factor = CANVAS / Math.max(ink.height, ink.width);
  const bordered = padded(ink, 1); // so that ink at the side of its box fades like everywhere else
  const [height, width] = [bordered.height, bordered.width].map((side) => Math.max(1, rounded(side * factor)));
  const canvas = padded(resized(bordered, height, width, factor > 1 ? 'bicubic' : 'box'), REACH);
  const signed = signedDistance(canvas);
  const before = widthOfStroke(signed);
  const change = STROKE - before;
  const even = field(signed.height, signed.width, (at) =>
    Math.min(Math.max(0.5 + (change / 2 - signed.values[at]) / SOFT_EDGE, 0), 1),
  );
  return {ink: even, before: before / FINER};
}

/**
 * Distance to the edge of the ink: negative inside, positive outside, 0 between the pixels.
 *
 * @param {Field} canvas
 */
function signedDistance({values, height, width}) {
  const [ink, ground] = [new Uint8Array(values.length), new Uint8Array(values.length)];
  for (let at = 0; at < values.length; at += 1) ground[at] = 1 - (ink[at] = Number(values[at] > EDGE));
  const [inside, outside] = [distance(ink, height, width), distance(ground, height, width)];
  return field(height, width, (at) => (inside[at] > 0 ? 0.5 - inside[at] : outside[at] - 0.5));
}

/**
 * Distance of every pixel in the mask to the nearest one outside it, 0 outside, `REACH` at most.
 *
 * The minimum over rows of (distance along the column) ** 2 + (columns between) ** 2, one pass per axis (Felzenszwalb
 * and Huttenlocher, 2012), here by trying every column that could be nearer.
 *
 * @param {Uint8Array} mask
 * @param {number} height
 * @param {number} width
 */
function distance(mask, height, width) {
  const along = new Float32Array(mask.length);
  for (let column = 0; column < width; column += 1) {
    let away = REACH;
    for (let at = column; at < mask.length; at += width) along[at] = away = mask[at] ? Math.min(away + 1, REACH) : 0;
    away = REACH;
    for (let at = (height - 1) * width + column; at >= 0; at -= width) {
      away = mask[at] ? Math.min(away + 1, REACH) : 0;
      if (away < along[at]) along[at] = away;
    }
  }
  const nearest = new Float32Array(mask.length);
  for (let at = 0; at < mask.length; at += 1) {
    if (!mask[at]) continue;
    const column = at % width;
    let squared = along[at] * along[at];
    for (let step = 1; step * step < squared; step += 1) {
      const left = column >= step ? along[at - step] : REACH;
      const right = column + step < width ? along[at + step] : REACH;
      const smaller = left < right ? left : right;
      squared = Math.min(squared, smaller * smaller + step * step);
    }
    nearest[at] = Math.sqrt(squared);
  }
  return nearest;
}

/**
 * Typical width of the stroke: in a band of width w the mean distance to its edge is w / 4.
 *
 * @param {Field} signed
 */
function widthOfStroke({values}) {
  let [sum, pixels] = [0, 0];
  for (const value of values) {
    if (value >= 0) continue;
    sum -= value;
    pixels += 1;
  }
  return pixels ? (4 * sum) / pixels : 0;
}
