// @ts-check
/**
 * The whole network in sight: the picture, a cell for every hidden node, a bar for every answer, and over them
 * the edges that say most.
 */

import {Cells} from './cells.js';
import {button, element} from './element.js';
import {mountLines} from './lines.js';
import {palette} from './palette.js';
import {strongestEdges} from './strongest.js';
import {amount, count, percent} from './words.js';

/** @typedef {import('./network.js').Layer} Layer */
/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./strongest.js').Edge} Edge */

/**
 * @typedef {object} Place of a node, or of the edge that comes to it from `source`
 * @property {number} layer
 * @property {number} node
 * @property {number} [source]
 */

/**
 * @typedef {object} View
 * @property {'values' | 'gradients'} shows
 * @property {number} edges how many lines are drawn
 * @property {Place | null} chosen
 * @property {Place | null} pointed
 */

/**
 * @typedef {object} Graph
 * @property {HTMLElement} root
 * @property {(session: Session) => void} open show another network
 * @property {(view: View) => void} draw
 */

/** Width, in pixels of the page, below which the layers stand one below the other. */
const UPRIGHT_BELOW = 600;

/** Largest side of a hidden node's cell, and how high a layer may be, beside or below the others. */
const [LARGEST_CELL, HEIGHT, UPRIGHT_HEIGHT] = [26, 430, 240];

/** Room that a gap between two layers needs for its lines to be followed, and that it takes if it can. */
const [GAP, WIDEST_GAP] = [44, 130];

/** Widths of the answers' column, and of the narrowest picture and hidden layer. */
const [ANSWERS, LEAST_PICTURE, LEAST_LAYER] = [190, 168, 60];

/** Width of a layer above which its caption fits on one line. */
const CAPTION = 110;

/**
 * @param {HTMLElement} root where to put it
 * @param {object} options
 * @param {(place: Place | null) => void} options.onPoint a node is pointed at, or none any more
 * @param {(place: Place) => void} options.onChoose a node or an edge is chosen
 * @param {() => void} options.onResize it has to be drawn again
 * @returns {Graph}
 */
