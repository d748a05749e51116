// @ts-check
/**
 * Where the ink is: `mnist_ocr/images/ink.py`.
 *
 * Ink is what is darker than the paper around it. The brightness of the paper is a morphological closing of the
 * picture (Serra, 1982): dark valleys narrower than a square are filled. On a clean sheet that is white wherever no
 * blot is wider than the square, and darkness is 1 - brightness / paper. Whether the ink is dark or light shows by
 * the skew of the picture: ink is rare and far from its surroundings.
 */

import {field, median, medianOfCounts, rounded, transposed} from './arrays.js';
import {resized} from './resample.js';
import {windowMax, windowMean} from './windows.js';

/** @typedef {import('./arrays.js').Field} Field */

/** Ink is narrower than this share of the short side; what is wider is ground in another light. */
const VALLEY = 0.4;

/** In squares: a dark band along the edge is ink where it is narrower than this, and a shadow where not. */
const RIM = 1 / 4;

/** Radius, in short sides, of what a pixel is compared with to tell dark ink from light ink. */
const SURROUNDINGS = 1 / 4;

/** Of 255: below it differences are noise, which a logarithm must not blow up. */
const BLACK_LEVEL = 16;

/** Longer side of the picture in which the light is looked at. */
const SKETCH = 240;

/** What a closing cannot lift grain above; if it seems so, most of the picture is ink. */
const LEAST_TYPICAL = 0.5;

/** Median absolute deviation to standard deviation, for the normal distribution. */
const MAD_TO_SIGMA = 1.4826;

/**
 * How much darker than its paper every pixel is.
 *
 * @typedef {object} Darkness
 * @property {Field} field 0 paper to 1 black
 * @property {number} noise standard deviation of the paper's own values, robustly
 * @property {boolean} darkInk false where the picture was inverted, because its ink is light
 */

/**
 * Compare every pixel with the ground around it.
 *
 * @param {Field} grey brightness, 0 black to 255 white
 * @returns {Darkness}
 */
export function findDarkness(grey) {
  const {height, width} = grey;
  const sketch = sketchOf(grey);
  const darkInk = inkIsDark(sketch);
  const light = darkInk ? grey : inverted(grey);
  const sketchedPaper = paperOf(darkInk ? sketch : inverted(sketch));
  if (typeof sketchedPaper === 'number') return {...onEvenPaper(light, sketchedPaper), darkInk};
  const paper = resized(sketchedPaper, height, width, 'bilinear');
  const darkness = field(height, width);
  const {values} = darkness;
  // 1 of 255, so that black on black is nothing.
  for (let at = 0; at < values.length; at += 1) {
    values[at] = (light.values[at] + 1) / Math.fround(paper.values[at] + 1);
  }
  const typical = Math.fround(Math.max(median(values), LEAST_TYPICAL));
  for (let at = 0; at < values.length; at += 1) values[at] = 1 - Math.fround(values[at] / typical);
  const noise = noiseOf(darkness);
  for (let at = 0; at < values.length; at += 1) values[at] = Math.min(Math.max(values[at], 0), 1);
  return {field: darkness, noise, darkInk};
}

/**
 * The same where the paper is of one brightness: then the darkness of a pixel is a matter of its level alone.
 *
 * @param {Field} light brightness in whole numbers
 * @param {number} paper
 */
function onEvenPaper(light, paper) {
  const counts = new Uint32Array(256);
  for (const level of light.values) counts[level] += 1;
  const share = (/** @type {number} */ level) => Math.fround((level + 1) / Math.fround(paper + 1));
  const typical = Math.fround(Math.max(medianOfCounts(counts, share), LEAST_TYPICAL));
  const darkOf = Float32Array.from(counts, (_, level) => 1 - Math.fround(share(level) / typical));
  const darkness = field(light.height, light.width);
  const {values} = darkness;
  for (let at = 0; at < values.length; at += 1) values[at] = darkOf[light.values[at]];
  const noise = noiseOf(darkness);
  if (darkOf.some((dark) => dark < 0)) {
    for (let at = 0; at < values.length; at += 1) values[at] = Math.max(values[at], 0);
  }
  return {field: darkness, noise};
}

/** @param {Field} grey */
export function inverted({values, height, width}) {
  return field(height, width, (at) => 255 - values[at]);
}

/**
 * Standard deviation of the pixels' own noise: from neighbours, so that slow changes do not count.
 *
 * @param {Field} picture
 */
