// @ts-check
/**
 * Resizing as Pillow does it: every new pixel is a weighted mean of the old ones around its place.
 *
 * The weights are a small hill over that place (box, triangle, cubic). When a picture is made smaller the hill is
 * made as much wider, so that no old pixel is left out. Across first, then down; sums in double precision. (Pillow,
 * `src/libImaging/Resample.c`; the cubic is that of Keys, 1981, with a = -1/2.)
 */

import {field} from './arrays.js';

/** @typedef {import('./arrays.js').Field} Field */

/**
 * @typedef {object} Hill
 * @property {number} reach how far it goes to either side
 * @property {(x: number) => number} height
 */

/** @type {Record<'box' | 'bilinear' | 'bicubic', Hill>} */
const HILLS = {
  box: {reach: 0.5, height: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)},
  bilinear: {reach: 1, height: (x) => Math.max(0, 1 - Math.abs(x))},
  bicubic: {
    reach: 2,
    height(x) {
      const a = Math.abs(x);
      if (a < 1) return (1.5 * a - 2.5) * a * a + 1;
      return a < 2 ? (((a - 5) * a + 8) * a - 4) * -0.5 : 0;
    },
  },
};

/**
 * @param {Field} picture
 * @param {number} height
 * @param {number} width
 * @param {'box' | 'bilinear' | 'bicubic'} method
 * @returns {Field}
 */
export function resized(picture, height, width, method) {
  if (picture.height === height && picture.width === width) return picture;
  const wide = picture.width === width ? picture : acrossTo(picture, width, HILLS[method]);
  return wide.height === height ? wide : downTo(wide, height, HILLS[method]);
}

/**
 * @param {Field} picture
 * @param {number} width
 * @param {Hill} hill
 */
function acrossTo({values, height, width: old}, width, hill) {
  const wide = field(height, width);
  const taps = Array.from({length: width}, (_, column) => weightsAt(column, old, width, hill));
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const {first, weights} = taps[column];
      const start = row * old + first;
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap += 1) sum += values[start + tap] * weights[tap];
      wide.values[row * width + column] = sum;
    }
  }
  return wide;
}

/**
 * @param {Field} picture
 * @param {number} height
 * @param {Hill} hill
 */
function downTo({values, height: old, width}, height, hill) {
  const tall = field(height, width);
  for (let row = 0; row < height; row += 1) {
    const {first, weights} = weightsAt(row, old, height, hill);
    const sums = new Float64Array(width);
    for (let tap = 0; tap < weights.length; tap += 1) {
      const [start, weight] = [(first + tap) * width, weights[tap]];
      for (let column = 0; column < width; column += 1) sums[column] += values[start + column] * weight;
    }
    tall.values.set(sums, row * width);
  }
  return tall;
}

/**
 * The old pixels that a new one is made of, from the first on.
 *
 * @param {number} place of the new pixel
 * @param {number} old number of pixels
 * @param {number} wanted number of pixels
 * @param {Hill} hill
 */
function weightsAt(place, old, wanted, {reach, height}) {
  const scale = old / wanted;
  const wider = Math.max(1, scale);
  const centre = (place + 0.5) * scale;
  const first = Math.max(0, Math.trunc(centre - reach * wider + 0.5));
  const end = Math.min(old, Math.trunc(centre + reach * wider + 0.5));
  const weights = new Float64Array(end - first);
  let sum = 0;
  for (let tap = 0; tap < weights.length; tap += 1) {
    weights[tap] = height((tap + first - centre + 0.5) * (1 / wider));
    sum += weights[tap];
  }
  for (let tap = 0; tap < weights.length; tap += 1) weights[tap] /= sum;
  return {first, weights};
}
