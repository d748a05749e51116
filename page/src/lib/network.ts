/**
 * A network that computes in front of your eyes: `mnist_ocr/graph/network.py` for one image at a time.
 *
 *     const network = Network.create([784, 32, 10], 'relu', 1);
 *     network.forward(pixels);      // 784 numbers, 0 paper to 1 ink -> the ten output values
 *     network.backward(7);          // it was a 7: the loss, and which way each weight should go
 *     network.step(0.1);            // one small move of every weight against its gradient
 *
 * All arithmetic is in double precision on the numbers of the file; only the saving of a changed network rounds to
 * float32 again. The parameters live in one vector, in Python's order, and the layers' arrays are views of it: a
 * number has one owner, and writing into `network.layers[1].weights` is editing the network.
 *
 * Layers are counted as in the file: k = 0 is the input, and the edge to node j of layer k from node i of
 * layer k - 1 is `layers[k].nodes[j].weights[i]`.
 */

import {ACTIVATIONS, type ActivationName} from './activations';
import {LOSSES, type LossName} from './losses';
import {normals} from './random';

export type Precision = 'float32' | 'float64';

/**
 * The owner of the numbers of one row of nodes.
 *
 *     total j = bias j + sum over i of weight (j, i) * value i of the layer before
 *     value   = activation(total)
 *
 * and on the way back, with gradient = d loss / d total,
 *
 *     d loss / d weight (j, i) = gradient j * value i of the layer before
 *     d loss / d bias j        = gradient j
 *     d loss / d value i of the layer before = sum over j of gradient j * weight (j, i)
 *
 * (Rumelhart, Hinton and Williams, 1986.) Most pixels are black: an edge from a value of 0 brings nothing and learns
 * nothing, nor does one to a node with a gradient of 0. All of these are skipped, and the others are taken four rows
 * at a time, which doubles the speed.
 */
export class Layer {
  readonly index: number;
  readonly fanIn: number;
  nodeNames: string[];
  /** In memory the edges of one source are neighbours: the weight of (j, i) is at `at(j, i)`. */
  weights: Float64Array = new Float64Array(0);
  /** What each node's total starts from; the input has none. */
  biases: Float64Array = new Float64Array(0);
  /** Before the activation, of the last `forward`; the input adds nothing up and has none. */
  readonly totals: Float64Array;
  /** What each node passes on; for the input, the pixels. */
  readonly values: Float64Array;
  /** d loss / d total, of the last `backward`; for the input, which has no totals, d loss / d value. */
  readonly gradients: Float64Array;
  /** Of the last `forward`: the values before that are not 0, how many, and where the edges of each begin. */
  private readonly signals: Float64Array;
  private readonly rows: Uint32Array;
  private signalCount = 0;
  /** Of the last `accumulate`: the nodes whose gradient is not 0. */
  private readonly learning: Uint32Array;

  constructor(
    public name: string,
    readonly size: number,
    readonly activation: ActivationName,
    readonly previous: Layer | null,
  ) {
    this.index = previous ? previous.index + 1 : 0;
    this.fanIn = previous ? previous.size : 0;
    this.nodeNames = Array.from({length: size}, (_, j) => `${name}[${j}]`);
    this.totals = new Float64Array(previous ? size : 0);
    this.values = new Float64Array(size);
    this.gradients = new Float64Array(size);
    // Signals are taken four at a time, and so the last four may be short of three.
    this.signals = new Float64Array(this.fanIn + 3);
    this.rows = new Uint32Array(this.fanIn + 3);
    this.learning = new Uint32Array(size);
  }

  /** Where the weight of the edge to node j from node i stands in `weights`. */
  at(j: number, i: number): number {
    return i * this.size + j;
  }

  weight(j: number, i: number): number {
    return this.weights[i * this.size + j];
  }

  /** All weights into node j: for a node above the image, a picture of 28 rows of 28. */
  weightsInto(j: number): Float64Array {
    const into = new Float64Array(this.fanIn);
    for (let i = 0; i < into.length; i += 1) into[i] = this.weights[i * this.size + j];
    return into;
  }

  /** What an edge brings to its target's total: weight * value of the source. */
  contribution(j: number, i: number): number {
    return this.weight(j, i) * this.previous!.values[i];
  }

