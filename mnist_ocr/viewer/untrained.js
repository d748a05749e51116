// @ts-check
/**
 * A small network that has learned nothing yet, for a page that was opened without one: it guesses, and can be
 * taught.
 */

import {Layer, Network} from './network.js';

/** The same network for everybody. */
const SEED = 7;

/** @returns {Network} 784-16-10 */
export function untrained() {
  const input = new Layer('input', 784, 'linear', null);
  const hidden = new Layer('hidden', 16, 'relu', input);
  const output = new Layer('output', 10, 'softmax', hidden);
  const network = new Network([input, hidden, output], 'cross-entropy', 'float32');
  const next = random(SEED);
  for (const {weights, fanIn} of [hidden, output]) {
    // Scaled by the number of edges into a node: He et al. (2015), eq. 10.
    for (let edge = 0; edge < weights.length; edge += 1) weights[edge] = Math.fround(next() * Math.sqrt(2 / fanIn));
  }
  return network;
}

/**
 * Numbers of the standard normal distribution, the same for the same seed.
 *
 * @param {number} seed
 * @returns {() => number}
 */
function random(seed) {
  let state = seed;
  // A linear congruential generator with the factors of Numerical Recipes (1992) is random enough for guesses.
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  // Box and Muller (1958).
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
