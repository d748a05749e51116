/**
 * From the ink of the pad to the 28 x 28 pixels that the network sees: `mnist_ocr/images/normalise.py`.
 *
 * The pad knows its own ink, so nothing has to be searched for. Cut to the ink; give the stroke the width that it has
 * in MNIST; make the longer side 20 pixels; and move the box by whole pixels so that the centre of mass is at index 14
 * (LeCun, Cortes and Burges, The MNIST database). Distances and sums are in single precision, as Python has them.
 */

import {PIXELS, SIDE} from './digits';

/** Ink 0 to 1 or distances in pixels, in rows. */
export interface Field {
  values: Float32Array;
  height: number;
  width: number;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Reading {
  /** 784 of them, 0 background to 255 full ink. */
  pixels: Uint8Array;
  /** Around the ink, in pixels of the pad. */
  box: Box;
  /** How wide the stroke was, in pixels of the 28 x 28; it is made 2.6. */
  stroke: number;
  /** Whole pixels that the box was moved from the middle, for the centre of mass. */
  shift: {right: number; down: number};
}

const BOX = 20;
const CENTRE = 14; // index, not the middle (13.5) of 28 pixels

/** Strokes are measured and changed at this many pixels for each one of the 28 x 28. */
const FINER = 4;
const CANVAS = BOX * FINER;
/** Width of MNIST's strokes (median of the training pictures), at that scale. */
const STROKE = 0.13 * CANVAS;
/** Width over which ink fades into the ground: three quarters of a pixel of the 28 x 28. */
const SOFT_EDGE = 0.75 * FINER;
/** Where between ground (0) and ink (1) a stroke ends; less than half, so that lines a pixel wide hold. */
const EDGE = Math.fround(0.45);
/** Pixels beyond which the distance to the edge of a stroke is not needed. */
const REACH = 12;

/** What the network gets of a drawing; null where there is no ink. */
export function readInk(ink: Field): Reading | null {
  const box = boxAround(ink);
  if (!box) return null;
  const even = normaliseStrokeWidth(cut(ink, box));
  return {box, stroke: even.before, ...scaleAndCentre(even.ink)};
}

/** The smallest box around what is not 0; right and bottom are outside. */
export function boxAround({values, height, width}: {values: ArrayLike<number>; height: number; width: number}): Box | null {
  const box = {left: width, top: height, right: 0, bottom: 0};
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      if (values[row * width + column] === 0) continue;
      if (column < box.left) box.left = column;
      if (column >= box.right) box.right = column + 1;
      if (row < box.top) box.top = row;
      box.bottom = row + 1;
    }
  }
  return box.right === 0 ? null : box;
}

function normaliseStrokeWidth(ink: Field): {ink: Field; before: number} {
  const factor = CANVAS / Math.max(ink.height, ink.width);
  const bordered = padded(ink, 1); // so that ink at the side of its box fades like everywhere else
  const [height, width] = [bordered.height, bordered.width].map((side) => Math.max(1, rounded(side * factor)));
  const method = factor > 1 ? bicubic : box;
  const scaled = transposed(resampled(transposed(resampled(bordered, width, method)), height, method));
  const signed = signedDistance(padded(scaled, REACH));
  let [sum, inside] = [0, 0];
  for (const value of signed.values) {
    if (value < 0) [sum, inside] = [sum - value, inside + 1];
  }
  // In a band of width w the mean distance to its edge is w / 4.
  const before = inside ? (4 * sum) / inside : 0;
  const values = signed.values.map((value) => clip(0.5 + ((STROKE - before) / 2 - value) / SOFT_EDGE, 0, 1));
  return {ink: {...signed, values}, before: before / FINER};
}

function scaleAndCentre(ink: Field): Pick<Reading, 'pixels' | 'shift'> {
  const pixels = new Uint8Array(PIXELS);
  const around = boxAround(ink);
  if (!around) return {pixels, shift: {right: 0, down: 0}};
  const own = cut(ink, around);
  const longer = Math.max(own.height, own.width);
  const [height, width] = [own.height, own.width].map((side) => Math.max(1, rounded((side * BOX) / longer)));
  const small = transposed(averaged(transposed(averaged(own, width)), height)).values;
  let [mass, down, across] = [0, 0, 0];
  small.forEach((value, at) => {
    mass += value;
    down += value * Math.floor(at / width);
    across += value * (at % width);
  });
  // Ink at one end of its box can ask for more room than there is: stay inside.
  const top = clip(rounded(CENTRE - down / mass), 0, SIDE - height);
  const left = clip(rounded(CENTRE - across / mass), 0, SIDE - width);
  small.forEach((value, at) => {
    pixels[(top + Math.floor(at / width)) * SIDE + left + (at % width)] = rounded(Math.fround(clip(value, 0, 1) * 255));
  });
  return {pixels, shift: {right: left - Math.floor((SIDE - width) / 2), down: top - Math.floor((SIDE - height) / 2)}};
}