export function mountGraph(root, {onPoint, onChoose, onResize}) {
  /** @type {Session} */
  let session;
  /** @type {Cells[]} of all layers but the last */
  let fields = [];
  /** @type {{root: HTMLButtonElement, bar: HTMLElement, ghost: HTMLElement, words: HTMLElement}[]} */
  let answers = [];
  let upright = false;

  const stage = element('div', {class: 'stage'});
  root.classList.add('graph');
  root.append(stage);
  const lines = mountLines(stage, {onChoose});

  /** Give every layer its room, and find the columns that make its cells largest in there. */
  const arrange = () => {
    if (!session) return;
    const {layers} = session.network;
    const hidden = layers.length - 2;
    const room = stage.clientWidth;
    const turned = room < Math.max(UPRIGHT_BELOW, ANSWERS + LEAST_PICTURE + GAP + hidden * (LEAST_LAYER + GAP));
    const picture = Math.min(room, turned ? 8 * 28 : Math.max(LEAST_PICTURE, (room * 0.33) / Math.max(1, hidden ** 0.4)), 10 * 28);
    const free = room - ANSWERS - picture;
    const gap = Math.min(WIDEST_GAP, Math.max(GAP, free / (1 + 3 * hidden)));
    const each = turned ? room : (free - gap * (hidden + 1)) / Math.max(1, hidden);
    const shapes = layers.slice(0, -1).map(({size}, index) =>
      index ? turned ? turn(shapeOf(size, UPRIGHT_HEIGHT, each), size) : shapeOf(size, each, HEIGHT) : {columns: 28, side: picture / 28},
    );
    if (turned !== upright || shapes.some(({columns}, index) => fields[index]?.field.columns !== columns)) {
      upright = turned;
      root.classList.toggle('upright', upright);
      root.classList.toggle('crowded', each < CAPTION);
      build(layers, shapes.map(({columns}) => columns));
    }
    // Whole pixels are sharp; a field of a thousand nodes cannot be choosy.
    shapes.forEach(({side}, index) => fields[index].resize(side >= 7 ? Math.floor(side) : side));
  };

  /**
   * @param {Layer[]} layers
   * @param {number[]} columns of each
   */
  const build = (layers, columns) => {
    fields = layers.slice(0, -1).map((layer, index) => {
      const field = new Cells({
        count: layer.size,
        columns: columns[index],
        label: index ? `Nodes of layer ${layer.name}` : 'The picture that the network sees, 28 by 28 pixels',
        describe: (node) => describe(index, node),
        onPoint: (node) => onPoint(node === null ? null : {layer: index, node}),
        onChoose: (node) => onChoose({layer: index, node}),
      });
      field.seamless = index === 0;
      return field;
    });
    const last = layers.length - 1;
    answers = layers[last].nodeNames.map((_, node) => {
      const [bar, ghost, words] = ['bar', 'ghost', 'share'].map((name) => element('span', {class: name}));
      const made = button('', () => onChoose({layer: last, node}), {class: 'answer-row'});
      made.append(
        element('span', {class: 'unseen'}, 'Answer '),
        element('span', {class: 'digit'}, String(node)),
        ' ',
        element('span', {class: 'track'}, bar, ghost),
        words,
      );
      for (const event of ['pointerenter', 'focus']) {
        made.addEventListener(event, () => (event === 'focus' && !made.matches(':focus-visible')) || onPoint({layer: last, node}));
      }
      for (const event of ['pointerleave', 'blur']) made.addEventListener(event, () => onPoint(null));
      return {root: made, bar, ghost, words};
    });
    const parts = [...fields.map((field) => field.root), element('div', {class: 'answers'}, ...answers.map((answer) => answer.root))];
    stage.replaceChildren(
      ...parts.map((part, index) =>
        element(
          'figure',
          {class: index === 0 ? 'layer picture' : index === last ? 'layer output' : 'layer'},
          element('figcaption', {}, ...caption(layers[index], index, last)),
          part,
        ),
      ),
      ...lines.roots,
    );
  };

  /**
   * @param {number} layer
   * @param {number} node
   */
  const describe = (layer, node) => {
    const {nodeNames, values} = session.network.layers[layer];
    const value = session.pixels ? `, value ${amount(values[node])}` : '';
    return layer ? nodeNames[node] + value : `row ${Math.floor(node / 28)}, column ${node % 28}${value}`;
  };

  /** @type {Graph} */
  const graph = {
    root,
    open(opened) {
      session = opened;
      fields = [];
      arrange();
    },
    draw(view) {
      const {layers} = session.network;
      const colours = palette(root);
      const lit = session.pixels !== null;
      const taught = view.shows === 'gradients' && session.loss !== null;
      const chosen = view.pointed ?? view.chosen;
      fields.forEach((field, index) => {
        const {values, gradients} = layers[index];
        field.chosen = nodeOf(view.chosen, index);
        const numbers = index && taught ? gradients : values;
        const most = index ? largest(numbers) : 1;
        const share = (/** @type {number} */ node) => (lit && most ? numbers[node] / most : 0);
        if (index && taught) {
          // Blue where more would lower the loss: that is against the gradient.
          field.draw((node) => colours.balance(-share(node)), colours);
        } else {
          field.draw(
            (node) => (index ? colours.lit : colours.inked)(Math.abs(share(node))),
            colours,
            (node) => share(node) < 0,
          );
        }
        field.say();
      });
      drawAnswers(view, taught);
      /** @type {Edge[]} */
      let edges = [];
      if (lit && view.edges) {
        const shows = taught ? 'gradients' : 'values';
        edges = layers.slice(1).flatMap((layer, before) => {
          const only =
            chosen && chosen.layer === before + 1 && chosen.layer < layers.length - 1
              ? {node: chosen.node}
              : chosen && chosen.layer === before && view.pointed
                ? {source: chosen.node}
                : {};
          return strongestEdges(layer, before + 1, view.edges, shows, only);
        });
      }
      lines.draw(edges, {
        colours,
        upright,
        sign: taught ? -1 : 1,
        chosen: view.chosen,
        points: [
          ...fields.map((field) => ({box: field.canvas, centre: (/** @type {number} */ node) => middle(field, node)})),
          {box: answers[0].root, centre: null, boxes: answers.map((answer) => answer.root)},
        ],
      });
    },
  };

  /**
   * @param {View} view
   * @param {boolean} taught
   */
  const drawAnswers = (view, taught) => {
    const {output, layers} = session.network;
    const {answer, effect} = session;
    const steepest = largest(output.gradients);
    answers.forEach(({root: row, bar, ghost, words}, digit) => {
      const part = answer ? answer.probabilities[digit] : 0;
      const gradient = output.gradients[digit];
      const share = taught ? (steepest ? Math.abs(gradient) / steepest : 0) : part;
      const before = effect && !taught ? effect.before.probabilities[digit] : null;
      row.style.setProperty('--share', String(share));
      row.style.setProperty('--before', String(before ?? 0));
      ghost.hidden = before === null;
      bar.className = `bar${taught ? (gradient < 0 ? ' favour' : ' against') : ''}`;
      const figure = taught ? (upright ? gradient.toFixed(2).replace('-', '\u2212') : amount(gradient)) : percent(part);
      // Ten of them side by side have no room for the sign of what is plain.
      words.textContent = !answer ? '' : upright ? figure.replace(/ %?/g, '') : figure;
      row.classList.toggle('winner', !taught && answer?.digit === digit);
      row.classList.toggle('truth', session.truth === digit);
      row.setAttribute('aria-pressed', String(nodeOf(view.chosen, layers.length - 1) === digit));
    });
  };

  new ResizeObserver(() => {
    arrange();
    if (session) onResize();
  }).observe(root);
  return graph;
}

