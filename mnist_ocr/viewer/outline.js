// @ts-check
/**
 * Telling a stroke that goes round from the edge of a dark shape: `mnist_ocr/images/ink.py`.
 *
 * In the middle of a large blot there is no paper around, so only its edge is found, and a filled disc would come
 * out as a 0. What gives it away: the inside of the ring is as dark as the ring itself.
 */

import {medianOfCounts} from './arrays.js';

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
 * @param {import('./arrays.js').Box} box around the ink
 */
export function isOutlineOfAShape(light, ink, box) {
  const {left, top, right, bottom} = box;
  const inside = enclosed(ink, box);
  const insidePixels = inside.reduce((sum, pixel) => sum + pixel, 0);
  if (insidePixels < LEAST_INSIDE * inside.length) return false;
  const counts = [0, 1, 2].map(() => new Uint32Array(256));
  const [ofInk, ofInside, ofPaper] = counts;
  for (const level of light.values) ofPaper[level] += 1;
  for (let row = top, place = 0; row < bottom; row += 1) {
    for (let at = row * ink.width + left; at < row * ink.width + right; at += 1, place += 1) {
      const level = light.values[at];
      ofPaper[level] -= 1;
      if (ink.values[at]) ofInk[level] += 1;
      if (inside[place]) ofInside[level] += 1;
    }
  }
  if (ofPaper.every((pixels) => pixels === 0)) return false;
  const [dark, within, paper] = counts.map((count) => medianOfCounts(count));
  return within < dark + AS_DARK_AS_INK * (paper - dark) || paper < dark + AS_DARK_AS_INK * (within - dark);
}

/**
 * The pixels of the box, no ink themselves, that have ink on all four sides.
 *
 * @param {Mask} ink
 * @param {import('./arrays.js').Box} box
 * @returns {Uint8Array} of the box, 1 for yes
 */
function enclosed({values, width}, {left, top, right, bottom}) {
  const [down, across] = [bottom - top, right - left];
  const sides = new Uint8Array(down * across);
  /** @type {(row: number, column: number, rowStep: number, columnStep: number, length: number) => void} */
  const look = (row, column, rowStep, columnStep, length) => {
    let met = 0;
    let [from, to] = [(top + row) * width + left + column, row * across + column];
    for (let walked = 0; walked < length; walked += 1) {
      met |= values[from];
      sides[to] += met;
      from += rowStep * width + columnStep;
      to += rowStep * across + columnStep;
    }
  };
  for (let row = 0; row < down; row += 1) {
    look(row, 0, 0, 1, across);
    look(row, across - 1, 0, -1, across);
  }
  for (let column = 0; column < across; column += 1) {
    look(0, column, 1, 0, down);
    look(down - 1, column, -1, 0, down);
  }
  // What is ink itself has met ink from all four sides, too.
  return sides.map((met, place) => {
    const at = (top + Math.floor(place / across)) * width + left + (place % across);
    return Number(met === 4 && values[at] === 0);
  });
}
