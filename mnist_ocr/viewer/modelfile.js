// @ts-check
/**
 * From a model file to a document whose every number has been looked at: `mnist_ocr/modelfile.py`.
 *
 *     const document = readModel(bytes, 'model.json');    // or a ModelFileError that a person can act on
 *     const network = Network.fromDocument(document);
 *     const text = writeModel(network.toDocument());      // what Python would have saved
 *
 * What Python accepts is accepted, and what it refuses is refused in the same words, with the path of what was
 * wrong, such as `layers[1].nodes[17].weights[406]`.
 */

import {ACTIVATIONS} from './activations.js';
import {FORMAT, LARGEST_FILE, MOST_LAYERS, NAME, NOTES, PRECISIONS, VERSION} from './form.js';
import {LOSSES} from './losses.js';
import {ModelFileError, readDocument, refuse} from './modeltext.js';
import {writeModel} from './modelwriting.js';
import {isName, quoted, shown, thousands} from './pythontext.js';

export {ModelFileError, writeModel};

/** @typedef {import('./form.js').JsonValue} JsonValue */
/** @typedef {import('./form.js').LayerRecord} LayerRecord */
/** @typedef {import('./form.js').ModelDocument} ModelDocument */
/** @typedef {Map<string, JsonValue>} JsonRecord */
/** @typedef {(place: string, expected: string, found: string) => never} Refuse of one file */

const HEADER = ['format', 'version', 'about', 'training', 'sure_above', 'loss', 'numbers', 'layers'];
const OPTIONAL = ['about', 'training', 'sure_above', 'loss', 'numbers'];

/**
 * @param {string | Uint8Array} source the file's text, or its bytes
 * @param {string} file its name, for messages
 * @returns {ModelDocument}
 * @throws {ModelFileError} something in it is not as it must be
 */
export function readModel(source, file) {
  const record = readDocument(source, file);
  /** @type {Refuse} */
  const no = (place, expected, found) => refuse(file, place, expected, found);
  // In the order in which the program looks, so that both name the same fault of a file that has several.
  const {numbers, loss: given, notes} = checkedHeader(record, no);
  const layers = /** @type {JsonRecord[]} */ (record.get('layers'));
  const sizes = layers.map((layer, k) => checkedSize(layer, k, no));
  const activations = layers.map((layer, k) => {
    if (k === 0) return undefined;
    const activation = oneOf(ACTIVATIONS, layer.get('activation'), `layers[${k}].activation`, no);
    checkNodes(layer, k, sizes, no);
    return activation;
  });
  /** @type {LayerRecord[]} */
  const checked = layers.map((layer, k) => ({
    name: checkedName(layer, `layers[${k}]`, no),
    size: sizes[k],
    ...(k === 0 ? {} : {activation: activations[k], nodes: checkedNodes(layer, k, numbers, no)}),
  }));
  const last = activations[activations.length - 1];
  const loss = given ?? (last === 'softmax' ? 'cross-entropy' : 'squared-error');
  const {needs} = LOSSES[loss];
  if (needs !== null && needs !== last) {
    throw new ModelFileError(`${file}: ${loss} needs a ${needs} output layer, and this one is ${last}`);
  }
  return {format: FORMAT, version: VERSION, loss, numbers, layers: checked, ...notes};
}

/**
 * @param {JsonRecord} record
 * @param {Refuse} no
 * @returns {{numbers: 'float32' | 'float64', loss: keyof typeof LOSSES | null, notes: Record<string, JsonValue>}}
 */
function checkedHeader(record, no) {
  checkKeys('the file', record, HEADER, no, OPTIONAL);
  const value = (/** @type {string} */ key) => record.get(key) ?? null;
  if (value('format') !== FORMAT) no('format', quoted(FORMAT), shown(value('format')));
  const version = value('version');
  if (version !== BigInt(VERSION)) {
    const newer = typeof version === 'bigint' && version > VERSION;
    no('version', `${VERSION}`, shown(version) + (newer ? ' (written by a newer mnist_ocr: update this one)' : ''));
  }
  const numbers = record.has('numbers') ? value('numbers') : PRECISIONS[0];
  const precision = PRECISIONS.find((name) => name === numbers);
  if (!precision) no('numbers', PRECISIONS.map(quoted).join(' or '), shown(numbers));
  const sure = record.has('sure_above') ? value('sure_above') : 0;
  if ((typeof sure !== 'bigint' && typeof sure !== 'number') || !(sure >= 0 && sure <= 1)) {
    no('sure_above', 'a confidence between 0 and 1', shown(sure));
  }
  // Files of version 0.1 say 'squared error'.
  const named = value('loss') === 'squared error' ? 'squared-error' : value('loss');
  const loss = named === null ? null : oneOf(LOSSES, named, 'loss', no);
  /** @type {Record<string, JsonValue>} */
  const notes = {};
  for (const key of NOTES) {
    // What is kept as it stands has to be something that can be written again.
    if (!isWritable(value(key))) no(key, 'finite numbers and text', 'NaN, Infinity or half a character');
    if (record.has(key)) notes[key] = value(key);
  }
  const layers = value('layers');
  if (!Array.isArray(layers) || layers.length < 2) {
    const found = Array.isArray(layers) ? `${layers.length}` : shown(layers);
    no('layers', 'a list of at least two layers, input first', found);
  }
  if (layers.length > MOST_LAYERS) {
    no('layers', `at most ${thousands(MOST_LAYERS)} layers`, thousands(layers.length));
  }
  return {numbers: precision, loss, notes};
}

