// @ts-check
/**
 * Tell the network the truth, see how wrong it was, and let it take one step towards being less so.
 */

import {button, choice, element} from './element.js';
import {percent} from './words.js';

/** @typedef {import('./session.js').Session} Session */

/**
 * @typedef {object} Teach
 * @property {HTMLElement} root
 * @property {(session: Session) => void} show
 */

/** Learning rates from very careful to reckless. */
const RATES = ['0.001', '0.003', '0.01', '0.03', '0.1', '0.3', '1'];

/**
 * @param {HTMLElement} root where to put it
 * @param {object} options
 * @param {(digit: number) => void} options.onTruth what the digit really is
 * @param {(learningRate: number) => void} options.onStep
 * @param {() => void} options.onUndo
 * @param {() => void} options.onReset
 * @param {() => void} options.onSave
 * @returns {Teach}
 */
export function mountTeach(root, {onTruth, onStep, onUndo, onReset, onSave}) {
  const truth = choice(
    'What the digit really is',
    Array.from({length: 10}, (_, digit) => [String(digit), String(digit)]),
    '',
    (value) => onTruth(Number(value)),
  );
  truth.root.classList.add('digits');
  const loss = element('p', {class: 'loss'});
  const rate = element('select', {}, ...RATES.map((value) => element('option', {value}, value)));
  rate.value = '0.01';
  const step = button('Take one step', () => onStep(Number(rate.value)), {class: 'main'});
  const effect = element('div', {class: 'effect', role: 'status'});
  const [undo, reset, save] = [
    button('Undo', onUndo),
    button('Reset', onReset, {title: 'Every number as it stands in the file'}),
    button('Save as JSON', onSave, {title: 'A model file that inference.py reads'}),
  ];
  const changes = element('p', {class: 'quiet changes'});
  root.classList.add('teach');
  root.append(
    element('h2', {}, 'Teach it'),
    element('p', {}, 'What was it really?'),
    truth.root,
    loss,
    element(
      'div',
      {class: 'stepping'},
      step,
      element('label', {title: 'How far each weight moves against its gradient'}, 'learning rate ', rate),
    ),
    effect,
    element('hr', {}),
    changes,
    element('div', {class: 'actions'}, undo, reset, save),
  );

  return {
    root,
    show(session) {
      for (let digit = 0; digit < 10; digit += 1) truth.allow(String(digit), session.pixels !== null);
      if (session.truth === null) truth.clear();
      else truth.set(String(session.truth));
      step.disabled = session.loss === null;
      loss.replaceChildren(
        ...(session.loss === null
          ? [session.pixels ? 'Say it, and see how wrong the network is.' : 'Draw a digit first.']
          : [element('strong', {}, `Loss ${session.loss.toFixed(4)}`), ': how wrong it is; 0 would be perfect.']),
      );
      effect.replaceChildren(...(session.effect ? told(session) : []));
      const {length} = session.changes;
      changes.textContent = length
        ? `${length} ${length === 1 ? 'change' : 'changes'} since the file. Last: ${session.changes[length - 1].words}.`
        : 'The network is as it stands in the file.';
      undo.disabled = reset.disabled = length === 0;
    },
  };
}

/**
 * What the last change did.
 *
 * @param {Session} session
 * @returns {HTMLElement[]}
 */
function told(session) {
  const {effect} = session;
  if (!effect) return [];
  const {before, after} = effect;
  const digits = [...new Set([session.truth ?? before.digit, before.digit, after.digit])];
  const lines = digits.map((digit) => [
    `${digit}`, percent(before.probabilities[digit]), percent(after.probabilities[digit]),
  ]);
  if (effect.lossBefore !== null && effect.lossAfter !== null) {
    lines.push(['loss', effect.lossBefore.toFixed(4), effect.lossAfter.toFixed(4)]);
  }
  return [
    element('p', {class: 'quiet'}, `What this did: ${effect.words}`),
    element(
      'table',
      {},
      element('caption', {class: 'unseen'}, 'Before and after the change'),
      element('thead', {}, element('tr', {}, ...['digit', 'before', 'after'].map((word) => element('th', {scope: 'col'}, word)))),
      element(
        'tbody',
        {},
        ...lines.map(([name, was, is]) =>
          element('tr', {}, element('th', {scope: 'row'}, name), element('td', {}, was), element('td', {}, `→ ${is}`)),
        ),
      ),
    ),
  ];
}
