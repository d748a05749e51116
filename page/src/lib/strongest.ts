/** The few edges, of a hundred thousand, that say most. */

import type {Layer} from './network';

export interface Edge {
  /** The layer that it leads to, its node there, and the node of the layer before. */
  layer: number;
  node: number;
  source: number;
  /** What it brings (weight * value), or d loss / d weight. */
  strength: number;
}

/**
 * The edges into a layer that are strongest, up or down, strongest first.
 *
 * @param only edges of one node of this layer, or of the one before; else those into nodes that pass on nothing are
 *   left out, for they move nothing
 */
export function strongestEdges(
  layer: Layer,
  most: number,
  shows: 'values' | 'gradients',
  only: {node?: number; source?: number} = {},
): Edge[] {
  const {size, weights, values, gradients} = layer;
  const signals = layer.previous!.values;
  let found: Edge[] = [];
  let least = 0;
  for (let source = 0; source < signals.length; source += 1) {
    // A value of 0 carries nothing over any edge, and changes none of them.
    if (signals[source] === 0 || (only.source ?? source) !== source) continue;
    for (let node = 0; node < size; node += 1) {
      if (only.node === undefined ? values[node] === 0 : only.node !== node) continue;
      const strength = (shows === 'values' ? weights[source * size + node] : gradients[node]) * signals[source];
      if (Math.abs(strength) > least) found.push({layer: layer.index, node, source, strength});
    }
    // Now and then the weaker ones are let go, and what is weaker than the rest no longer comes in.
    if (found.length > 4 * most + 1000) {
      found = keep(found, most);
      least = Math.abs(found[found.length - 1]?.strength ?? 0);
    }
  }
  return keep(found, most);
}

function keep(edges: Edge[], most: number): Edge[] {
  return edges.sort((a, b) => Math.abs(b.strength) - Math.abs(a.strength)).slice(0, most);
}
