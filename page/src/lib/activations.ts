/**
 * What a node does with its total before it passes it on: the formulas of `mnist_ocr/graph/activations.py`.
 *
 * `forward` turns the totals of a layer into its values; `backward` is the chain rule through the same function: it
 * gets d loss / d value and overwrites it with d loss / d total. Both look at one image. For all of them the
 * derivative can be written in terms of the value alone. Softmax mixes the nodes of a layer, the others do not.
 */

export interface Activation {
  /** A node's value, given its total z. */
  formula: string;
  /** What it does, on one line. */
  words: string;
  /** The variance of the weights of a layer that has not learned: He et al. (2015), eq. 10; Glorot and Bengio (2010), eq. 12. */
  initialVariance: (fanIn: number, fanOut: number) => number;
  forward: (totals: Float64Array, values: Float64Array) => void;
  backward: (values: Float64Array, gradients: Float64Array) => void;
}

const he = (fanIn: number) => 2 / fanIn;
const glorot = (fanIn: number, fanOut: number) => 2 / (fanIn + fanOut);

export const ACTIVATIONS = {
  relu: {
    formula: 'max(0, total)',
    words: 'relu: a total below 0 becomes 0, any other stays as it is',
    initialVariance: he,
    forward(totals, values) {
      for (let j = 0; j < values.length; j += 1) values[j] = Math.max(0, totals[j]);
    },
    backward(values, gradients) {
      for (let j = 0; j < values.length; j += 1) if (!(values[j] > 0)) gradients[j] = 0;
    },
  },
  sigmoid: {
    formula: '1 / (1 + exp(−total))',
    words: 'sigmoid: squeezes the total into 0 to 1',
    initialVariance: glorot,
    forward(totals, values) {
      // (1 + tanh(z / 2)) / 2 is the same, and tanh overflows nowhere.
      for (let j = 0; j < values.length; j += 1) values[j] = 0.5 * (1 + Math.tanh(0.5 * totals[j]));
    },
    backward(values, gradients) {
      for (let j = 0; j < values.length; j += 1) gradients[j] *= values[j] * (1 - values[j]);
    },
  },
  tanh: {
    formula: 'tanh(total)',
    words: 'tanh: squeezes the total into −1 to 1',
    initialVariance: glorot,
    forward(totals, values) {
      for (let j = 0; j < values.length; j += 1) values[j] = Math.tanh(totals[j]);
    },
    backward(values, gradients) {
      for (let j = 0; j < values.length; j += 1) gradients[j] *= 1 - values[j] * values[j];
    },
  },
  linear: {
    formula: 'total',
    words: 'linear: the total is the value',
    initialVariance: glorot,
    forward(totals, values) {
      values.set(totals);
    },
    backward() {
      // The derivative of z is 1.
    },
  },
  softmax: {
    formula: 'exp(total) / sum of exp(total) over the layer',
    words: 'softmax: turns the totals of all outputs into shares that add up to 1',
    initialVariance: glorot,
    forward(totals, values) {
      // Taking the largest total away first changes no quotient and keeps exp from overflowing.
      const largest = totals.reduce((a, b) => Math.max(a, b));
      let whole = 0;
      for (let j = 0; j < values.length; j += 1) whole += values[j] = Math.exp(totals[j] - largest);
      for (let j = 0; j < values.length; j += 1) values[j] /= whole;
    },
    backward(values, gradients) {
      // d loss / d z_j = p_j (g_j - sum_k g_k p_k), g = d loss / d p: Bishop (2006), eq. 4.106.
      let mean = 0;
      for (let j = 0; j < values.length; j += 1) mean += gradients[j] * values[j];
      for (let j = 0; j < values.length; j += 1) gradients[j] = values[j] * (gradients[j] - mean);
    },
  },
} satisfies Record<string, Activation>;

export type ActivationName = keyof typeof ACTIVATIONS;
