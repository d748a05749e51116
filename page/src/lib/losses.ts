/**
 * How wrong an answer is, as one number, and which way it grows: `mnist_ocr/graph/losses.py` for one image.
 *
 * A loss compares the output values with the targets: a single 1 in the right place (one-hot), or any other
 * distribution. `backward` writes d loss / d total of every output node.
 */

import type {Activation} from './activations';

export interface Loss {
  /** The loss of one image, a = value, t = target. */
  formula: string;
  /** The activation that the output layer must have, or null when any will do. */
  needs: string | null;
  of: (totals: Float64Array, values: Float64Array, targets: Float64Array) => number;
  backward: (activation: Activation, values: Float64Array, targets: Float64Array, out: Float64Array) => void;
}

// Through softmax or sigmoid and the logarithm at once, everything cancels but a - t: Bishop (2006), eq. 4.109 and 4.91.
const differences: Loss['backward'] = (_, values, targets, out) => {
  for (let j = 0; j < values.length; j += 1) out[j] = values[j] - targets[j];
};

export const LOSSES = {
  'cross-entropy': {
    formula: '−sum of t log(a)',
    needs: 'softmax',
    of(totals, _, targets) {
      // From the totals: a value may have become 0, and its logarithm is no number; log-sum-exp always is.
      const largest = totals.reduce((a, b) => Math.max(a, b));
      let whole = 0;
      let expected = 0;
      for (let j = 0; j < totals.length; j += 1) {
        whole += Math.exp(totals[j] - largest);
        expected += targets[j] * (totals[j] - largest);
      }
      return Math.log(whole) - expected;
    },
    backward: differences,
  },
  'binary-cross-entropy': {
    formula: '−sum of t log(a) + (1 − t) log(1 − a)',
    needs: 'sigmoid',
    of(totals, _, targets) {
      let sum = 0;
      for (let j = 0; j < totals.length; j += 1) {
        sum += Math.max(totals[j], 0) - targets[j] * totals[j] + Math.log1p(Math.exp(-Math.abs(totals[j])));
      }
      return sum;
    },
    backward: differences,
  },
  'squared-error': {
    formula: '½ sum of (a − t)²',
    needs: null,
    of(_, values, targets) {
      let sum = 0;
      for (let j = 0; j < values.length; j += 1) sum += (values[j] - targets[j]) ** 2;
      return 0.5 * sum;
    },
    backward(activation, values, targets, out) {
      differences(activation, values, targets, out);
      activation.backward(values, out);
    },
  },
} satisfies Record<string, Loss>;

export type LossName = keyof typeof LOSSES;
