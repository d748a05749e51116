/**
 * Turning gradients into steps: the formulas of `mnist_ocr/training/optimizers.py`.
 *
 * An optimizer sees two flat vectors and knows nothing of layers. With w a parameter, g its gradient and r the
 * learning rate; every other letter is a vector that is kept from step to step. Weight decay comes before the move and
 * is decoupled from the gradient (Loshchilov and Hutter, 2019): w <- w (1 - r decay).
 */

export interface OptimizerKind {
  label: string;
  formula: string;
  /** The usual choices, which are Python's. */
  learningRate: number;
  weightDecay: number;
  /** How many vectors it keeps. */
  vectors: number;
  /** Move the parameters w by the gradients g, once the share `stay` of them is left; `step` counts from 1. */
  move: (w: Float64Array, g: Float64Array, r: number, stay: number, kept: Float64Array[], momentum: number, step: number) => void;
}

const [FIRST, SECOND, EPSILON] = [0.9, 0.999, 1e-8];

export const OPTIMIZERS = {
  sgd: {
    label: 'gradient descent',
    formula: 'w ← w − r g',
    learningRate: 0.5,
    weightDecay: 1e-4,
    vectors: 0,
    move(w, g, r, stay) {
      for (let p = 0; p < w.length; p += 1) w[p] = w[p] * stay - g[p] * r;
    },
  },
  momentum: {
    label: 'momentum',
    formula: 'v ← m v + g,  w ← w − r v',
    learningRate: 0.1,
    weightDecay: 2e-3,
    vectors: 1,
    move(w, g, r, stay, [v], m) {
      for (let p = 0; p < w.length; p += 1) {
        v[p] = v[p] * m + g[p];
        w[p] = w[p] * stay - v[p] * r;
      }
    },
  },
  nesterov: {
    label: 'Nesterov momentum',
    formula: 'v ← m v + g,  w ← w − r (g + m v)',
    learningRate: 0.1,
    weightDecay: 2e-3,
    vectors: 1,
    move(w, g, r, stay, [v], m) {
      for (let p = 0; p < w.length; p += 1) {
        v[p] = v[p] * m + g[p];
        w[p] = w[p] * stay - (v[p] * m + g[p]) * r;
      }
    },
  },
  rmsprop: {
    label: 'RMSProp',
    formula: 's ← 0.9 s + 0.1 g²,  w ← w − r g / √s',
    learningRate: 0.002,
    weightDecay: 1e-4,
    vectors: 1,
    move(w, g, r, stay, [s]) {
      for (let p = 0; p < w.length; p += 1) {
        s[p] = s[p] * 0.9 + g[p] * g[p] * (1 - 0.9);
        w[p] = w[p] * stay - (g[p] / (Math.sqrt(s[p]) + EPSILON)) * r;
      }
    },
  },
  adam: {
    label: 'Adam',
    formula: 'm ← 0.9 m + 0.1 g,  v ← 0.999 v + 0.001 g²,  w ← w − r m / √v',
    learningRate: 0.003,
    weightDecay: 1e-4,
    vectors: 2,
    move(w, g, r, stay, [m, v], _, step) {
      // The corrections of the start at 0 are numbers: with c = sqrt(1 - 0.999^t), m / (sqrt(v) / c + epsilon) is
      // c m / (sqrt(v) + c epsilon). (Kingma and Ba, 2015, algorithm 1.)
      const c = Math.sqrt(1 - SECOND ** step);
      const rate = (r * c) / (1 - FIRST ** step);
      for (let p = 0; p < w.length; p += 1) {
        m[p] = m[p] * FIRST + g[p] * (1 - FIRST);
        v[p] = v[p] * SECOND + g[p] * g[p] * (1 - SECOND);
        w[p] = w[p] * stay - (m[p] / (Math.sqrt(v[p]) + c * EPSILON)) * rate;
      }
    },
  },
} satisfies Record<string, OptimizerKind>;

export type OptimizerName = keyof typeof OPTIMIZERS;

// What is kept for a weight whose pixel is no longer lit fades into numbers that processors are slow with.
const [STEPS_BETWEEN_SWEEPS, AS_GOOD_AS_ZERO] = [100, 1e-25];

export class Optimizer {
  steps = 0;
  private readonly kind: OptimizerKind;
  private readonly kept: Float64Array[];

  constructor(
    readonly name: OptimizerName,
    private readonly parameters: Float64Array,
    private readonly weightDecay = 0,
    private readonly momentum = 0.9,
  ) {
    this.kind = OPTIMIZERS[name];
    this.kept = Array.from({length: this.kind.vectors}, () => new Float64Array(parameters.length));
  }

  step(gradients: Float64Array, learningRate: number): void {
    const {parameters, kept} = this;
    this.steps += 1;
    if (this.steps % STEPS_BETWEEN_SWEEPS === 0) {
      for (const vector of kept) {
        for (let p = 0; p < vector.length; p += 1) if (Math.abs(vector[p]) < AS_GOOD_AS_ZERO) vector[p] = 0;
      }
    }
    const stay = 1 - learningRate * this.weightDecay;
    this.kind.move(parameters, gradients, learningRate, stay, kept, this.momentum, this.steps);
  }
}
