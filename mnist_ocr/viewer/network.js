// @ts-check
/**
 * A network that computes in front of your eyes: `mnist_ocr/graph/network.py` for one image at a time.
 *
 *     const network = Network.fromDocument(readModel(text, 'model.json'));
 *     network.forward(pixels);      // 784 numbers, 0 paper to 1 ink -> the ten output values
 *     network.backward(7);          // it was a 7: the loss, and which way each weight should go
 *     network.step(0.1);            // one small move of every weight against its gradient
 *
 * All arithmetic is in double precision on the numbers of the file. (Those of a float32 file are float32
 * numbers, as they are for Python; only the saving of a changed network rounds to float32 again.) `backward`
 * overwrites what an earlier one left. The parameters live in one vector, and the arrays of the layers are
 * views of it, so a number has one owner: writing into `network.layers[1].weights` is editing the network.
 *
 * Layers are counted as in the file: k = 0 is the input, and the edge to node j of layer k from node i of
 * layer k - 1 is `layers[k].nodes[j].weights[i]`.
 */

import {ACTIVATIONS} from './activations.js';
import {exactSum} from './exactsum.js';
import {ABOUT, FORMAT, VERSION} from './form.js';
import {Layer} from './layer.js';
import {LOSSES} from './losses.js';

export {Layer};

/** @typedef {import('./form.js').ModelDocument} ModelDocument */

/**
 * What one edge brings to a node's total.
 *
 * @typedef {object} Term
 * @property {number} source index of the node that the edge comes from
 * @property {number} weight
 * @property {number} value of the source
 * @property {number} contribution weight * value
 */

/**
 * How a node came to its value: the values are those of the last `forward`, the weights those of now. After a change
 * they belong together again once `forward` has run.
 *
 * @typedef {object} Sum
 * @property {Term[]} terms the largest first, whatever their sign
 * @property {number} bias
 * @property {number} total the node's own, added up edge by edge
 * @property {number} exact the bias and all contributions, added up without rounding
 * @property {number} residual total - exact: what adding up edge by edge has rounded away
 * @property {number} value activation(total)
 */

export class Network {
  /**
   * @param {Layer[]} layers input first
   * @param {import('./losses.js').LossName} loss
   * @param {'float32' | 'float64'} numbers the precision of the file
   */
  constructor(layers, loss, numbers) {
    this.layers = layers;
    this.loss = loss;
    this.numbers = numbers;
    /**
     * What the header of the file tells besides, as it was read.
     *
     * @type {Partial<Pick<ModelDocument, 'about' | 'training' | 'sure_above'>>}
     */
    this.notes = {};
    /** Every weight and bias; layer by layer, the weights node by node and then the biases. */
    this.parameters = new Float64Array(layers.reduce((sum, layer) => sum + layer.parameterCount, 0));
    let start = 0;
    for (const layer of layers) {
      layer.bind(this.parameters.subarray(start, start + layer.parameterCount));
      start += layer.parameterCount;
    }
  }

  /**
   * @param {ModelDocument} document one that `readModel` of modelfile.js has checked
   * @returns {Network}
   */
  static fromDocument(document) {
    /** @type {Layer[]} */
    const layers = [];
    for (const {name, size, activation = 'linear'} of document.layers) {
      layers.push(new Layer(name, size, activation, layers.at(-1) ?? null));
    }
    const network = new Network(layers, document.loss, document.numbers);
    const asKept = document.numbers === 'float32' ? Math.fround : Number;
    for (const layer of layers.slice(1)) {
      const nodes = document.layers[layer.index].nodes ?? [];
      layer.nodeNames = nodes.map((node) => node.name);
      nodes.forEach(({bias, weights}, j) => {
        layer.biases[j] = asKept(bias);
        const row = j * layer.fanIn;
        for (let i = 0; i < layer.fanIn; i += 1) layer.weights[row + i] = asKept(weights[i]);
      });
    }
    const {about, training, sure_above} = document;
    network.notes = {about, training, sure_above};
    return network;
  }

  /** The layer that takes the image. */
  get input() {
    return this.layers[0];
  }

  /** The layer that answers. */
  get output() {
    return this.layers[this.layers.length - 1];
  }

  // The verbs.

  /**
   * Send one image through; every node keeps its total and value.
   *
   * @param {ArrayLike<number>} pixels one finite number for each input node
   * @returns {Float64Array} a copy of the output values
   * @throws {RangeError} they are too many or too few, or not finite
   */
  forward(pixels) {
    const {size, values} = this.input;
    if (pixels.length !== size) throw new RangeError(`${pixels.length} pixels: expected ${size}`);
    for (let i = 0; i < size; i += 1) {
      if (!Number.isFinite(pixels[i])) throw new RangeError(`pixel ${i} is ${pixels[i]}: expected a finite number`);
      values[i] = pixels[i];
    }
    for (const layer of this.layers.slice(1)) layer.forward();
    return this.output.values.slice();
  }

