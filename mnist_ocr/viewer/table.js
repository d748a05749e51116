// @ts-check
/**
 * What the picture of the network shows, as tables: for screen readers, and for whoever wants the figures.
 */

import {element} from './element.js';
import {pathOf} from './session.js';
import {strongestEdges} from './strongest.js';
import {amount, count, percent} from './words.js';

/** @typedef {import('./session.js').Session} Session */

/** Edges of the table of the strongest. */
const EDGES = 50;

/**
 * @param {HTMLElement} root where to put it
 * @returns {{root: HTMLElement, open: (session: Session) => void, draw: () => void}}
 */
export function mountTable(root) {
  /** @type {Session} */
  let session;
  const what = element('select', {'aria-label': 'What the table shows', onchange: () => draw()});
  const body = element('div', {class: 'scroller long', tabindex: 0, role: 'region', 'aria-label': 'Table'});
  const details = element(
    'details',
    {ontoggle: () => draw()},
    element('summary', {}, 'The same as tables'),
    element('label', {}, 'Show ', what),
    body,
  );
  root.classList.add('as-table');
  root.append(details);

  const draw = () => {
    // Thousands of rows are made for those who look at them.
    if (!details.open || !session) return;
    const [kind, layer] = what.value.split(' ');
    body.replaceChildren(
      kind === 'answers' ? answers(session) : kind === 'edges' ? edges(session, Number(layer))
        : kind === 'picture' ? picture(session) : nodes(session, Number(layer)),
    );
  };

  return {
    root,
    draw,
    open(opened) {
      session = opened;
      const {layers} = session.network;
      /** @type {[string, string][]} */
      const choices = [['answers', 'the answers'], ['picture', 'the picture']];
      layers.slice(1).forEach(({name, size}, before) => {
        choices.push([`nodes ${before + 1}`, `the ${count(size, 'node')} of ${name}`]);
        choices.push([`edges ${before + 1}`, `the strongest edges into ${name}`]);
      });
      what.replaceChildren(...choices.map(([value, words]) => element('option', {value}, words)));
      draw();
    },
  };
}

/**
 * @param {string} caption
 * @param {string[]} columns
 * @param {string[][]} rows the first of each is its heading
 */
function table(caption, columns, rows) {
  return element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...columns.map((words) => element('th', {scope: 'col'}, words)))),
    element(
      'tbody',
      {},
      ...rows.map(([first, ...others]) =>
        element('tr', {}, element('th', {scope: 'row'}, first), ...others.map((words) => element('td', {}, words))),
      ),
    ),
  );
}

/** @param {Session} session */
function answers({answer, network}) {
  const {totals} = network.output;
  return table(
    answer ? `The network says ${answer.digit}${answer.sure ? '' : ', but is not sure'}` : 'Nothing is drawn yet',
    ['digit', 'probability', 'total'],
    (answer?.probabilities ?? []).map((part, digit) => [String(digit), percent(part), amount(totals[digit])]),
  );
}

/** @param {Session} session */
function picture({pixels}) {
  const rows = Array.from({length: 28}, (_, row) => [
    String(row),
    ...Array.from({length: 28}, (_, column) => (pixels ? String(Math.round(255 * pixels[28 * row + column])) : '0')),
  ]);
  return table('Ink of every pixel, 0 to 255', ['row', ...Array.from({length: 28}, (_, column) => String(column))], rows);
}

/**
 * @param {Session} session
 * @param {number} index
 */
function nodes({network, pixels, loss}, index) {
  const {nodeNames, totals, values, gradients, biases} = network.layers[index];
  return table(
    pixels ? 'Every node of this layer' : 'Every node of this layer; draw a digit to see what they compute',
    ['node', 'bias', 'total', 'value', 'gradient of the total'],
    nodeNames.map((name, node) => [
      name,
      amount(biases[node]),
      ...(pixels ? [amount(totals[node]), amount(values[node])] : ['–', '–']),
      loss === null ? '–' : amount(gradients[node]),
    ]),
  );
}

/**
 * @param {Session} session
 * @param {number} index
 */
function edges({network, pixels, loss}, index) {
  const layer = network.layers[index];
  const before = network.layers[index - 1];
  const found = pixels ? strongestEdges(layer, index, EDGES, 'values') : [];
  return table(
    pixels ? 'The edges that bring most' : 'Nothing is drawn yet',
    ['path in the file', 'weight', 'value', 'brings', 'gradient'],
    found.map(({node, source, strength}) => [
      pathOf(index, node, source),
      amount(layer.weights[node * before.size + source]),
      amount(before.values[source]),
      amount(strength),
      loss === null ? '–' : amount(layer.gradients[node] * before.values[source]),
    ]),
  );
}
