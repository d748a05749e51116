// @ts-check
/**
 * What a person does to a network: shows it a picture, tells it the truth, changes it, takes that back.
 *
 * No word of the page is in here. Every change is remembered together with its way back, and with what the
 * network said before and after it.
 */

import {answerOf} from './answer.js';

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./answer.js').Answer} Answer */

/**
 * @typedef {object} Change
 * @property {string} words what was done
 * @property {() => void} back takes it back
 * @property {number} numbers of memory that the way back holds
 */

/**
 * @typedef {object} Effect what a change did to the answer
 * @property {string} words
 * @property {Answer} before
 * @property {Answer} after
 * @property {number | null} lossBefore null as long as the truth is not known
 * @property {number | null} lossAfter
 */

/** Numbers that all ways back together may hold: 200 MB. The oldest are forgotten first. */
const MOST_REMEMBERED = 25e6;

export class Session {
  /**
   * @param {Network} network
   * @param {number} sureAbove confidence from which an answer counts as sure
   */
  constructor(network, sureAbove) {
    this.network = network;
    this.sureAbove = sureAbove;
    this.original = network.copyParameters();
    /** @type {Change[]} */
    this.changes = [];
    /** @type {Float64Array | null} */
    this.pixels = null;
    /** @type {Answer | null} */
    this.answer = null;
    /** @type {number | null} */
    this.truth = null;
    /** @type {number | null} */
    this.loss = null;
    /** @type {Effect | null} */
    this.effect = null;
  }

  /**
   * Show it a picture.
   *
   * @param {Uint8Array | null} pixels 784 of them, 0 paper to 255 ink, or null for none
   */
  look(pixels) {
    this.pixels = pixels && Float64Array.from(pixels, (pixel) => pixel / 255);
    this.effect = null;
    if (!pixels) this.truth = null;
    this.think();
  }

  /** Compute everything again that the picture and the parameters decide. */
  think() {
    this.answer = null;
    this.loss = null;
    if (!this.pixels) return;
    const values = this.network.forward(this.pixels);
    this.answer = answerOf(values, this.network.output.activation, this.sureAbove);
    if (this.truth !== null) this.loss = this.network.backward(this.truth);
  }

  /**
   * Say what the digit really is; the gradients are known from then on.
   *
   * @param {number | null} digit
   */
  tell(digit) {
    this.truth = digit;
    this.effect = null;
    this.think();
  }

  /**
   * One step of gradient descent on this one picture.
   *
   * @param {number} learningRate
   */
  step(learningRate) {
    if (this.loss === null) return;
    const copy = this.network.copyParameters();
    this.change({
      words: `one step with learning rate ${learningRate}`,
      back: () => this.network.setParameters(copy),
      numbers: countNumbers(this.network),
    }, () => this.network.step(learningRate));
  }

  /**
   * @param {number} layer
   * @param {number} node
   * @param {number} source node of the layer before
   * @param {number} weight
   */
  setWeight(layer, node, source, weight) {
    const {weights, previous} = this.network.layers[layer];
    this.setNumber(weights, node * size(previous) + source, weight, `${pathOf(layer, node, source)} = ${weight}`);
  }

  /**
   * @param {number} layer
   * @param {number} node
   * @param {number} bias
   */
  setBias(layer, node, bias) {
    this.setNumber(this.network.layers[layer].biases, node, bias, `${pathOf(layer, node)}.bias = ${bias}`);
  }

  /**
   * Cut all edges that lead away from a node: whatever it computes, nobody hears of it.
   *
   * @param {number} layer not the last
   * @param {number} node
   */
  switchOff(layer, node) {
    const {weights, size: above} = this.network.layers[layer + 1];
    const below = this.network.layers[layer].size;
    const old = Array.from({length: above}, (_, target) => weights[target * below + node]);
    this.change({
      words: `${pathOf(layer, node)} switched off`,
      back: () => old.forEach((weight, target) => void (weights[target * below + node] = weight)),
      numbers: above,
    }, () => old.forEach((_, target) => void (weights[target * below + node] = 0)));
  }

  /** Take the last change back. */
  undo() {
    const change = this.changes.pop();
    if (!change) return;
    change.back();
    this.effect = null;
    this.think();
  }

  /** Everything as it stands in the file. */
  reset() {
    this.network.setParameters(this.original);
    this.changes = [];
    this.effect = null;
    this.think();
  }

  /**
   * @param {Float64Array} numbers
   * @param {number} place
   * @param {number} value
   * @param {string} words
   */
  setNumber(numbers, place, value, words) {
    const old = numbers[place];
    if (old === value) return;
    this.change({words, back: () => void (numbers[place] = old), numbers: 1}, () => void (numbers[place] = value));
  }

  /**
   * @param {Change} change
   * @param {() => void} does
   */
  change(change, does) {
    const {answer: before, loss: lossBefore} = this;
    does();
    this.changes.push(change);
    let held = this.changes.reduce((sum, {numbers}) => sum + numbers, 0);
    while (held > MOST_REMEMBERED && this.changes.length > 1) {
      held -= /** @type {Change} */ (this.changes.shift()).numbers;
    }
    this.think();
    const {answer: after, loss: lossAfter} = this;
    this.effect = before && after && {words: change.words, before, after, lossBefore, lossAfter};
  }
}

/**
 * The place of a node, or of an edge, in the model file.
 *
 * @param {number} layer
 * @param {number} node
 * @param {number} [source] node that the edge comes from
 */
export function pathOf(layer, node, source) {
  const path = `layers[${layer}].nodes[${node}]`;
  return source === undefined ? path : `${path}.weights[${source}]`;
}

/** @param {{size: number} | null} layer */
const size = (layer) => (layer ? layer.size : 0);

/** @param {Network} network */
const countNumbers = (network) =>
  network.layers.slice(1).reduce((sum, layer) => sum + layer.size + layer.size * size(layer.previous), 0);
