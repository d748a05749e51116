// @ts-check
/**
 * A layer: the owner of the numbers, and the arithmetic through them for one image.
 *
 *     total j = bias j + sum over i of weight[j, i] * value i of the layer before
 *     value   = activation(total)
 *
 * and on the way back, with gradient = d loss / d total,
 *
 *     d loss / d weight[j, i] = gradient j * value i of the layer before
 *     d loss / d bias j       = gradient j
 *     d loss / d value i of the layer before = sum over j of gradient j * weight[j, i]
 *
 * (Rumelhart, Hinton and Williams, 1986.) An edge's gradient is one product of numbers that are kept, so it is
 * computed when somebody looks at it, and can be no old copy.
 */

import {ACTIVATIONS} from './activations.js';

/** @typedef {import('./activations.js').ActivationName} ActivationName */

export class Layer {
  /**
   * @param {string} name 'input', 'hidden', 'output', or what a person called it
   * @param {number} size the number of its nodes
   * @param {ActivationName} activation what its nodes do with their totals; the input's pass on what they are given
   * @param {Layer | null} previous the layer before, null for the input
   */
  constructor(name, size, activation, previous) {
    this.name = name;
    this.size = size;
    this.activation = activation;
    this.previous = previous;
    /** What people call the nodes. @type {string[]} */
    this.nodeNames = Array.from({length: size}, (_, j) => `${name}[${j}]`);
    /** Row j, the edges into node j, begins at j * fanIn; the input has none. @type {Float64Array} */
    this.weights = new Float64Array(0);
    /** What each node's total starts from; the input has none. @type {Float64Array} */
    this.biases = new Float64Array(0);
    /** Before the activation, of the last `forward`; the input adds nothing up and has none. */
    this.totals = new Float64Array(previous ? size : 0);
    /** What each node passes on; for the input, the pixels. */
    this.values = new Float64Array(size);
    /** d loss / d total, of the last `backward`; for the input, which has no totals, d loss / d value. */
    this.gradients = new Float64Array(size);
  }

  /**
   * Its place in the network, 0 for the input.
   *
   * @returns {number}
   */
  get index() {
    return this.previous ? this.previous.index + 1 : 0;
  }

  /** The number of edges into each node. */
  get fanIn() {
    return this.previous ? this.previous.size : 0;
  }

  /** The number of weights and biases. */
  get parameterCount() {
    return this.previous ? this.size * (this.fanIn + 1) : 0;
  }

  /**
   * Make the weights and biases views of a stretch of the network's one vector.
   *
   * @param {Float64Array} parameters `parameterCount` of them, the weights node by node and then the biases
   */
  bind(parameters) {
    const edges = this.size * this.fanIn;
    this.weights = parameters.subarray(0, edges);
    this.biases = parameters.subarray(edges);
  }

  /** Compute totals and values from the values of the layer before. */
  forward() {
    const {size, fanIn, weights, biases, totals} = this;
    const signals = /** @type {Layer} */ (this.previous).values;
    for (let j = 0; j < size; j += 1) {
      const row = j * fanIn;
      let total = biases[j];
      for (let i = 0; i < fanIn; i += 1) total += weights[row + i] * signals[i];
      totals[j] = total;
    }
    ACTIVATIONS[this.activation].apply(totals, this.values);
  }

  /** Turn this layer's gradients into those of the layer before. */
  backward() {
    const {size, fanIn, weights, gradients} = this;
    const previous = /** @type {Layer} */ (this.previous);
    const before = previous.gradients.fill(0);
    for (let j = 0; j < size; j += 1) {
      const gradient = gradients[j];
      if (gradient === 0) continue;
      const row = j * fanIn;
      for (let i = 0; i < fanIn; i += 1) before[i] += gradient * weights[row + i];
    }
    ACTIVATIONS[previous.activation].pullBack(previous.values, before);
  }

  /**
   * Move every parameter against its gradient.
   *
   * @param {number} learningRate
   */
  step(learningRate) {
    const {size, fanIn, weights, biases, gradients} = this;
    const signals = /** @type {Layer} */ (this.previous).values;
    for (let j = 0; j < size; j += 1) {
      const gradient = gradients[j];
      if (gradient === 0) continue;
      const row = j * fanIn;
      for (let i = 0; i < fanIn; i += 1) weights[row + i] -= learningRate * (gradient * signals[i]);
      biases[j] -= learningRate * gradient;
    }
  }
}
