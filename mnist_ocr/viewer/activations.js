// @ts-check
/**
 * What a node does with its total before it passes it on: the formulas of `mnist_ocr/graph/activations.py`.
 *
 * `apply` turns the totals of a layer into its values; `pullBack` is the chain rule through the same
 * function: it gets d loss / d value and overwrites it with d loss / d total. Both look at one image, and
 * both can be written in terms of the value alone. Softmax mixes the nodes of a layer, the others do not.
 *
 * @typedef {'relu' | 'sigmoid' | 'tanh' | 'linear' | 'softmax'} ActivationName
 *
 * @typedef {object} Activation
 * @property {string} formula what a node's value is, given its total z
 * @property {(totals: Float64Array, out: Float64Array) => void} apply
 * @property {(values: Float64Array, gradients: Float64Array) => void} pullBack
 */

/**
 * A function of one node's total, given with its slope f'(z) in terms of the value f(z).
 * @param {string} formula
 * @param {(total: number) => number} value
 * @param {(value: number) => number} slope
 * @returns {Activation}
 */
function nodeByNode(formula, value, slope) {
  return {
    formula,
    apply(totals, out) {
      for (let j = 0; j < out.length; j++) out[j] = value(totals[j]);
    },
    pullBack(values, gradients) {
      for (let j = 0; j < values.length; j++) gradients[j] *= slope(values[j]);
    },
  };
}

/** @type {Activation} */
const softmax = {
  formula: 'exp(z) / sum of exp(z) over the layer',
  apply(totals, out) {
    // Taking the largest total away first changes no quotient and keeps exp from overflowing.
    const largest = totals.reduce((a, b) => Math.max(a, b));
    let whole = 0;
    for (let j = 0; j < out.length; j++) whole += out[j] = Math.exp(totals[j] - largest);
    for (let j = 0; j < out.length; j++) out[j] /= whole;
  },
  pullBack(values, gradients) {
    // d loss / d z_j = p_j (g_j - sum_k g_k p_k), g = d loss / d p: Bishop (2006), eq. 4.106.
    let mean = 0;
    for (let j = 0; j < values.length; j++) mean += gradients[j] * values[j];
    for (let j = 0; j < values.length; j++) gradients[j] = values[j] * (gradients[j] - mean);
  },
};

/** @type {Record<ActivationName, Activation>} */
export const ACTIVATIONS = {
  relu: nodeByNode('max(0, z)', (z) => Math.max(0, z), (value) => (value > 0 ? 1 : 0)),
  // (1 + tanh(z / 2)) / 2 is the same, and tanh overflows nowhere.
  sigmoid: nodeByNode('1 / (1 + exp(-z))', (z) => 0.5 * (1 + Math.tanh(0.5 * z)), (value) => value * (1 - value)),
  tanh: nodeByNode('tanh(z)', Math.tanh, (value) => 1 - value * value),
  linear: nodeByNode('z', (z) => z, () => 1),
  softmax,
};
