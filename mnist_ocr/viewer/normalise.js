// @ts-check
/**
 * The last step: ink of any size to the 28 x 28 picture of the MNIST data set. `mnist_ocr/images/normalise.py`.
 *
 * The longer side becomes 20 pixels, each the mean of the area that it covers, and the box is moved by whole pixels
 * so that the centre of mass is at index 14 (LeCun, Cortes and Burges, The MNIST database).
 */

import {boxAround, cut, field, rounded, transposed} from './arrays.js';

/** @typedef {import('./arrays.js').Field} Field */

export const SIDE = 28;
const BOX = 20;
const CENTRE = 14; // index, not the middle (13.5) of 28 pixels

/**
 * @param {Field} ink at least 0 everywhere, 1 full ink
 * @returns {{pixels: Uint8Array, shift: {right: number, down: number}}} 28 x 28, 0 background to 255 full ink, and how
 *   far from the middle the centring has moved it
 */
export function place(ink) {
  const pixels = new Uint8Array(SIDE * SIDE);
  const box = boxAround(ink);
  if (!box) return {pixels, shift: {right: 0, down: 0}};
  const own = cut(ink, box);
  const longer = Math.max(own.height, own.width);
  const [height, width] = [own.height, own.width].map((side) => Math.max(1, rounded((side * BOX) / longer)));
  const averaged = averagedTo(averagedTo(own, width), height);
  const small = field(height, width, (at) => Math.min(Math.max(averaged.values[at], 0), 1));

  let [mass, down, across] = [0, 0, 0];
  small.values.forEach((value, at) => {
    mass += value;
    down += value * Math.floor(at / width);
    across += value * (at % width);
  });
  // Ink at one end of its box can ask for more room than the field has: stay inside.
  const top = Math.min(Math.max(rounded(CENTRE - down / mass), 0), SIDE - height);
  const left = Math.min(Math.max(rounded(CENTRE - across / mass), 0), SIDE - width);
  small.values.forEach((value, at) => {
    pixels[(top + Math.floor(at / width)) * SIDE + left + (at % width)] = rounded(Math.fround(value * 255));
  });
  const [middleLeft, middleTop] = [width, height].map((side) => Math.floor((SIDE - side) / 2));
  return {pixels, shift: {right: left - middleLeft, down: top - middleTop}};
}

/**
 * Change the width so that each new pixel is the mean of what it covers, and turn rows into columns.
 *
 * @param {Field} picture
 * @param {number} width
 */
function averagedTo({values, height, width: old}, width) {
  const averaged = field(height, width);
  for (let column = 0; column < width; column += 1) {
    const [from, to] = [column * (old / width), (column + 1) * (old / width)];
    for (let row = 0; row < height; row += 1) {
      let sum = 0;
      for (let pixel = Math.floor(from); pixel < Math.min(Math.ceil(to), old); pixel += 1) {
        sum += values[row * old + pixel] * (Math.min(to, pixel + 1) - Math.max(from, pixel));
      }
      averaged.values[row * width + column] = sum * (width / old);
    }
  }
  return transposed(averaged);
}
