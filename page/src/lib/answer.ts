/** What a network says about one picture: a digit, and how much it believes in each; as `mnist_ocr/report/answer.py`. */

import type {Network} from './network';
import {largest} from './trainer';
import {belief, percent} from './words';

export interface Answer {
  digit: number;
  /** How much it believes in that digit, 0 to 1. */
  confidence: number;
  /** One for each digit, adding up to 1. */
  probabilities: number[];
  sure: boolean;
}

/** Confidence from which an answer counts as sure, for a network whose file does not say. */
const SURE_ABOVE = 0.95;

/** A runner-up is worth a word from this part of the winner's probability. */
const WORTH_A_WORD = 0.1;

/** The answer of the last `forward`; null where the numbers overflowed. */
export function answerOf(network: Network): Answer | null {
  let probabilities = Array.from(network.output.values);
  if (!probabilities.every(Number.isFinite)) return null;
  const digit = largest(probabilities);
  if (network.output.activation !== 'softmax') {
    // Outputs that are no probabilities are cut off at 0 and divided by their sum.
    const above = probabilities.map((value) => Math.max(0, value));
    const sum = above.reduce((all, value) => all + value, 0);
    probabilities = above.map((value) => (sum > 0 ? value / sum : 1 / above.length));
  }
  const confidence = probabilities[digit];
  return {digit, confidence, probabilities, sure: confidence >= (network.metadata.sure_above ?? SURE_ABOVE)};
}

/** What the output nodes stand for: the classes that the file names, else the digits. */
export function answerNames(network: Network): string[] {
  const {classes} = (network.metadata.training ?? {}) as {classes?: unknown[]};
  return Array.from({length: network.output.size}, (_, node) => String(classes?.[node] ?? node));
}

export function ranking({probabilities}: Answer): number[] {
  return probabilities.map((_, digit) => digit).sort((a, b) => probabilities[b] - probabilities[a]);
}

export function inWords(answer: Answer): string {
  if (answer.sure) return `${belief(answer.confidence)} sure`;
  const [first, second] = ranking(answer);
  const next = answer.probabilities[second];
  const wavers = next >= answer.confidence * WORTH_A_WORD ? `, or ${second} (${percent(next)})` : '';
  return `Not sure: perhaps ${first === 8 ? 'an' : 'a'} ${first} (${belief(answer.confidence)})${wavers}`;
}
