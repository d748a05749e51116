// @ts-check
/**
 * One node, laid open: what its edges weigh as a picture, what each brings, and the sum that they make.
 */

import {Cells, columnsOf} from './cells.js';
import {mountEdge} from './edge.js';
import {button, choice, element} from './element.js';
import {shortest} from './numbertext.js';
import {palette} from './palette.js';
import {pathOf} from './session.js';
import {mountSum} from './sum.js';
import {ACTIVATION_WORDS, amount, count} from './words.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./graph.js').Place} Place */

/**
 * @typedef {object} Inspector
 * @property {HTMLElement} root
 * @property {(session: Session, place: Place) => void} show a node, or an edge with the node that it leads to
 */

/** Longer side of the picture of weights, in pixels of the page. */
const PICTURE = 280;

/** @type {Record<string, string>} */
const LEGENDS = {
  weights: 'Blue: ink here speaks for this node. Orange: ink here speaks against it.',
  away: 'Blue: ink in this pixel speaks for that node. Orange: ink here speaks against it.',
  deeper: 'Blue: a node that speaks for this one when it lights up. Orange: one that speaks against it.',
  contributions: 'What this picture brings: weight × value. Where there is no value, nothing comes.',
  gradients: 'How the loss would change with each weight. Blue should grow, orange should shrink.',
};

/**
 * @param {HTMLElement} root where to put it
 * @param {object} options
 * @param {(place: Place) => void} options.onChoose a node or an edge is chosen
 * @param {(place: Place, weight: number) => void} options.onWeight an edge gets another weight
 * @param {(place: Place, bias: number) => void} options.onBias a node gets another bias
 * @param {(place: Place) => void} options.onSwitchOff nobody shall hear of a node any more
 * @returns {Inspector}
 */