/**
 * @param {string} place
 * @param {JsonValue} record
 * @param {string[]} keys
 * @param {Refuse} no
 * @param {string[]} optional
 * @returns {asserts record is JsonRecord}
 */
function checkKeys(place, record, keys, no, optional = []) {
  if (!(record instanceof Map)) return no(place, `an object with ${keys.join(', ')}`, shown(record));
  for (const key of keys) {
    if (!record.has(key) && !optional.includes(key)) {
      const some = Array.from(record.keys()).slice(0, keys.length + 1);
      no(place, `the key ${quoted(key)}`, `only ${some.map(quoted).join(', ') || 'none'}`);
    }
  }
  for (const key of record.keys()) {
    if (!keys.includes(key)) no(place, `only the keys ${keys.join(', ')}`, quoted(key));
  }
}

/**
 * @param {JsonValue} layer
 * @param {number} k
 * @param {Refuse} no
 */
function checkedSize(layer, k, no) {
  checkKeys(`layers[${k}]`, layer, k === 0 ? ['name', 'size'] : ['name', 'size', 'activation', 'nodes'], no);
  const size = layer.get('size') ?? null;
  // An input needs no list behind its size; as many as the file has bytes can never be used.
  if (typeof size !== 'bigint' || size < 1 || size > LARGEST_FILE) {
    return no(`layers[${k}].size`, 'a positive whole number', shown(size));
  }
  return Number(size);
}

/**
 * @template {string} Name
 * @param {Record<Name, unknown>} table
 * @param {JsonValue | undefined} name
 * @param {string} place
 * @param {Refuse} no
 * @returns {Name}
 */
function oneOf(table, name, place, no) {
  const known = /** @type {Name[]} */ (Object.keys(table));
  return known.find((one) => one === name) ?? no(place, `one of ${known.join(', ')}`, shown(name ?? null));
}

/**
 * The sizes are held against the lists that are there before anything is made as large as they say.
 *
 * @param {JsonRecord} layer
 * @param {number} k
 * @param {number[]} sizes
 * @param {Refuse} no
 */
function checkNodes(layer, k, sizes, no) {
  const nodes = layer.get('nodes') ?? null;
  if (!Array.isArray(nodes) || nodes.length !== sizes[k]) {
    return no(`layers[${k}].nodes`, `${thousands(sizes[k])} nodes as its size says`, lengthOf(nodes));
  }
  for (const [j, node] of nodes.entries()) {
    const place = `layers[${k}].nodes[${j}]`;
    checkKeys(place, node, ['name', 'bias', 'weights'], no);
    const weights = node.get('weights') ?? null;
    if (!Array.isArray(weights) || weights.length !== sizes[k - 1]) {
      const expected = `${thousands(sizes[k - 1])} numbers, one for each node of layers[${k - 1}]`;
      no(`${place}.weights`, expected, lengthOf(weights));
    }
  }
}

/** @param {JsonValue} value */
function lengthOf(value) {
  return Array.isArray(value) ? thousands(value.length) : shown(value);
}

/**
 * @param {JsonRecord} record
 * @param {string} place
 * @param {Refuse} no
 */
function checkedName(record, place, no) {
  const name = record.get('name') ?? null;
  return isName(name) ? name : no(`${place}.name`, NAME, shown(name));
}

/**
 * @param {JsonRecord} layer
 * @param {number} k
 * @param {'float32' | 'float64'} precision
 * @param {Refuse} no
 * @returns {import('./form.js').NodeRecord[]}
 */
function checkedNodes(layer, k, precision, no) {
  const nodes = /** @type {JsonRecord[]} */ (layer.get('nodes'));
  const names = nodes.map((node, j) => checkedName(node, `layers[${k}].nodes[${j}]`, no));
  return nodes.map((node, j) => {
    const place = `layers[${k}].nodes[${j}]`;
    const bias = node.get('bias') ?? null;
    if (!isNumber(bias, precision)) wrongNumber(bias, `${place}.bias`, precision, no);
    const given = /** @type {JsonValue[]} */ (node.get('weights'));
    const weights = new Float64Array(given.length);
    for (let i = 0; i < given.length; i += 1) {
      if (!isNumber(given[i], precision)) wrongNumber(given[i], `${place}.weights[${i}]`, precision, no);
      weights[i] = Number(given[i]);
    }
    return {name: names[j], bias: Number(bias), weights};
  });
}

/**
 * Whether it is a number that is finite in this precision.
 *
 * @param {JsonValue} value
 * @param {'float32' | 'float64'} precision
 */
function isNumber(value, precision) {
  if (typeof value !== 'number' && typeof value !== 'bigint') return false;
  return Number.isFinite(precision === 'float32' ? Math.fround(Number(value)) : Number(value));
}

/**
 * @param {JsonValue} value
 * @param {string} place
 * @param {string} precision
 * @param {Refuse} no
 */
function wrongNumber(value, place, precision, no) {
  const isOne = typeof value === 'number' || typeof value === 'bigint';
  return no(place, isOne ? `a finite ${precision} number` : 'a number', shown(value));
}

/**
 * Whether a part of the header can be saved again: JSON has no word for NaN, and UTF-8 none for half a letter.
 *
 * @param {JsonValue} value
 * @returns {boolean}
 */
function isWritable(value) {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return !/\p{Surrogate}/u.test(value);
  if (value instanceof Map) return Array.from(value).every((pair) => pair.every(isWritable));
  return !Array.isArray(value) || value.every(isWritable);
}
