// @ts-check
/**
 * Mean and maximum over a window around every pixel, in one pass along the rows and one along the columns.
 *
 * The mean is a difference of running sums (Crow, 1984). For the maximum, a row is cut into stretches as long as
 * the window: a window then covers the end of one and the beginning of the next, and both maxima are known from
 * running maxima, one from the left and one from the right (van Herk, 1992).
 */

import {field, transposed} from './arrays.js';

/** @typedef {import('./arrays.js').Field} Field */

/**
 * Mean over the square of 2 * radius + 1 around each pixel, as much of it as is in the picture.
 *
 * @param {Field} picture
 * @param {number} radius
 */
export function windowMean(picture, radius) {
  return transposed(meanAlongRows(transposed(meanAlongRows(picture, radius)), radius));
}

/**
 * @param {Field} picture
 * @param {number} radius
 */
function meanAlongRows({values, height, width}, radius) {
  const means = field(height, width);
  const sums = new Float64Array(width + 1);
  for (let row = 0; row < height; row += 1) {
    const start = row * width;
    for (let column = 0; column < width; column += 1) sums[column + 1] = sums[column] + values[start + column];
    for (let column = 0; column < width; column += 1) {
      const [from, to] = [Math.max(column - radius, 0), Math.min(column + radius + 1, width)];
      means.values[start + column] = (sums[to] - sums[from]) / (to - from);
    }
  }
  return means;
}

/**
 * Maximum over every square of `side` pixels that lies in the picture: the result is side - 1 smaller each way.
 *
 * @param {Field} picture
 * @param {number} side
 */
export function windowMax(picture, side) {
  return transposed(maxAlongRows(transposed(maxAlongRows(picture, side)), side));
}

/**
 * @param {Field} picture
 * @param {number} length
 */
function maxAlongRows({values, height, width}, length) {
  const largest = field(height, width - length + 1);
  const [fromLeft, fromRight] = [new Float32Array(width), new Float32Array(width)];
  for (let row = 0; row < height; row += 1) {
    const line = values.subarray(row * width, (row + 1) * width);
    for (let start = 0; start < width; start += length) {
      const end = Math.min(start + length, width);
      let most = -Infinity;
      for (let at = start; at < end; at += 1) fromLeft[at] = most = line[at] > most ? line[at] : most;
      most = -Infinity;
      for (let at = end - 1; at >= start; at -= 1) fromRight[at] = most = line[at] > most ? line[at] : most;
    }
    for (let at = 0; at < largest.width; at += 1) {
      const [left, right] = [fromRight[at], fromLeft[at + length - 1]];
      largest.values[row * largest.width + at] = left > right ? left : right;
    }
  }
  return largest;
}
