// @ts-check
/**
 * Bringing every pen to the thickness that MNIST was written with: `mnist_ocr/images/stroke.py`.
 *
 * The signed distance to the edge of the ink lets one formula thicken a thin stroke and thin a thick one: ink is
 * where the distance is below an offset.
 */

import {field, padded, rounded, transposed} from './arrays.js';
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
  const inside = distance(field(height, width, (at) => Number(values[at] > EDGE)));
  const outside = distance(field(height, width, (at) => Number(!(values[at] > EDGE))));
  return field(height, width, (at) => (inside.values[at] > 0 ? 0.5 - inside.values[at] : outside.values[at] - 0.5));
}

/**
 * Distance of every pixel that is not 0 to the nearest one that is, `REACH` at most.
 *
 * The minimum over rows of (distance along the row) ** 2 + (rows between) ** 2, one pass per axis (Felzenszwalb and
 * Huttenlocher, 2012), here by trying every row within reach.
 *
 * @param {Field} mask
 */
function distance(mask) {
  let squared = field(mask.height, mask.width, (at) => (mask.values[at] ? REACH ** 2 : 0));
  for (let axis = 0; axis < 2; axis += 1) {
    const {values, height, width} = squared;
    const nearest = values.slice();
    for (let step = 1; step < REACH; step += 1) {
      const [apart, end] = [step * width, (height - step) * width];
      for (let at = 0; at < end; at += 1) {
        const [below, above] = [values[at] + step * step, values[at + apart] + step * step];
        if (below < nearest[at + apart]) nearest[at + apart] = below;
        if (above < nearest[at]) nearest[at] = above;
      }
    }
    squared = transposed({values: nearest, height, width});
  }
  return field(squared.height, squared.width, (at) => Math.sqrt(squared.values[at]));
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