  /**
   * How wrong the answer of the last `forward` is.
   *
   * @param {number | ArrayLike<number>} target a label, or what each output node should have said
   */
  lossOf(target) {
    const {totals, values} = this.output;
    return LOSSES[this.loss].of(totals, values, this.targetsOf(target));
  }

  /**
   * Find d loss / d everything for the image of the last `forward`; overwrites what was there.
   *
   * @param {number | ArrayLike<number>} target a label, or what each output node should have said
   * @returns {number} the loss, of which the gradients are the derivative
   */
  backward(target) {
    const {output} = this;
    const targets = this.targetsOf(target);
    LOSSES[this.loss].pullBack(ACTIVATIONS[output.activation], output.values, targets, output.gradients);
    for (const layer of this.layers.slice(1).reverse()) layer.backward();
    return LOSSES[this.loss].of(output.totals, output.values, targets);
  }

  /**
   * Move every parameter against its gradient: parameter -= learning rate * gradient.
   *
   * The gradients are those of the last `backward`, and no `forward` may come in between. Totals and values stay
   * those of the network before the step until the next `forward`.
   *
   * @param {number} learningRate
   */
  step(learningRate) {
    for (const layer of this.layers.slice(1)) layer.step(learningRate);
  }

  // Looking at single edges.

  /**
   * d loss / d weight of the edge to node j of layer k from node i of the layer before.
   *
   * @param {number} k
   * @param {number} j
   * @param {number} i
   */
  weightGradient(k, j, i) {
    return this.layers[k].gradients[j] * this.layers[k - 1].values[i];
  }

  /**
   * What an edge brings to its target's total: weight * value of the source.
   *
   * @param {number} k
   * @param {number} j
   * @param {number} i
   */
  contribution(k, j, i) {
    const layer = this.layers[k];
    return layer.weights[j * layer.fanIn + i] * this.layers[k - 1].values[i];
  }

  /**
   * How node j of layer k > 0 came to its value.
   *
   * @param {number} k
   * @param {number} j
   * @returns {Sum}
   */
  terms(k, j) {
    const {weights, biases, totals, values, fanIn} = this.layers[k];
    const signals = this.layers[k - 1].values;
    const terms = Array.from(signals, (value, source) => {
      const weight = weights[j * fanIn + source];
      return {source, weight, value, contribution: weight * value};
    });
    const [bias, total] = [biases[j], totals[j]];
    const parts = [bias, ...terms.map((term) => term.contribution)];
    return {
      terms: terms.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)),
      bias,
      total,
      exact: exactSum(parts),
      residual: exactSum([total, ...parts.map((part) => -part)]),
      value: values[j],
    };
  }

  // Taking changes back, and keeping them.

  /** A copy of every weight and bias, for `setParameters`. */
  copyParameters() {
    return this.parameters.slice();
  }

  /** @param {Float64Array} copy what `copyParameters` gave */
  setParameters(copy) {
    this.parameters.set(copy);
  }

  /**
   * The network as it is now, in the form of the file.
   *
   * @returns {ModelDocument}
   */
  toDocument() {
    const {about = ABOUT, training = new Map(), sure_above} = this.notes;
    return {
      format: FORMAT,
      version: VERSION,
      about,
      training,
      ...(sure_above === undefined ? {} : {sure_above}),
      loss: this.loss,
      numbers: this.numbers,
      layers: this.layers.map(({name, size, activation, previous, nodeNames, biases, weights, fanIn}) =>
        previous
          ? {
              name,
              size,
              activation,
              nodes: nodeNames.map((nodeName, j) => ({
                name: nodeName,
                bias: biases[j],
                weights: weights.slice(j * fanIn, (j + 1) * fanIn),
              })),
            }
          : {name, size},
      ),
    };
  }

  /**
   * What the output nodes should have said, one number each.
   *
   * @param {number | ArrayLike<number>} target
   * @returns {Float64Array}
   * @throws {RangeError} there is no such label, or the numbers are too many or too few
   */
  targetsOf(target) {
    const {size} = this.output;
    if (typeof target === 'number') {
      if (!Number.isInteger(target) || target < 0 || target >= size) {
        throw new RangeError(`label ${target}: expected 0 to ${size - 1}, one for each output node`);
      }
      return Float64Array.from({length: size}, (_, j) => (j === target ? 1 : 0));
    }
    if (target.length !== size) throw new RangeError(`${target.length} targets: expected ${size}`);
    return Float64Array.from(target);
  }
}
