// @ts-check
/**
 * Numbers and places as people read them.
 */

/**
 * Two to four figures that matter, with a true minus sign; what is too small for that as a power of ten.
 *
 * @param {number} value
 * @returns {string}
 */
export function amount(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1e-3 && size < 1e5 ? size.toFixed(size >= 100 ? 1 : 4) : size.toExponential(2);
  return (value < 0 ? '\u2212' : '') + text;
}

/**
 * With its sign, as a part of a sum.
 *
 * @param {number} value
 * @returns {string}
 */
export function signed(value) {
  return value > 0 ? `+${amount(value)}` : amount(value);
}

/**
 * A part as people write it; what is not certain is never shown as 100 %, nor what is possible as 0 %.
 *
 * @param {number} part 0 to 1
 * @returns {string}
 */
export function percent(part) {
  if (part > 0.999 && part < 1) return '> 99.9 %';
  if (part > 0 && part < 0.001) return '< 0.1 %';
  return `${(100 * part).toFixed(1)} %`;
}

/**
 * A count with its thing.
 *
 * @param {number} number
 * @param {string} thing
 * @returns {string}
 */
export function count(number, thing) {
  return `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`;
}

/**
 * What an activation does, on one line.
 *
 * @type {Record<string, string>}
 */
export const ACTIVATION_WORDS = {
  relu: 'relu: a total below 0 becomes 0, any other stays as it is',
  sigmoid: 'sigmoid: squeezes the total into 0 to 1',
  tanh: 'tanh: squeezes the total into \u22121 to 1',
  linear: 'linear: the total is the value',
  softmax: 'softmax: turns the totals of all outputs into shares that add up to 1',
};
