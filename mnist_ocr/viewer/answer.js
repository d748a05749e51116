// @ts-check
/**
 * What a network says about one picture: a digit, and how much it believes in each; as mnist_ocr/report/answer.py.
 */

/**
 * @typedef {object} Answer
 * @property {number} digit the one it believes in most
 * @property {number} confidence how much, 0 to 1
 * @property {number[]} probabilities one for each digit, adding up to 1
 * @property {boolean} sure whether to believe it
 * @property {number} sureAbove the confidence from which that is so
 */

/** Confidence from which an answer counts as sure, for a network whose file does not say. */
export const SURE_ABOVE = 0.95;

/**
 * Outputs that are no probabilities (sigmoid, linear) are cut off at 0 and divided by their sum.
 *
 * @param {ArrayLike<number>} values of the output nodes
 * @param {string} activation of the output layer
 * @param {number} sureAbove
 * @returns {Answer | null} null where the numbers overflowed
 */
export function answerOf(values, activation, sureAbove) {
  let probabilities = Array.from(values);
  if (!probabilities.every(Number.isFinite)) return null;
  const digit = probabilities.indexOf(Math.max(...probabilities));
  if (activation !== 'softmax') {
    const above = probabilities.map((value) => Math.max(0, value));
    const sum = above.reduce((all, value) => all + value, 0);
    probabilities = above.map((value) => (sum > 0 ? value / sum : 1 / above.length));
  }
  const confidence = probabilities[digit];
  return {digit, confidence, probabilities, sure: confidence >= sureAbove, sureAbove};
}

/**
 * Digits, most believed first.
 *
 * @param {Answer} answer
 */
export function ranking({probabilities}) {
  return probabilities.map((_, digit) => digit).sort((a, b) => probabilities[b] - probabilities[a]);
}