/**
 * @param {Layer} layer
 * @param {number} index
 * @param {number} last
 * @returns {HTMLElement[]}
 */
function caption(layer, index, last) {
  const about = index === 0 ? '28 × 28 pixels' : `${count(layer.size, 'node')}, ${layer.activation}`;
  const name = index === 0 ? 'What it sees' : index === last ? 'What it says' : layer.name;
  return [element('strong', {}, name), element('span', {}, about)];
}

/**
 * The columns that leave the most room for each cell.
 *
 * @param {number} count of cells
 * @param {number} width
 * @param {number} height
 */
function shapeOf(count, width, height) {
  let best = {columns: 1, side: 0};
  for (let columns = 1; columns <= count; columns += 1) {
    const side = Math.min(LARGEST_CELL, width / columns, height / Math.ceil(count / columns));
    // A little larger is not worth a last row with holes.
    const whole = count % columns === 0 ? 1.1 : 1;
    if (side * whole > best.side) best = {columns, side: side * whole};
  }
  return {columns: best.columns, side: Math.min(LARGEST_CELL, width / best.columns, height / Math.ceil(count / best.columns))};
}

/**
 * Columns for rows: what is tall becomes wide.
 *
 * @param {{columns: number, side: number}} shape
 * @param {number} count of cells
 */
const turn = ({columns, side}, count) => ({columns: Math.ceil(count / columns), side});

/**
 * @param {Place | null} place
 * @param {number} layer
 */
const nodeOf = (place, layer) => (place && place.layer === layer ? place.node : null);

/** @param {Float64Array} numbers */
const largest = (numbers) => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);

/**
 * @param {Cells} field
 * @param {number} node
 * @returns {[number, number]}
 */
function middle(field, node) {
  const [x, y] = field.corner(node);
  return [x + field.side / 2, y + field.side / 2];
}