function noiseOf({values, height, width}) {
  if (width < 2) return 0;
  let even = 0;
  for (let row = 0; row < height; row += 1) {
    for (let at = row * width; at < (row + 1) * width - 1; at += 1) if (values[at] === values[at + 1]) even += 1;
  }
  if (even > (height * (width - 1)) / 2 + 1) return 0;
  const steps = field(height, width - 1);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width - 1; column += 1) {
      const at = row * width + column;
      steps.values[row * (width - 1) + column] = Math.abs(values[at + 1] - values[at]);
    }
  }
  return (MAD_TO_SIGMA * median(steps.values)) / Math.SQRT2;
}

/**
 * A smaller picture: light changes slowly, and need not be looked at in full.
 *
 * @param {Field} grey
 */
function sketchOf(grey) {
  const shrink = SKETCH / Math.max(grey.height, grey.width);
  if (shrink >= 1) return grey;
  const [height, width] = [grey.height, grey.width].map((side) => Math.max(1, rounded(side * shrink)));
  return resized(grey, height, width, 'bilinear');
}

/**
 * Whether what differs from its surroundings differs towards black: the sign of the skew, in logarithms.
 *
 * @param {Field} grey
 */
function inkIsDark({values, height, width}) {
  const light = field(height, width);
  for (let at = 0; at < values.length; at += 1) light.values[at] = Math.log(values[at] + BLACK_LEVEL);
  const radius = Math.max(2, rounded(Math.min(height, width) * SURROUNDINGS));
  const around = windowMean(light, radius);
  let skew = 0;
  for (let at = 0; at < values.length; at += 1) {
    const difference = light.values[at] - around.values[at];
    skew += difference * difference * difference;
  }
  return skew < 0;
}

/**
 * Brightness of the ground at every pixel: the minimum of the maximum over a square.
 *
 * @param {Field} light a sketch
 * @returns {Field | number} the number where it is the same everywhere
 */
function paperOf(light) {
  const {height, width} = light;
  const side = Math.max(3, rounded(Math.min(height, width) * VALLEY)) | 1; // odd: a square with a middle
  const rim = Math.max(1, rounded(side * RIM));
  let lightest = 0;
  for (const value of light.values) if (value > lightest) lightest = value;
  if (paperEverywhere(light, lightest, side, rim) || paperEverywhere(transposed(light), lightest, side, rim)) {
    return lightest;
  }
  const ground = transposed(continued(transposed(continued(light, side, rim)), side, rim));
  const closed = windowMax(negative(windowMax(ground, side)), side);
  const margin = (closed.width - width) / 2;
  return field(height, width, (at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    return -closed.values[(row + margin) * closed.width + column + margin];
  });
}

/**
 * Whether there is paper within every `side` pixels of a row, which makes the closing the same everywhere.
 *
 * So it is on nearly every clean sheet, along rows or along columns, and most of the work is saved. What touches the
 * end of a row has to leave paper in the rim, for that is what goes on outside.
 *
 * @param {Field} light
 * @param {number} paper the largest brightness
 * @param {number} side
 * @param {number} rim
 */
function paperEverywhere({values, height, width}, paper, side, rim) {
  for (let row = 0; row < height; row += 1) {
    const start = row * width;
    let before = rim - 1 - side; // the place of the last paper; the first has to come within the rim
    for (let column = 0; column < width; column += 1) {
      if (values[start + column] !== paper) continue;
      if (column - before > side) return false;
      before = column;
    }
    if (width - before > rim) return false;
  }
  return true;
}

/** @param {Field} picture */
function negative({values, height, width}) {
  return field(height, width, (at) => -values[at]);
}

/**
 * Rows added above and below: a shadow goes on outside of the picture, a stroke along its edge does not.
 *
 * @param {Field} light
 * @param {number} length how many
 * @param {number} rim the outermost rows, of which the brightest goes on
 */
function continued({values, height, width}, length, rim) {
  const longer = field(height + 2 * length, width);
  longer.values.set(values, length * width);
  const rows = Math.min(rim, height);
  const brightest = (/** @type {number} */ first) => {
    const line = values.slice(first * width, (first + 1) * width);
    for (let row = first + 1; row < first + rows; row += 1) {
      for (let column = 0; column < width; column += 1) {
        line[column] = Math.max(line[column], values[row * width + column]);
      }
    }
    return line;
  };
  const [above, below] = [brightest(0), brightest(height - rows)];
  for (let row = 0; row < length; row += 1) {
    longer.values.set(above, row * width);
    longer.values.set(below, (length + height + row) * width);
  }
  return longer;
}
