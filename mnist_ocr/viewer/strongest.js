// @ts-check
/**
 * The few edges, of a hundred thousand, that say most.
 */

/** @typedef {import('./network.js').Layer} Layer */

/**
 * @typedef {object} Edge
 * @property {number} layer that it leads to
 * @property {number} node of that layer
 * @property {number} source node of the layer before
 * @property {number} strength contribution, or gradient
 */

/**
 * The edges into a layer that are strongest, up or down, strongest first.
 *
 * @param {Layer} layer
 * @param {number} index of the layer
 * @param {number} most of them
 * @param {'values' | 'gradients'} view weight x value, or d loss / d weight
 * @param {{node?: number, source?: number}} [only] edges of one node of this layer, or of the one before; else
 *   those into nodes that pass on nothing are left out, for they move nothing
 * @returns {Edge[]}
 */
export function strongestEdges(layer, index, most, view, only = {}) {
  const before = /** @type {Layer} */ (layer.previous);
  /** @type {number[]} */
  const sources = [];
  for (let source = 0; source < before.size; source += 1) {
    // A value of 0 carries nothing over any edge, and changes none of them.
    if (before.values[source] !== 0 && (only.source ?? source) === source) sources.push(source);
  }
  /** @type {Edge[]} */
  let found = [];
  let least = 0;
  for (let node = 0; node < layer.size; node += 1) {
    if (only.node === undefined ? layer.values[node] === 0 : only.node !== node) continue;
    const row = node * before.size;
    for (const source of sources) {
      const factor = view === 'values' ? layer.weights[row + source] : layer.gradients[node];
      const strength = factor * before.values[source];
      if (Math.abs(strength) > least) found.push({layer: index, node, source, strength});
    }
    // Now and then the weaker ones are let go, and what is weaker than the rest no longer comes in.
    if (found.length > 4 * most + 1000) {
      found = keep(found, most);
      least = Math.abs(found[found.length - 1].strength);
    }
  }
  return keep(found, most);
}

/**
 * @param {Edge[]} edges
 * @param {number} most
 */
function keep(edges, most) {
  return edges.sort((a, b) => Math.abs(b.strength) - Math.abs(a.strength)).slice(0, most);
}
