// @ts-check
/**
 * The network as a part of a page of Streamlit, to be looked at: Python sends its numbers and the picture.
 *
 * A large network is megabytes of numbers, and Python runs its page again for every stroke. So the numbers come
 * once, this part says which ones it has, and from then on only pictures come.
 */

import {element} from './element.js';
import {mountGraph} from './graph.js';
import {mountInspector} from './inspector.js';
import {Layer, Network} from './network.js';
import {Session} from './session.js';
import {mountTable} from './table.js';

/** @typedef {import('./graph.js').Place} Place */
/** @typedef {import('./graph.js').View} View */

/**
 * @typedef {object} Numbers of a network
 * @property {import('./losses.js').LossName} loss
 * @property {'float32' | 'float64'} numbers
 * @property {number} sureAbove
 * @property {{name: string, size: number, activation: import('./activations.js').ActivationName, names: Record<string, string>}[]} layers
 * @property {string} parameters Base64 of all of them, in the order of `Network.parameters`, lowest byte first
 */

/**
 * @typedef {object} Data
 * @property {string} key of the network that is meant
 * @property {string | null} has the key that Python was told of
 * @property {Numbers | null} network where this part has another one, or none yet
 * @property {string | null} pixels Base64 of 784 bytes, 0 paper to 255 ink
 */

/** Lines that are drawn into each layer, at first and at most. */
const [FEW_EDGES, MANY_EDGES] = [60, 400];

const place = once((root) => {
  /** @type {Session | null} */
  let session = null;
  /** @type {string | null} */
  let key = null;
  /** @type {View} */
  const view = {shows: 'values', edges: FEW_EDGES, chosen: null, pointed: null};
  /** Whether the inspector goes along with the answer, until somebody chooses a node. */
  let follows = true;

  const [graphRoot, inspectorRoot, tableRoot] = Array.from({length: 3}, () => element('div', {}));
  const edges = element('input', {
    type: 'range', min: 0, max: MANY_EDGES, step: 10, value: FEW_EDGES, oninput: () => {
      view.edges = Number(edges.value);
      draw();
    },
  });
  root.append(
    element(
      'section',
      {class: 'card network', 'aria-label': 'The network'},
      element('div', {class: 'network-tools'}, element('h2', {}, 'The network'), element('label', {}, 'lines ', edges)),
      graphRoot,
      element(
        'p',
        {class: 'key quiet'},
        element('span', {class: 'favour'}, 'blue'),
        ' lines speak for the node that they lead to, ',
        element('span', {class: 'against'}, 'orange'),
        ' ones against it; nodes that stay dark pass on nothing',
      ),
    ),
    element('section', {class: 'card', 'aria-label': 'One node'}, inspectorRoot),
    element('section', {class: 'card', 'aria-label': 'Tables'}, tableRoot),
  );

  /** @param {Place} chosen */
  const choose = (chosen) => {
    follows = false;
    view.chosen = chosen;
    draw();
  };
  const graph = mountGraph(graphRoot, {
    onPoint(pointed) {
      view.pointed = pointed;
      draw();
    },
    onChoose: choose,
    onResize: () => draw(),
  });
  // Nothing is changed here: Python's network would not know of it.
  const nothing = () => {};
  const inspector = mountInspector(inspectorRoot, {onChoose: choose, onWeight: nothing, onBias: nothing, onSwitchOff: nothing});
  for (const input of inspectorRoot.querySelectorAll('input[type=number]')) input.setAttribute('readonly', '');
  const table = mountTable(tableRoot);

  const draw = () => {
    if (!session) return;
    const {answer, network} = session;
    if (follows) view.chosen = {layer: network.layers.length - 1, node: answer ? answer.digit : 0};
    graph.draw(view);
    const shown = view.pointed ?? view.chosen;
    if (shown) inspector.show(session, shown);
    table.draw();
  };

  return {
    /** @param {Data} data */
    show(data) {
      if (data.network && data.key !== key) {
        key = data.key;
        session = new Session(networkOf(data.network), data.network.sureAbove);
        follows = true;
        view.pointed = null;
        graph.open(session);
        table.open(session);
      }
      if (session && data.key === key) session.look(data.pixels === null ? null : bytesOf(data.pixels));
      draw();
      return key;
    },
  };
});

/** @param {Call<Data>} call */
export default function show({parentElement, data, setStateValue}) {
  const key = place(parentElement).show(data);
  if (key !== data.has) setStateValue('has', key);
}

/**
 * @param {Numbers} numbers
 * @returns {Network}
 */
function networkOf({layers, loss, numbers, parameters}) {
  /** @type {Layer[]} */
  const made = [];
  for (const {name, size, activation, names} of layers) {
    const layer = new Layer(name, size, activation, made.at(-1) ?? null);
    for (const [node, given] of Object.entries(names)) layer.nodeNames[Number(node)] = given;
    made.push(layer);
  }
  const network = new Network(made, loss, numbers);
  const view = new DataView(bytesOf(parameters).buffer);
  for (let at = 0; at < network.parameters.length; at += 1) {
    network.parameters[at] = numbers === 'float32' ? view.getFloat32(4 * at, true) : view.getFloat64(8 * at, true);
  }
  return network;
}

/** @param {string} base64 */
function bytesOf(base64) {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
}
