// @ts-check
/**
 * The sum made visible: what a node's edges bring, largest first, its bias, the total, and what the activation
 * makes of it. Nothing is left out: what is not listed stands there as one number, and what the rounding of
 * computers leaves over is said.
 */

import {button, element} from './element.js';
import {amount, count, signed} from './words.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./graph.js').Place} Place */

/** Terms that are listed before somebody asks for all. */
const FEW = 8;

/**
 * @param {HTMLElement} root
 * @param {object} options
 * @param {(place: Place) => void} options.onChoose
 */
export function mountSum(root, {onChoose}) {
  /** @type {Session} */
  let session;
  /** @type {Place} */
  let place;
  let all = false;

  const heading = element('h3', {}, 'The sum');
  const note = element('p', {class: 'quiet'});
  const body = element('tbody', {});
  const table = element(
    'table',
    {},
    element('caption', {class: 'unseen'}, 'What each edge brings to this node'),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...['from', 'weight', '× value', '= brings'].map((words) => element('th', {scope: 'col'}, words)),
        element('th', {scope: 'col', class: 'bar-cell'}, element('span', {class: 'unseen'}, 'as a bar')),
      ),
    ),
    body,
  );
  const scroller = element('div', {class: 'scroller'}, table);
  const more = button('', () => {
    all = !all;
    draw();
  }, {class: 'plain'});
  root.append(heading, note, scroller, more);

  /**
   * A line of the sum.
   *
   * @param {string} from
   * @param {string[]} numbers
   * @param {number | null} share of the largest, -1 to 1, as a bar
   * @param {string} kind
   * @param {Place | null} edge
   */
  const line = (from, numbers, share, kind, edge) => {
    const bar = element('span', {class: `brings ${share && share < 0 ? 'against' : 'favour'}`});
    bar.style.setProperty('--share', String(Math.abs(share ?? 0)));
    const name = edge
      ? button(from, () => onChoose(edge), {'aria-label': `Open the edge from ${from}`, 'data-source': String(edge.source)})
      : from;
    const chosen = edge && place.source === edge.source;
    return element(
      'tr',
      {class: `${kind}${chosen ? ' chosen' : ''}`},
      element('th', {scope: 'row'}, name),
      ...numbers.map((number) => element('td', {}, number)),
      element('td', {class: 'bar-cell'}, share === null ? '' : bar),
    );
  };

  const draw = () => {
    const {layer, node} = place;
    const focused = /** @type {HTMLElement | null} */ (
      root.contains(document.activeElement) ? document.activeElement : null
    )?.dataset.source;
    const {layers} = session.network;
    const {terms, bias, total, value, residual} = session.network.terms(layer, node);
    const listed = all ? terms.length : Math.min(FEW, terms.length);
    const most = Math.max(Math.abs(bias), Math.abs(terms[0]?.contribution ?? 0)) || 1;
    const rest = terms.slice(listed).reduce((sum, {contribution}) => sum + contribution, 0);
    const names = layers[layer - 1].nodeNames;
    /** @param {number} source */
    const nameOf = (source) => (layer === 1 ? `row ${Math.floor(source / 28)}, col ${source % 28}` : names[source]);
    body.replaceChildren(
      line('bias', ['', '', signed(bias)], bias / most, 'part', null),
      ...terms.slice(0, listed).map(({source, weight, value: carried, contribution}) =>
        line(nameOf(source), [amount(weight), amount(carried), signed(contribution)], contribution / most, 'part', {
          layer, node, source,
        }),
      ),
      ...(terms.length > listed
        ? [line(`${count(terms.length - listed, 'other')}`, ['', '', signed(rest)], null, 'part', null)]
        : []),
      line('total', ['', '', amount(total)], null, 'total', null),
      line(`${layers[layer].activation} makes of it`, ['', '', amount(value)], null, 'value', null),
    );
    note.textContent = `It adds up; ${
      residual === 0 ? 'nothing is left over.' : `left over by rounding: ${amount(residual)}.`
    }`;
    more.hidden = terms.length <= FEW;
    more.textContent = all ? 'Show the largest only' : `Show all ${terms.length.toLocaleString('en')}`;
    scroller.classList.toggle('long', all);
    if (focused !== undefined) {
      /** @type {HTMLElement | null} */ (body.querySelector(`[data-source="${focused}"]`))?.focus();
    }
  };

  return {
    /**
     * @param {Session} shown
     * @param {Place} at
     */
    show(shown, at) {
      if (session !== shown || place.layer !== at.layer || place.node !== at.node) all = false;
      [session, place] = [shown, at];
      const empty = at.layer === 0 || !session.pixels;
      table.hidden = more.hidden = empty;
      heading.textContent = at.layer === 0 ? 'Where it goes' : 'The sum';
      if (!empty) draw();
      else if (at.layer) note.textContent = 'Draw a digit, and every number of this sum stands here.';
      else note.textContent = 'Click a cell to open the edge to that node.';
    },
  };
}