  /** d loss / d weight, of the last `backward`. */
  weightGradient(j: number, i: number): number {
    return this.gradients[j] * this.previous!.values[i];
  }

  get parameterCount(): number {
    return this.previous ? this.size * (this.fanIn + 1) : 0;
  }

  forward(): void {
    const {size, weights, totals, signals, rows} = this;
    const {values} = this.previous!;
    let count = 0;
    for (let i = 0; i < values.length; i += 1) {
      if (values[i] === 0) continue;
      signals[count] = values[i];
      rows[count] = i * size;
      count += 1;
    }
    signals.fill(0, count, count + 3);
    rows.fill(0, count, count + 3);
    this.signalCount = count;
    totals.set(this.biases);
    for (let at = 0; at < count; at += 4) {
      const a = rows[at], b = rows[at + 1], c = rows[at + 2], d = rows[at + 3];
      const fromA = signals[at], fromB = signals[at + 1], fromC = signals[at + 2], fromD = signals[at + 3];
      for (let j = 0; j < size; j += 1) {
        totals[j] += weights[a + j] * fromA + weights[b + j] * fromB + weights[c + j] * fromC + weights[d + j] * fromD;
      }
    }
    ACTIVATIONS[this.activation].forward(totals, this.values);
  }

  /** Turn this layer's gradients into those of the layer before. */
  backward(): void {
    const {size, weights, gradients} = this;
    const previous = this.previous!;
    for (let i = 0; i < previous.size; i += 1) {
      const row = i * size;
      let sum = 0;
      for (let j = 0; j < size; j += 1) sum += gradients[j] * weights[row + j];
      previous.gradients[i] = sum;
    }
    ACTIVATIONS[previous.activation].backward(previous.values, previous.gradients);
  }

  /** Add `share` * d loss / d parameter to `out`, in which this layer's stretch begins at `start`. */
  accumulate(out: Float64Array, start: number, share: number): void {
    const {size, gradients, signals, rows, signalCount, learning} = this;
    let count = 0;
    for (let j = 0; j < size; j += 1) if (gradients[j] !== 0) learning[count++] = j;
    for (let at = 0; at < signalCount; at += 4) {
      const a = start + rows[at], b = start + rows[at + 1], c = start + rows[at + 2], d = start + rows[at + 3];
      const fromA = share * signals[at], fromB = share * signals[at + 1];
      const fromC = share * signals[at + 2], fromD = share * signals[at + 3];
      for (let one = 0; one < count; one += 1) {
        const j = learning[one];
        out[a + j] += gradients[j] * fromA;
        out[b + j] += gradients[j] * fromB;
        out[c + j] += gradients[j] * fromC;
        out[d + j] += gradients[j] * fromD;
      }
    }
    const biases = start + size * this.fanIn;
    for (let j = 0; j < size; j += 1) out[biases + j] += gradients[j] * share;
  }
}

export class Network {
  /** What the header of the file tells besides, as it was read. */
  metadata: {about?: unknown; training?: unknown; sure_above?: number} = {};
  /** Every weight and bias; layer by layer, the weights source by source and then the biases. */
  readonly parameters: Float64Array;

  constructor(readonly layers: Layer[], readonly loss: LossName, readonly numbers: Precision) {
    this.parameters = new Float64Array(layers.reduce((sum, layer) => sum + layer.parameterCount, 0));
    let start = 0;
    for (const layer of layers) {
      const [edges, end] = [start + layer.size * layer.fanIn, start + layer.parameterCount];
      layer.weights = this.parameters.subarray(start, edges);
      layer.biases = this.parameters.subarray(edges, end);
      start = end;
    }
  }

  /** A network that has learned nothing: 784-16-10 is `create([784, 16, 10], 'relu', seed)`. */
  static create(sizes: number[], activation: ActivationName, seed: number, numbers: Precision = 'float32'): Network {
    const layers: Layer[] = [];
    sizes.forEach((size, k) => {
      const name = k === 0 ? 'input' : k === sizes.length - 1 ? 'output' : sizes.length > 3 ? `hidden ${k}` : 'hidden';
      const bend = k === 0 ? 'linear' : k === sizes.length - 1 ? 'softmax' : activation;
      layers.push(new Layer(name, size, bend, layers.at(-1) ?? null));
    });
    const network = new Network(layers, 'cross-entropy', numbers);
    const next = normals(seed);
    const kept = numbers === 'float32' ? Math.fround : Number;
    for (const {weights, activation: bend, fanIn, size} of layers) {
      const deviation = Math.sqrt(ACTIVATIONS[bend].initialVariance(fanIn, size));
      for (let edge = 0; edge < weights.length; edge += 1) weights[edge] = kept(next() * deviation);
    }
    return network;
  }

