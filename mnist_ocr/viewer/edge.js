// @ts-check
/**
 * One edge: its weight, what it carries, what that brings, what learning would do with it, and where in the
 * model file it stands.
 */

import {button, element} from './element.js';
import {shortest} from './numbertext.js';
import {pathOf} from './session.js';
import {amount} from './words.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./graph.js').Place} Place */

/**
 * @param {HTMLElement} root
 * @param {object} options
 * @param {(place: Place, weight: number) => void} options.onWeight
 */
export function mountEdge(root, {onWeight}) {
  /** @type {Place} */
  let place;
  const title = element('h3', {});
  const path = element('code', {class: 'path'});
  const weight = element('input', {type: 'number', step: 'any', onchange: () => {
    if (Number.isFinite(weight.valueAsNumber)) onWeight(place, weight.valueAsNumber);
  }});
  const [carried, brings, gradient] = ['carries', 'brings', 'gradient'].map(() => element('dd', {}));
  const cut = button('Cut this edge', () => onWeight(place, 0), {title: 'Sets its weight to 0'});
  root.append(
    title,
    path,
    element(
      'dl',
      {},
      element('div', {}, element('dt', {}, element('label', {}, 'weight ', weight))),
      element('div', {}, element('dt', {}, 'value it carries'), carried),
      element('div', {}, element('dt', {}, 'brings'), brings),
      element('div', {title: 'How much the loss grows when the weight grows by 1'}, element('dt', {}, 'gradient'), gradient),
    ),
    cut,
  );

  return {
    /**
     * @param {Session} session
     * @param {Place} at
     */
    show(session, at) {
      root.hidden = at.source === undefined;
      if (at.source === undefined) return;
      place = at;
      const {layers} = session.network;
      const [layer, before] = [layers[at.layer], layers[at.layer - 1]];
      const from = at.layer === 1 ? `pixel (${Math.floor(at.source / 28)}, ${at.source % 28})` : before.nodeNames[at.source];
      title.textContent = `${from} → ${layer.nodeNames[at.node]}`;
      path.textContent = pathOf(at.layer, at.node, at.source);
      const number = layer.weights[at.node * before.size + at.source];
      weight.value = shortest(number, session.network.numbers);
      cut.disabled = number === 0;
      const value = before.values[at.source];
      carried.textContent = session.pixels ? amount(value) : 'no picture yet';
      brings.textContent = session.pixels ? amount(number * value) : '–';
      gradient.textContent = session.loss === null ? 'say the digit first' : amount(layer.gradients[at.node] * value);
    },
  };
}
