// @ts-check
/**
 * How wrong an answer is, as one number, and which way it grows: `mnist_ocr/graph/losses.py` for one image.
 *
 * A loss compares the output values with the targets: a single 1 in the right place (one-hot), or any other
 * distribution. `pullBack` writes d loss / d total of every output node.
 *
 * @typedef {'cross-entropy' | 'binary-cross-entropy' | 'squared-error'} LossName
 *
 * @typedef {object} Loss
 * @property {string} formula the loss of one image, a = value, t = target, z = total of an output node
 * @property {string | null} needs the activation that the output layer must have, or null when any will do
 * @property {(totals: Float64Array, values: Float64Array, targets: Float64Array) => number} of
 * @property {(activation: import('./activations.js').Activation, values: Float64Array,
 *   targets: Float64Array, out: Float64Array) => void} pullBack
 */

/** @type {Record<LossName, Loss>} */
export const LOSSES = {
  'cross-entropy': {
    formula: '-sum of t log(a), computed as log(sum of exp(z)) - sum of t z',
    needs: 'softmax',
    of(totals, values, targets) {
      // From the totals: a value may have become 0, and its logarithm is no number; log-sum-exp always is.
      const largest = totals.reduce((a, b) => Math.max(a, b));
      let whole = 0;
      let expected = 0;
      for (let j = 0; j < totals.length; j++) {
        whole += Math.exp(totals[j] - largest);
        expected += targets[j] * (totals[j] - largest);
      }
      return Math.log(whole) - expected;
    },
    pullBack(activation, values, targets, out) {
      // Through softmax and the logarithm at once, everything cancels but p - t: Bishop (2006), eq. 4.109.
      for (let j = 0; j < values.length; j++) out[j] = values[j] - targets[j];
    },
  },
  'binary-cross-entropy': {
    formula: '-sum of t log(a) + (1 - t) log(1 - a), computed as max(z, 0) - t z + log(1 + exp(-|z|))',
    needs: 'sigmoid',
    of(totals, values, targets) {
      let sum = 0;
      for (let j = 0; j < totals.length; j++) {
        sum += Math.max(totals[j], 0) - targets[j] * totals[j] + Math.log1p(Math.exp(-Math.abs(totals[j])));
      }
      return sum;
    },
    pullBack(activation, values, targets, out) {
      // Through sigmoid and the logarithm at once: Bishop (2006), eq. 4.91 before the sum over images.
      for (let j = 0; j < values.length; j++) out[j] = values[j] - targets[j];
    },
  },
  'squared-error': {
    formula: '1/2 sum of (a - t)^2',
    needs: null,
    of(totals, values, targets) {
      let sum = 0;
      for (let j = 0; j < values.length; j++) sum += (values[j] - targets[j]) ** 2;
      return 0.5 * sum;
    },
    pullBack(activation, values, targets, out) {
      for (let j = 0; j < values.length; j++) out[j] = values[j] - targets[j];
      activation.pullBack(values, out);
    },
  },
};
