// @ts-check
/**
 * The arrays that the steps of reading a drawing hand to each other, and what NumPy would do with them.
 *
 * All are in rows, the upper left corner first. Numbers are kept in single precision, as `mnist_ocr/images` keeps
 * them, so that the same pixels lie above a level here and there.
 */

/**
 * Brightness 0 to 255, darkness or ink 0 to 1, distances in pixels.
 *
 * @typedef {object} Field
 * @property {Float32Array} values height * width of them
 * @property {number} height
 * @property {number} width
 */

/**
 * Which pixels, 1 for yes.
 *
 * @typedef {object} Mask
 * @property {Uint8Array} values height * width of them
 * @property {number} height
 * @property {number} width
 */

/**
 * Pixels of a field or mask; right and bottom are outside.
 *
 * @typedef {object} Box
 * @property {number} left
 * @property {number} top
 * @property {number} right
 * @property {number} bottom
 */

/**
 * @param {number} height
 * @param {number} width
 * @param {(index: number) => number} [value] of each pixel; 0 without
 * @returns {Field}
 */
export function field(height, width, value) {
  const values = new Float32Array(height * width);
  if (value) for (let at = 0; at < values.length; at += 1) values[at] = value(at);
  return {values, height, width};
}

/**
 * To the nearest whole number, half-way cases to the even one, as Python and NumPy round.
 *
 * @param {number} number
 */
export function rounded(number) {
  const up = Math.round(number);
  return up - number === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/**
 * The middle one of the numbers by size, or the mean of the two in the middle.
 *
 * @param {Float32Array} numbers at least one
 */
export function median(numbers) {
  // The paper of a drawing is all one number, and then nothing has to be sorted.
  const [first, half] = [numbers[0], numbers.length / 2];
  let [same, below] = [0, 0];
  for (const number of numbers) {
    if (number === first) same += 1;
    else if (number < first) below += 1;
  }
  if (below < half - 1 && below + same > half) return first;
  const sorted = numbers.slice().sort();
  return Math.fround((sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2);
}

/**
 * The median of whole numbers, of which is known how often each occurs.
 *
 * @param {Uint32Array} counts
 * @param {(number: number) => number} [value] what each of them stands for, the larger for the larger
 */
export function medianOfCounts(counts, value = (number) => number) {
  const whole = counts.reduce((sum, count) => sum + count, 0);
  const [low, high] = [Math.floor((whole - 1) / 2), Math.floor(whole / 2)].map((place) => {
    let before = 0;
    return counts.findIndex((count) => (before += count) > place);
  });
  return (value(low) + value(high)) / 2;
}

/**
 * The smallest box around the pixels that are not 0.
 *
 * @param {{values: ArrayLike<number>, height: number, width: number}} picture
 * @returns {Box | null} null where all are 0
 */
export function boxAround({values, height, width}) {
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

/**
 * A part of a field, with 0 where it reaches beyond it.
 *
 * @param {Field} whole
 * @param {Box} box
 * @returns {Field}
 */
export function cut({values, height, width}, {left, top, right, bottom}) {
  const part = field(bottom - top, right - left);
  const [from, to] = [Math.max(left, 0), Math.min(right, width)];
  for (let row = Math.max(top, 0); row < Math.min(bottom, height); row += 1) {
    const line = values.subarray(row * width + from, row * width + to);
    part.values.set(line, (row - top) * part.width + from - left);
  }
  return part;
}

/**
 * A field with a margin of zeros.
 *
 * @param {Field} whole
 * @param {number} margin
 */
export function padded(whole, margin) {
  const {height, width} = whole;
  return cut(whole, {left: -margin, top: -margin, right: width + margin, bottom: height + margin});
}

/**
 * Rows become columns.
 *
 * @param {Field} whole
 * @returns {Field}
 */
export function transposed({values, height, width}) {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) turned[column * height + row] = values[row * width + column];
  }
  return {values: turned, height: width, width: height};
}
