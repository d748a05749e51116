// @ts-check
/**
 * What a model file is made of: the constants of `mnist_ocr/modelfile/form.py`, and the types of a document.
 *
 * A document is the file's JSON once `modelfile.js` has looked at every number. It has the file's own keys and
 * nesting, so that `layers[1].nodes[17].weights[406]` is the same place in both.
 *
 * What is no part of the network (`about`, `training`) is kept as it was read: a whole number as a bigint, any
 * other number as a number, an object as a Map. JavaScript alone would write 1.0 as 1, round long numbers and
 * reorder keys, and the saved file would not be the one that was opened.
 *
 * @typedef {null | boolean | string | number | bigint | JsonList | JsonMap} JsonValue
 * @typedef {JsonValue[]} JsonList
 * @typedef {Map<string, any>} JsonMap values are JsonValue
 *
 * @typedef {object} NodeRecord
 * @property {string} name
 * @property {number} bias
 * @property {ArrayLike<number>} weights one for each node of the layer before
 *
 * @typedef {object} LayerRecord
 * @property {string} name
 * @property {number} size
 * @property {import('./activations.js').ActivationName} [activation] every layer but the input has it
 * @property {NodeRecord[]} [nodes] every layer but the input has them
 *
 * @typedef {object} ModelDocument
 * @property {string} format
 * @property {number} version
 * @property {JsonValue} [about] how to read the file
 * @property {JsonValue} [training] what it was trained on, how, and how it scored
 * @property {number | bigint} [sure_above] the confidence from which on an answer is sure
 * @property {import('./losses.js').LossName} loss
 * @property {'float32' | 'float64'} numbers
 * @property {LayerRecord[]} layers input first
 */

export const FORMAT = 'mnist_ocr network';
export const VERSION = 1;

/** @type {('float32' | 'float64')[]} */
export const PRECISIONS = ['float32', 'float64'];

/** The keys of the header that are no part of the network and are kept with it as they stand. */
export const NOTES = /** @type {const} */ (['about', 'training', 'sure_above']);

export const NUMBERS_PER_LINE = 28;

/** Bytes; a larger file is refused before it is read. 784-1000-500-10 needs 11 MB. */
export const LARGEST_FILE = 512 * 2 ** 20;

/** Lists, objects and keys, five for each node; each takes many times the memory that it takes in the file. */
export const MOST_PARTS = 10_000_000;

/** An endless row of tiny layers is no network that anybody trained. */
export const MOST_LAYERS = 1000;

export const NAME = '1 to 100 printable characters';

export const ABOUT = [
  'A neural network. layers[k].nodes[j].weights[i] is the weight of the edge from node i of layer k-1',
  "to node j of layer k. A node's value is activation(bias + sum of weight * value of the edge's source).",
  'The input is a picture, row by row: 0 is background, 1 is full ink. The weights of a node above a',
  '28x28 picture stand in 28 rows of 28: row r, column c belongs to pixel (r, c).',
  'Edit a number, load the file, and the network has it.',
];