export function mountInspector(root, {onChoose, onWeight, onBias, onSwitchOff}) {
  /** @type {Session} */
  let session;
  /** @type {Place} */
  let place = {layer: 0, node: 0};
  /** @type {Cells | null} */
  let field = null;
  let fieldOf = '';
  let shows = 'weights';
  /** @type {number | null} */
  let pointed = null;

  const title = element('h2', {});
  const path = element('code', {class: 'path'});
  const role = element('p', {class: 'quiet'});
  const views = choice(
    'The picture shows',
    [['weights', 'weights'], ['contributions', 'weights × this input'], ['gradients', 'gradients']],
    shows,
    (value) => {
      shows = value;
      drawField();
    },
  );
  const frame = element('div', {class: 'weights-picture'});
  const legend = element('p', {class: 'legend quiet'});
  const hint = element('p', {class: 'hint'});
  const bias = element('input', {type: 'number', step: 'any', onchange: () => {
    if (Number.isFinite(bias.valueAsNumber)) onBias(place, bias.valueAsNumber);
  }});
  const off = button('Switch this node off', () => onSwitchOff(place), {title: 'Cuts all edges that lead away from it'});
  const actions = element('div', {class: 'actions'}, element('label', {}, 'bias ', bias), off);
  const sumRoot = element('div', {class: 'sum'});
  const edgeRoot = element('div', {class: 'edge'});
  const sum = mountSum(sumRoot, {onChoose});
  const edge = mountEdge(edgeRoot, {onWeight});
  const picture = element('div', {class: 'incoming'}, views.root, frame, hint, legend, actions);
  root.classList.add('inspector');
  root.append(
    element('header', {}, title, path, role),
    element('div', {class: 'columns'}, picture, element('div', {class: 'numbers'}, edgeRoot, sumRoot)),
  );

  /** The edges of the node as a picture; of a pixel, those that lead away from it. */
  const edges = () => {
    const {layers} = session.network;
    const {layer, node} = place;
    const target = layers[layer || 1];
    const fanIn = layers[(layer || 1) - 1].size;
    return {
      count: layer ? fanIn : target.size,
      /** @type {(index: number) => Place} */
      place: (index) => (layer ? {layer, node, source: index} : {layer: 1, node: index, source: node}),
      /** @type {(index: number) => number} */
      weight: (index) => target.weights[layer ? node * fanIn + index : index * fanIn + node],
      /** @type {(index: number) => number} */
      value: (index) => layers[(layer || 1) - 1].values[layer ? index : node],
      /** @type {(index: number) => number} */
      gradient: (index) => target.gradients[layer ? node : index] * layers[(layer || 1) - 1].values[layer ? index : node],
    };
  };

  /** @param {number} index */
  const nameOf = (index) => {
    const {layers} = session.network;
    if (place.layer > 1) return layers[place.layer - 1].nodeNames[index];
    return place.layer ? `pixel row ${Math.floor(index / 28)}, column ${index % 28}` : layers[1].nodeNames[index];
  };

  const drawField = () => {
    if (!field) return;
    const all = edges();
    const number = {
      weights: all.weight,
      contributions: (/** @type {number} */ index) => all.weight(index) * (session.pixels ? all.value(index) : 0),
      // Blue where more would lower the loss: that is against the gradient.
      gradients: (/** @type {number} */ index) => -all.gradient(index),
    }[/** @type {'weights' | 'contributions' | 'gradients'} */ (shows)];
    let most = 0;
    for (let index = 0; index < all.count; index += 1) most = Math.max(most, Math.abs(number(index)));
    const colours = palette(root);
    field.chosen = place.source === undefined ? null : place.layer ? place.source : place.node;
    field.draw((index) => colours.balance(most && number(index) / most), colours);
    const about = ['away', 'weights'][place.layer] ?? 'deeper';
    legend.textContent = LEGENDS[shows === 'weights' ? about : shows];
    const at = pointed ?? field.chosen;
    hint.textContent =
      at === null
        ? `${count(all.count, 'edge')}; point at one, click to open it`
        : `${nameOf(at)}: ${amount(all.weight(at))}${session.pixels ? ` × ${amount(all.value(at))} = ${amount(all.weight(at) * all.value(at))}` : ''}`;
  };

  const build = () => {
    const all = edges();
    const key = `${place.layer ? `${place.layer}` : 'picture'}:${all.count}`;
    if (field && fieldOf === key) return;
    fieldOf = key;
    pointed = null;
    field = new Cells({
      count: all.count,
      // A picture is a square already; other layers lie on their longer side.
      columns: Math.ceil(all.count / columnsOf(all.count)),
      label: place.layer ? 'Edges that lead to this node' : 'Edges that lead away from this pixel',
      describe: (index) => `${nameOf(index)}, weight ${amount(edges().weight(index))}`,
      onPoint: (index) => {
        pointed = index;
        drawField();
      },
      onChoose: (index) => onChoose(edges().place(index)),
    });
    field.seamless = place.layer === 1;
    const side = Math.min(26, PICTURE / Math.max(field.field.columns, field.rows));
    field.resize(side >= 4 ? Math.floor(side) : side);
    frame.replaceChildren(field.root);
  };

  return {
    root,
    show(shown, at) {
      if (session !== shown) fieldOf = '';
      [session, place] = [shown, at];
      const {layers} = session.network;
      const layer = layers[place.layer];
      const taught = session.loss !== null;
      views.allow('gradients', taught);
      views.allow('contributions', session.pixels !== null);
      if ((shows === 'gradients' && !taught) || (shows === 'contributions' && !session.pixels)) {
        shows = 'weights';
        views.set(shows);
      }
      title.textContent = place.layer
        ? layer.nodeNames[place.node]
        : `pixel row ${Math.floor(place.node / 28)}, column ${place.node % 28}`;
      path.textContent = place.layer ? pathOf(place.layer, place.node) : '';
      role.textContent = place.layer
        ? `Adds up what its ${count(edges().count, 'edge')} ${edges().count === 1 ? 'brings' : 'bring'} and its bias. ${ACTIVATION_WORDS[layer.activation]}.`
        : `Holds how much ink is there, 0 to 1, and hands it to ${count(edges().count, 'node')}.`;
      actions.hidden = place.layer === 0;
      off.hidden = place.layer === layers.length - 1;
      if (place.layer && document.activeElement !== bias) bias.value = shortest(layer.biases[place.node], session.network.numbers);
      build();
      field?.say();
      drawField();
      sum.show(session, place);
      edge.show(session, place);
    },
  };
}