/** Distance to the edge of the ink: negative inside, positive outside, 0 between the pixels. */
function signedDistance({values, height, width}: Field): Field {
  const ink = Uint8Array.from(values, (value) => Number(value > EDGE));
  const inside = distance(ink, height, width);
  const outside = distance(ink.map((is) => 1 - is), height, width);
  return {height, width, values: inside.map((away, at) => (away > 0 ? 0.5 - away : outside[at] - 0.5))};
}

/**
 * Distance of every pixel in the mask to the nearest one outside it, 0 outside, `REACH` at most: the minimum over
 * columns of (distance along the column) ** 2 + (columns between) ** 2 (Felzenszwalb and Huttenlocher, 2012).
 */
function distance(mask: Uint8Array, height: number, width: number): Float32Array {
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

// Resampling as Pillow does it: every new pixel is a weighted mean of the old ones around its place. When a picture is
// made smaller the hill of weights is made as much wider. (The cubic is that of Keys, 1981, with a = -1/2.)

interface Hill {
  reach: number;
  height: (x: number) => number;
}

const box: Hill = {reach: 0.5, height: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)};

const bicubic: Hill = {
  reach: 2,
  height(x) {
    const a = Math.abs(x);
    if (a < 1) return (1.5 * a - 2.5) * a * a + 1;
    return a < 2 ? (((a - 5) * a + 8) * a - 4) * -0.5 : 0;
  },
};

function resampled(picture: Field, width: number, hill: Hill): Field {
  const scale = picture.width / width;
  const wider = Math.max(1, scale);
  return across(picture, width, (column) => {
    const centre = (column + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - hill.reach * wider + 0.5));
    const end = Math.min(picture.width, Math.trunc(centre + hill.reach * wider + 0.5));
    const weights = Array.from({length: end - first}, (_, tap) => hill.height((tap + first - centre + 0.5) / wider));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    return {first, weights: weights.map((weight) => weight / sum)};
  });
}

/** Each new pixel is the mean of what it covers. */
function averaged(picture: Field, width: number): Field {
  const scale = picture.width / width;
  return across(picture, width, (column) => {
    const [from, to] = [column * scale, (column + 1) * scale];
    const first = Math.floor(from);
    const length = Math.min(Math.ceil(to), picture.width) - first;
    const overlap = (pixel: number) => Math.min(to, pixel + 1) - Math.max(from, pixel);
    return {first, weights: Array.from({length}, (_, tap) => overlap(first + tap) / scale)};
  });
}

function across(
  {values, height, width: old}: Field,
  width: number,
  taps: (column: number) => {first: number; weights: number[]},
): Field {
  const out = new Float32Array(height * width);
  for (let column = 0; column < width; column += 1) {
    const {first, weights} = taps(column);
    for (let row = 0; row < height; row += 1) {
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap += 1) sum += values[row * old + first + tap] * weights[tap];
      out[row * width + column] = sum;
    }
  }
  return {values: out, height, width};
}

function transposed({values, height, width}: Field): Field {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) turned[column * height + row] = values[row * width + column];
  }
  return {values: turned, height: width, width: height};
}

/** A part of a field, with 0 where it reaches beyond it. */
function cut({values, height, width}: Field, {left, top, right, bottom}: Box): Field {
  const part = {values: new Float32Array((bottom - top) * (right - left)), height: bottom - top, width: right - left};
  const [from, to] = [Math.max(left, 0), Math.min(right, width)];
  for (let row = Math.max(top, 0); row < Math.min(bottom, height); row += 1) {
    part.values.set(values.subarray(row * width + from, row * width + to), (row - top) * part.width + from - left);
  }
  return part;
}

function padded(whole: Field, margin: number): Field {
  const {height, width} = whole;
  return cut(whole, {left: -margin, top: -margin, right: width + margin, bottom: height + margin});
}

const clip = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** To the nearest whole number, half-way cases to the even one, as Python and NumPy round. */
function rounded(number: number): number {
  const up = Math.round(number);
  return up - number === 0.5 && up % 2 !== 0 ? up - 1 : up;
}
