// @ts-check
/**
 * The page: a sheet to draw on, the network beside it, and below what there is to know and to change.
 */

import {SURE_ABOVE} from './answer.js';
import {button, choice, element} from './element.js';
import {receiveFiles, save} from './files.js';
import {mountGraph} from './graph.js';
import {mountInspector} from './inspector.js';
import {readModel, writeModel} from './modelfile.js';
import {Network} from './network.js';
import {mountPad} from './pad.js';
import {readDrawing} from './reading.js';
import {Session} from './session.js';
import {mountStages} from './stages.js';
import {mountTable} from './table.js';
import {mountTeach} from './teach.js';
import {untrained} from './untrained.js';
import {mountVerdict} from './verdict.js';
import {count} from './words.js';

/** @typedef {import('./graph.js').Place} Place */
/** @typedef {import('./graph.js').View} View */

/** Lines that are drawn into each layer, at first and at most. */
const [FEW_EDGES, MANY_EDGES] = [60, 400];

const INVITATION = 'Draw a digit, and it answers while you draw';
const OVERFLOWN = 'The weights are so large that the answer is no number any more';

/**
 * @param {HTMLElement} root
 * @param {{text: string, name: string} | null} model the file to begin with
 */
export function mountApp(root, model) {
  /** @type {Session} */
  let session;
  let name = '';
  /** @type {View} */
  const view = {shows: 'values', edges: FEW_EDGES, chosen: null, pointed: null};
  /** Whether the inspector goes along with the answer, until somebody chooses a node. */
  let follows = true;
  /** Why no digit was found in what was drawn, if so, and whether there are several. */
  let [blank, several] = ['', false];

  const message = element('p', {class: 'message', role: 'alert', hidden: true});
  const modelName = element('p', {class: 'model-name'});
  const banner = element('p', {class: 'banner', hidden: true});
  const speed = element('p', {class: 'quiet speed'});
  const file = element('input', {type: 'file', accept: '.json,application/json', hidden: true, 'aria-hidden': 'true', tabindex: -1, onchange: () => {
    if (file.files?.[0]) void take(file.files[0]);
    file.value = '';
  }});
  const light = choice('Light', [['light dark', 'auto'], ['light', 'light'], ['dark', 'dark']], 'light dark', (value) => {
    document.documentElement.style.colorScheme = value;
    relight();
  });
  const [padRoot, verdictRoot, stagesRoot, graphRoot, inspectorRoot, teachRoot, tableRoot] = Array.from(
    {length: 7},
    () => element('div', {}),
  );
  const edges = element('input', {
    type: 'range', min: 0, max: MANY_EDGES, step: 10, value: FEW_EDGES, oninput: () => {
      view.edges = Number(edges.value);
      draw();
    },
  });
  const shows = choice('Nodes and lines show', [['values', 'values'], ['gradients', 'gradients']], 'values', (value) => {
    view.shows = value === 'gradients' ? 'gradients' : 'values';
    draw();
  });
  const key = element('p', {class: 'key quiet'});

  root.replaceChildren(
    element(
      'header',
      {class: 'top'},
      element('div', {}, element('h1', {}, 'See it think'), modelName),
      element('div', {class: 'actions'}, button('Open a model', () => file.click()), light.root),
      file,
    ),
    banner,
    message,
    element('section', {class: 'card draw', 'aria-label': 'Draw'}, padRoot, verdictRoot, stagesRoot),
    element(
      'section',
      {class: 'card network', 'aria-label': 'The network'},
      element(
        'div',
        {class: 'network-tools'},
        element('h2', {}, 'The network'),
        shows.root,
        element('label', {}, 'lines ', edges),
      ),
      graphRoot,
      key,
    ),
    element('section', {class: 'card', 'aria-label': 'Teach'}, teachRoot),
    element('section', {class: 'card', 'aria-label': 'One node'}, inspectorRoot),
    element('section', {class: 'card wide', 'aria-label': 'Tables'}, tableRoot),
    element('footer', {}, element('p', {class: 'quiet'}, 'Everything happens in this page; nothing leaves your machine.'), speed),
  );

  /** @param {string} words nothing if empty */
  const say = (words) => {
    message.textContent = words;
    message.hidden = !words;
  };

  const pad = mountPad(padRoot, {
    onRefusal: say,
    onChange(drawing) {
      if (drawing) say('');
      look(drawing);
    },
  });
  const verdict = mountVerdict(verdictRoot);
  const stages = mountStages(stagesRoot);
  const graph = mountGraph(graphRoot, {
    onPoint(place) {
      view.pointed = place;
      draw();
    },
    onChoose: choose,
    onResize: () => draw(),
  });
  const inspector = mountInspector(inspectorRoot, {
    onChoose: choose,
    onWeight: ({layer, node, source = 0}, weight) => change(() => session.setWeight(layer, node, source, weight)),
    onBias: ({layer, node}, bias) => change(() => session.setBias(layer, node, bias)),
    onSwitchOff: ({layer, node}) => change(() => session.switchOff(layer, node)),
  });
  const teach = mountTeach(teachRoot, {
    onTruth: (digit) => change(() => session.tell(digit)),
    onStep: (learningRate) => change(() => session.step(learningRate)),
    onUndo: () => change(() => session.undo()),
    onReset: () => change(() => session.reset()),
    onSave: () => save(writeModel(session.network.toDocument()), name.replace(/(\.json)?$/i, '-changed.json')),
  });
  const table = mountTable(tableRoot);

  /** @param {Place} place */
  function choose(place) {
    follows = false;
    view.chosen = place;
    draw();
  }

  /** @param {() => void} does */
  function change(does) {
    does();
    draw();
  }

  /** @param {import('./pad.js').Drawing | null} drawing */
  function look(drawing) {
    if (!session) return;
    const start = performance.now();
    const reading = drawing && readDrawing(drawing);
    const read = performance.now();
    session.look(reading && reading.pixels);
    blank = reading?.refusal ?? '';
    several = reading ? reading.digitCount > 1 : false;
    const thought = performance.now();
    stages.show(drawing, reading);
    draw();
    const end = performance.now();
    performance.measure('reading', {start, end: read});
    performance.measure('network', {start: read, end: thought});
    performance.measure('update', {start, end});
    speed.textContent = reading
      ? `picture ${(read - start).toFixed(1)} ms, network ${(thought - read).toFixed(1)} ms, drawing ${(end - thought).toFixed(1)} ms`
      : '';
  }

  function draw() {
    if (!session) return;
    const {answer, network} = session;
    if (follows) view.chosen = {layer: network.layers.length - 1, node: answer ? answer.digit : 0};
    const taught = session.loss !== null;
    shows.allow('gradients', taught);
    if (!taught) {
      view.shows = 'values';
      shows.set('values');
    }
    key.replaceChildren(
      ...(view.shows === 'gradients'
        ? [element('span', {class: 'favour'}, 'blue'), ' should be more, ', element('span', {class: 'against'}, 'orange'), ' should be less, so that the loss shrinks']
        : [element('span', {class: 'favour'}, 'blue'), ' lines speak for the node that they lead to, ', element('span', {class: 'against'}, 'orange'), ' ones against it; nodes that do not light up pass on nothing']),
    );
    verdict.show(answer, several, session.pixels ? OVERFLOWN : blank || INVITATION);
    graph.draw(view);
    const shown = view.pointed ?? view.chosen;
    if (shown) inspector.show(session, shown);
    teach.show(session);
    table.draw();
  }

  function relight() {
    pad.redraw();
    stages.redraw();
    draw();
  }

  /**
   * @param {Network} network
   * @param {string} called
   */
  function open(network, called) {
    const before = session?.pixels;
    session = new Session(network, Number(network.notes.sure_above ?? SURE_ABOVE));
    if (before) session.look(Uint8Array.from(before, (pixel) => Math.round(255 * pixel)));
    name = called;
    follows = true;
    view.pointed = null;
    const parameters = network.parameters.length;
    modelName.textContent = `${called}: ${network.layers.map(({size}) => size).join('–')}, ${count(parameters, 'number')}`;
    graph.open(session);
    table.open(session);
    draw();
  }

  /**
   * Open a model file; the old network stays where it cannot be used.
   *
   * @param {string | Uint8Array} content
   * @param {string} called
   */
  function openFile(content, called) {
    try {
      const network = Network.fromDocument(readModel(content, called));
      const [inputs, outputs] = [network.input.size, network.output.size];
      if (inputs !== 784 || outputs !== 10) {
        throw new Error(`${called}: a network that reads digits has 784 inputs and 10 outputs, and this one has ${inputs} and ${outputs}`);
      }
      open(network, called);
      banner.hidden = true;
      say('');
      return true;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** @param {File} given a model, or a picture */
  async function take(given) {
    if (given.type.startsWith('image/')) await pad.take(given);
    // As bytes, so that what is no text can be refused by its place.
    else openFile(new Uint8Array(await given.arrayBuffer()), given.name);
  }

  receiveFiles(document, (given) => void take(given));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', relight);

  if (!model || !openFile(model.text, model.name)) {
    open(untrained(), 'untrained.json');
    banner.hidden = false;
    banner.textContent =
      'This network has not learned anything yet: it guesses. Drop a model file anywhere on this page ' +
      '(models/mnist-784-128-10.json reads digits), or teach this one.';
  }
}
