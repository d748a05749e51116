// @ts-check
/**
 * Telling a stroke that goes round from the edge of a dark shape: `mnist_ocr/images/outline.py`.
 *
 * In the middle of a large blot there is no paper around, so only its edge is found, and a filled disc would come
 * out as a 0. What gives it away: the inside of the ring is as dark as the ring itself.
 */

import {boxAround} from './arrays.js';

/** @typedef {import('./arrays.js').Field} Field */
/** @typedef {import('./arrays.js').Mask} Mask */

/** Part of the box that has to lie inside of the ink before it is asked how dark it is. */
const LEAST_INSIDE = 0.1;

/** Part of the way from ink to paper up to which something counts as ink. */
const AS_DARK_AS_INK = 0.25;

/**
 * Whether the ink is as dark as what it goes round, or as what goes round it.
 *
 * @param {Field} light brightness 0 to 255 in whole numbers, ink being darker than paper
 * @param {Mask} ink what was taken for a digit's ink
 */
export function isOutlineOfAShape(light, ink) {
  const {height, width} = ink;
  const box = boxAround(ink);
  if (!box) return false;
  const inside = enclosed(ink, box);
  const counts = [0, 1, 2].map(() => new Uint32Array(256));
  const [ofInk, ofInside, ofPaper] = counts;
  for (let row = 0, at = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1, at += 1) {
      const level = light.values[at];
      if (ink.values[at]) ofInk[level] += 1;
      if (inside[at]) ofInside[level] += 1;
      if (row < box.top || row >= box.bottom || column < box.left || column >= box.right) ofPaper[level] += 1;
    }
  }
  const [, insidePixels, paperPixels] = counts.map((count) => count.reduce((sum, pixels) => sum + pixels, 0));
  const boxPixels = (box.bottom - box.top) * (box.right - box.left);
  if (insidePixels < LEAST_INSIDE * boxPixels || paperPixels === 0) return false;
  const [dark, within, paper] = counts.map(medianOfCounts);
  return within < dark + AS_DARK_AS_INK * (paper - dark) || paper < dark + AS_DARK_AS_INK * (within - dark);
}

/**
 * The pixels of the box, no ink themselves, that have ink on all four sides.
 *
 * @param {Mask} ink
 * @param {import('./arrays.js').Box} box
 */
function enclosed({values, height, width}, {left, top, right, bottom}) {
  const sides = new Uint8Array(height * width);
  /** @type {(start: number, step: number, length: number) => void} */
  const look = (start, step, length) => {
    let met = 0;
    for (let at = start, walked = 0; walked < length; walked += 1, at += step) {
      met |= values[at];
      sides[at] += met;
    }
  };
  for (let row = top; row < bottom; row += 1) {
    look(row * width + left, 1, right - left);
    look(row * width + right - 1, -1, right - left);
  }
  for (let column = left; column < right; column += 1) {
    look(top * width + column, width, bottom - top);
    look((bottom - 1) * width + column, -width, bottom - top);
  }
  return sides.map((met, at) => Number(met === 4 && values[at] === 0));
}

/**
 * The median of whole numbers, of which is known how often each occurs.
 *
 * @param {Uint32Array} counts
 */
function medianOfCounts(counts) {
  const whole = counts.reduce((sum, count) => sum + count, 0);
  const middle = [Math.floor((whole - 1) / 2), Math.floor(whole / 2)];
  const [low, high] = middle.map((place) => {
    let before = 0;
    return counts.findIndex((count) => (before += count) > place);
  });
  return (low + high) / 2;
}
