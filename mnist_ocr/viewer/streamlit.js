// @ts-check
/**
 * The sheet and the network as two parts of a Streamlit page; `mnist_ocr/web.py` is Python's side of them.
 *
 * Streamlit calls `show` when a part appears, and again for new data and for another theme.
 */

import {SURE_ABOVE} from './answer.js';
import {element} from './element.js';
import {mountGraph} from './graph.js';
import {mountInspector} from './inspector.js';
import {readModel} from './modelfile.js';
import {Network} from './network.js';
import {mountPad} from './pad.js';
import {Session} from './session.js';
import {mountTable} from './table.js';

/** @typedef {import('./graph.js').Place} Place */
/** @typedef {import('./graph.js').View} View */
/** @typedef {import('./pad.js').Drawing} Drawing */

/**
 * @typedef {object} Data for the network; the sheet gets none
 * @property {string} key of the network that is meant
 * @property {string | null} has the key of the network that this part has, as far as Python knows
 * @property {string | null} model the text of the network's file, where that is another one
 * @property {number[] | null} pixels 784 of them, 0 paper to 255 ink
 */

/**
 * @typedef {object} Call
 * @property {ShadowRoot} parentElement
 * @property {Data | null} data
 * @property {(name: string, value: unknown) => void} setStateValue tells Python, which then runs the page again
 */

/** Lines that are drawn into each layer, at first and at most. */
const [FEW_EDGES, MANY_EDGES] = [60, 400];

/**
 * Milliseconds without a change after which a drawing goes to Python, and between two of them while the pen moves
 * on. Python begins its page anew for each; if they came faster than it reads, it would never come to an answer.
 */
const [REST, PACE] = [60, 300];

/** @type {WeakMap<ShadowRoot, {root: HTMLElement, show: (call: Call) => void}>} */
const parts = new WeakMap();

/** @param {Call} call */
export default function show(call) {
  let part = parts.get(call.parentElement);
  if (!part?.root.isConnected) {
    const home = /** @type {HTMLElement} */ (call.parentElement.querySelector('.viewer'));
    const root = home.appendChild(element('div', {}));
    part = {root, show: call.data ? mountNetwork(root) : mountSheet(root)};
    parts.set(call.parentElement, part);
  }
  part.show(call);
}

/**
 * The sheet: what is drawn on it goes to Python as a PNG, while it is drawn.
 *
 * @param {HTMLElement} root
 * @returns {(call: Call) => void}
 */
function mountSheet(root) {
  /** @type {Call['setStateValue']} */
  let tell = () => {};
  /** @type {string | null} */
  let told = null;
  /** @type {Drawing | null} */
  let latest = null;
  let [rest, pace] = [0, 0];
  const send = () => {
    clearTimeout(rest);
    clearTimeout(pace);
    pace = 0;
    const picture = latest && asPng(latest);
    if (picture !== told) tell('drawing', (told = picture));
  };
  const pad = mountPad(root, {
    onChange(drawing) {
      latest = drawing;
      clearTimeout(rest);
      rest = window.setTimeout(send, REST);
      pace ||= window.setTimeout(send, PACE);
    },
    onRefusal() {},
  });
  // Picture files are opened by Python here, which reads photos, too.
  root.querySelector('input[type=file]')?.remove();
  for (const button of root.querySelectorAll('button')) {
    if (button.textContent === 'Open a picture') button.remove();
  }
  return ({setStateValue}) => {
    tell = setStateValue;
    pad.redraw();
  };
}

/**
 * @param {Drawing} drawing
 * @returns {string} a data URL
 */
function asPng({grey, width, height}) {
  const canvas = element('canvas', {width, height});
  const image = new ImageData(width, height);
  grey.forEach((level, at) => image.data.set([level, level, level, 255], 4 * at));
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).putImageData(image, 0, 0);
  return canvas.toDataURL('image/png');
}

/**
 * The network, to be looked at: Python sends the picture with every call, and the model file once.
 *
 * @param {HTMLElement} root
 * @returns {(call: Call) => void}
 */
function mountNetwork(root) {
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
  // Nothing can be changed here: Python's network would not know of it. The style sheet hides the buttons.
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

  return ({data, setStateValue}) => {
    if (!data) return;
    if (data.model !== null && data.key !== key) {
      key = data.key;
      const network = Network.fromDocument(readModel(data.model, key));
      session = new Session(network, Number(network.notes.sure_above ?? SURE_ABOVE));
      follows = true;
      view.pointed = null;
      graph.open(session);
      table.open(session);
    }
    if (key !== data.has) setStateValue('has', key);
    if (session && data.key === key) session.look(data.pixels && Uint8Array.from(data.pixels));
    draw();
  };
}
