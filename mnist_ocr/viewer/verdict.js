// @ts-check
/**
 * The answer in large letters, and the few pictures on the way from the drawing to what the network sees.
 */

import {ranking} from './answer.js';
import {element} from './element.js';
import {percent} from './words.js';

/** @typedef {import('./answer.js').Answer} Answer */

/** A runner-up is worth a word from this part of the winner's probability. */
const WORTH_A_WORD = 0.1;

/** Milliseconds of rest after which a screen reader is told: it need not hear every point of a stroke. */
const REST = 600;

/**
 * @param {HTMLElement} root where to put it
 */
export function mountVerdict(root) {
  const digit = element('p', {class: 'verdict-digit', 'aria-hidden': 'true'});
  const words = element('p', {class: 'verdict-words', 'aria-hidden': 'true'});
  const spoken = element('p', {class: 'unseen', role: 'status', 'aria-live': 'polite'});
  let timer = 0;
  root.classList.add('verdict');
  root.append(digit, words, spoken);

  return {
    /**
     * @param {Answer | null} answer
     * @param {boolean} several whether there seem to be other digits beside it
     * @param {string} otherwise what to say when there is none
     */
    show(answer, several, otherwise) {
      root.classList.toggle('unsure', answer !== null && !answer.sure);
      digit.textContent = answer ? String(answer.digit) : '?';
      root.classList.toggle('empty', !answer);
      const text = answer ? inWords(answer) + (several ? '. There seem to be several digits; this is the largest' : '') : otherwise;
      words.textContent = text;
      clearTimeout(timer);
      timer = setTimeout(() => {
        const said = answer ? `${answer.sure ? `It is a ${answer.digit}, ` : ''}${text}` : text;
        if (spoken.textContent !== said) spoken.textContent = said;
      }, REST);
    },
  };
}

/**
 * @param {Answer} answer
 * @returns {string}
 */
export function inWords(answer) {
  if (answer.sure) return `${percent(answer.confidence)} sure`;
  const [first, second] = ranking(answer);
  const runnerUp = answer.probabilities[second];
  const wavers = runnerUp >= answer.confidence * WORTH_A_WORD ? `, or ${second} (${percent(runnerUp)})` : '';
  return `Not sure: perhaps ${first} (${percent(answer.confidence)})${wavers}`;
}
