/**
 * The training loop, `mnist_ocr/training/train.py` without a window: it can stop after any image.
 *
 *     for each epoch, for each batch of images:
 *         what does the network say? how wrong is that, and which way is down? one step down
 *
 * Gradients are means over the images of a batch.
 */

import type {Digits} from './digits';
import {pathOf, type Network} from './network';
import {Optimizer, type OptimizerName} from './optimizers';
import {permutation, uniforms} from './random';

export interface TrainingConfig {
  optimizer: OptimizerName;
  learningRate: number;
  batchSize: number;
  weightDecay: number;
  momentum: number;
  /** Whether each image is varied a little each time that it is shown. */
  vary: boolean;
  seed: number;
}

export interface Score {
  accuracy: number;
  loss: number;
}

export class Trainer {
  /** Counted from 0; `position` images of this epoch were seen. */
  epoch = 0;
  position = 0;
  images = 0;
  /** Sums over the images since `takeScore` was last asked. */
  private sums = {images: 0, loss: 0, correct: 0};
  /** Where a number stopped being finite; nothing is learned from there on. */
  diverged = '';
  readonly optimizer: Optimizer;
  private readonly gradients: Float64Array;
  private readonly pixels: Float64Array;
  private readonly next: () => number;
  private order: Uint32Array;

  constructor(readonly network: Network, readonly digits: Digits, readonly config: TrainingConfig) {
    this.optimizer = new Optimizer(config.optimizer, network.parameters, config.weightDecay, config.momentum);
    this.gradients = new Float64Array(network.parameters.length);
    this.pixels = new Float64Array(network.input.size);
    this.next = uniforms(config.seed);
    this.order = permutation(digits.count, this.next);
  }

  /** Learn from the next images of this epoch, a batch or (the last of an epoch) fewer. Returns how many. */
  step(size = this.config.batchSize): number {
    if (this.diverged) return 0;
    const batch = this.order.subarray(this.position, this.position + size);
    const [epoch, before] = [this.epoch, this.position];
    this.position += batch.length;
    if (this.position >= this.order.length) {
      this.order = permutation(this.digits.count, this.next);
      this.position = 0;
      this.epoch += 1;
    }
    const loss = this.learn(batch);
    if (!Number.isFinite(loss)) {
      const place = this.network.brokenPlace() || `the loss of layer “${this.network.output.name}”`;
      const number = Math.floor(before / size) + 1;
      this.diverged = `epoch ${epoch + 1}, batch ${number}, learning rate ${this.config.learningRate}: ${place}: no longer finite`;
    }
    return batch.length;
  }

  /** One step on these images. Returns their mean loss before it. */
  learn(batch: ArrayLike<number>): number {
    const {network, gradients, pixels, digits} = this;
    gradients.fill(0);
    let loss = 0;
    for (let at = 0; at < batch.length; at += 1) {
      const label = digits.labels[batch[at]];
      if (this.config.vary) digits.readVaried(batch[at], pixels, this.next);
      else digits.read(batch[at], pixels);
      const values = network.forward(pixels);
      if (largest(values) === label) this.sums.correct += 1;
      loss += network.backward(label, false);
      network.accumulate(gradients, 1 / batch.length);
    }
    this.sums.images += batch.length;
    this.sums.loss += loss;
    this.images += batch.length;
    if (Number.isFinite(loss)) this.optimizer.step(gradients, this.config.learningRate);
    return loss / batch.length;
  }

  /** Accuracy and mean loss on the images learned from since this was last asked, each before its step. */
  takeScore(): Score {
    const {images, loss, correct} = this.sums;
    this.sums = {images: 0, loss: 0, correct: 0};
    return {accuracy: correct / images, loss: loss / images};
  }
}

/** Read digits and count; `misread` is given the index of each wrong one. */
export function evaluate(network: Network, digits: Digits, misread?: (index: number, said: number) => void): Score {
  const pixels = new Float64Array(network.input.size);
  let [correct, loss] = [0, 0];
  for (let index = 0; index < digits.count; index += 1) {
    digits.read(index, pixels);
    const said = largest(network.forward(pixels));
    if (said === digits.labels[index]) correct += 1;
    else misread?.(index, said);
    loss += network.lossOf(digits.labels[index]);
  }
  return {accuracy: correct / digits.count, loss: loss / digits.count};
}

/** A loss that no sensible step leads to: guessing has 2.3. */
const HOPELESS = 20;

/**
 * What too large steps have broken, in words, though every number is still finite: a layer of which no node says
 * anything about any digit, or weights so large that the answers are sure and wrong. Empty if nothing is.
 */
export function whatBroke(network: Network, digits: Digits, {loss}: Score, most = 50): string {
  const pixels = new Float64Array(network.input.size);
  const silent = new Set(network.layers.slice(1, -1));
  for (let index = 0; index < Math.min(most, digits.count) && silent.size; index += 1) {
    digits.read(index, pixels);
    network.forward(pixels);
    for (const layer of silent) if (layer.values.some((value) => value !== 0)) silent.delete(layer);
  }
  const [dead] = silent;
  if (dead) return `every node of layer “${dead.name}” passes on 0 for every digit, and so none learns any more`;
  if (loss < HOPELESS) return '';
  const {layer, node, source, weight} = largestWeight(network);
  return `the loss is ${loss.toFixed(0)}, where guessing has 2.3: steps go far beyond where it falls, up to ${pathOf(layer, node, source)} = ${weight.toPrecision(3)}`;
}

function largestWeight(network: Network): {layer: number; node: number; source: number; weight: number} {
  let best = {layer: 1, node: 0, source: 0, weight: 0};
  for (const {index: layer, weights, size} of network.layers) {
    weights.forEach((weight, at) => {
      if (Math.abs(weight) > Math.abs(best.weight)) best = {layer, node: at % size, source: Math.floor(at / size), weight};
    });
  }
  return best;
}

export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let j = 1; j < values.length; j += 1) if (values[j] > values[best]) best = j;
  return best;
}