  /** A network of the same shape with the same numbers. */
  copy(): Network {
    const layers: Layer[] = [];
    for (const {name, size, activation, nodeNames} of this.layers) {
      const layer = new Layer(name, size, activation, layers.at(-1) ?? null);
      layer.nodeNames = [...nodeNames];
      layers.push(layer);
    }
    const network = new Network(layers, this.loss, this.numbers);
    network.parameters.set(this.parameters);
    network.metadata = {...this.metadata};
    return network;
  }

  get input(): Layer {
    return this.layers[0];
  }

  get output(): Layer {
    return this.layers[this.layers.length - 1];
  }

  get sizes(): number[] {
    return this.layers.map(({size}) => size);
  }

  /** Send one image through; every node keeps its total and value. Returns the output layer's values themselves. */
  forward(pixels: ArrayLike<number>): Float64Array {
    if (pixels.length !== this.input.size) throw new RangeError(`${pixels.length} pixels: expected ${this.input.size}`);
    this.input.values.set(pixels);
    for (let k = 1; k < this.layers.length; k += 1) this.layers[k].forward();
    return this.output.values;
  }

  /** How wrong the answer of the last `forward` is; the target is a label, or what each output should have said. */
  lossOf(target: number | ArrayLike<number>): number {
    return LOSSES[this.loss].of(this.output.totals, this.output.values, this.targetsOf(target));
  }

  /**
   * Find d loss / d total of every node for the image of the last `forward`; overwrites what was there.
   *
   * @param toInput also compute d loss / d pixel, which training has no use for
   * @returns the loss, of which the gradients are the derivative
   */
  backward(target: number | ArrayLike<number>, toInput = true): number {
    const {output} = this;
    const targets = this.targetsOf(target);
    LOSSES[this.loss].backward(ACTIVATIONS[output.activation], output.values, targets, output.gradients);
    for (let k = this.layers.length - 1; k > (toInput ? 0 : 1); k -= 1) this.layers[k].backward();
    return LOSSES[this.loss].of(output.totals, output.values, targets);
  }

  /** Add the last `backward`'s d loss / d parameter, times `share`, to a vector like `parameters`. */
  accumulate(gradients: Float64Array, share: number): void {
    let start = 0;
    for (const layer of this.layers) {
      if (layer.previous) layer.accumulate(gradients, start, share);
      start += layer.parameterCount;
    }
  }

  /** Move every parameter against its gradient: parameter -= learning rate * gradient. */
  step(learningRate: number): void {
    this.accumulate(this.parameters, -learningRate);
  }

  /** What the output nodes should have said, one number each. */
  targetsOf(target: number | ArrayLike<number>): Float64Array {
    const {size} = this.output;
    if (typeof target === 'number') {
      if (!Number.isInteger(target) || target < 0 || target >= size) {
        throw new RangeError(`label ${target}: expected 0 to ${size - 1}, one for each output node`);
      }
      const targets = new Float64Array(size);
      targets[target] = 1;
      return targets;
    }
    if (target.length !== size) throw new RangeError(`${target.length} targets: expected ${size}`);
    return Float64Array.from(target);
  }

  /** Where a number stopped being finite: the first layer on the image's way, and what of it; empty if nowhere. */
  brokenPlace(): string {
    for (const layer of this.layers.slice(1)) {
      for (const what of ['weights', 'biases', 'totals', 'values'] as const) {
        if (!layer[what].every(Number.isFinite)) return `the ${what} of layer “${layer.name}”`;
      }
    }
    return '';
  }
}

/** How messages and the page name a number: its path in the model file. */
export function pathOf(layer: number, node: number, source?: number): string {
  return `layers[${layer}].nodes[${node}]${source === undefined ? '' : `.weights[${source}]`}`;
}
