/** What a network says about one picture: a class, most often a digit, and how much it believes in each; as `mnist_ocr/report/answer.py`. */

import type {Network} from './network';
import {largest} from './trainer';
import {belief, percent} from './words';

export interface Answer {
  /** The output node that won, and what each of them stands for. */
  node: number;
  names: string[];
  /** How much it believes in that one, 0 to 1. */
  confidence: number;
  /** One for each output node, adding up to 1. */
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
  const node = largest(probabilities);
  if (network.output.activation !== 'softmax') {
    // Outputs that are no probabilities are cut off at 0 and divided by their sum.
    const above = probabilities.map((value) => Math.max(0, value));
    const sum = above.reduce((all, value) => all + value, 0);
    probabilities = above.map((value) => (sum > 0 ? value / sum : 1 / above.length));
  }
  const confidence = probabilities[node];
  return {node, names: answerNames(network), confidence, probabilities, sure: confidence >= (network.metadata.sure_above ?? SURE_ABOVE)};
}

/**
 * The classes that the file names for its output nodes, as `mnist_ocr/graph/classes.py` finds them; undefined if it names
 * none. Numbers that were changed by hand still stand for the classes of the training before.
 */
export function namedClasses(training: unknown): unknown {
  let found = training as {classes?: unknown; from?: unknown} | null | undefined;
  while (found?.from && Object.keys(found).every((key) => key === 'note' || key === 'from')) found = found.from as typeof found;
  return found?.classes;
}

/** What the output nodes stand for: the classes that the file names, else the digits. */
export function answerNames({metadata, output}: Network): string[] {
  const classes = namedClasses(metadata.training) as unknown[] | undefined;
  return Array.from({length: output.size}, (_, node) => String(classes?.[node] ?? node).slice(0, 40));
}

/** Whether output node k is the digit k: only then can the digits in the page be taught and counted. */
export const readsDigits = (network: Network): boolean => answerNames(network).join() === '0,1,2,3,4,5,6,7,8,9';

/** "a 7", "an 8"; the name of a class that is no digit stands alone. */
export const called = (name: string): string => (/^\d$/.test(name) ? `${name === '8' ? 'an' : 'a'} ${name}` : name);

export function ranking({probabilities}: Answer): number[] {
  return probabilities.map((_, node) => node).sort((a, b) => probabilities[b] - probabilities[a]);
}

export function inWords(answer: Answer): string {
  if (answer.sure) return `${belief(answer.confidence)} sure`;
  const [first, second] = ranking(answer);
  const next = answer.probabilities[second];
  const wavers = next >= answer.confidence * WORTH_A_WORD ? `, or ${answer.names[second]} (${percent(next)})` : '';
  return `Not sure: perhaps ${called(answer.names[first])} (${belief(answer.confidence)})${wavers}`;
}
