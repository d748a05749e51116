/**
 * The model file: JSON in and out, as `mnist_ocr/modelfile.py` has it.
 *
 * Python is the judge of what a model file may be; here the shape is checked, so that whatever is opened can be
 * computed with, and a refusal names the path of what is wrong. Numbers are written as the shortest text that reads
 * back to the same number, as Python does: what was not touched is written as it stood.
 */

import {ACTIVATIONS, type ActivationName} from './activations';
import {namedClasses} from './answer';
import {LOSSES, type LossName} from './losses';
import {Layer, Network, pathOf, type Precision} from './network';
import {floatText, shortest} from './numbertext';

const FORMAT = 'mnist_ocr network';
const VERSION = 1;
const NUMBERS_PER_LINE = 28;

export const ABOUT = [
  'A neural network. layers[k].nodes[j].weights[i] is the weight of the edge from node i of layer k-1',
  "to node j of layer k. A node's value is activation(bias + sum of weight * value of the edge's source).",
  'The input is a picture, row by row: 0 is background, 1 is full ink. The weights of a node above a',
  '28x28 picture stand in 28 rows of 28: row r, column c belongs to pixel (r, c).',
  'Edit a number, load the file, and the network has it.',
];

/** What can be sent from a worker to the page: a network in plain parts. */
export interface ModelData {
  layers: {name: string; size: number; activation: ActivationName; nodeNames: string[]}[];
  loss: LossName;
  numbers: Precision;
  metadata: Network['metadata'];
  /** In the order of `Network.parameters`. */
  parameters: Float64Array;
}

type Json = Record<string, unknown>;

/**
 * @throws {Error} it is not a model file that this page can show; the message names the place
 */
export function parseModel(text: string): ModelData {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error(`not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const file = record(document, 'the file', ['format', 'version', 'layers']);
  if (file.format !== FORMAT) refuse('format', `'${FORMAT}'`, file.format);
  if (file.version !== VERSION) refuse('version', `${VERSION}`, file.version);
  const numbers = oneOf(file.numbers ?? 'float32', 'numbers', ['float32', 'float64']) as Precision;
  const sureAbove = file.sure_above ?? 0.5;
  if (!(typeof sureAbove === 'number' && sureAbove >= 0 && sureAbove <= 1)) {
    refuse('sure_above', 'a confidence between 0 and 1', sureAbove);
  }
  const records = list(file.layers, 'layers');
  if (records.length < 2) refuse('layers', 'a list of at least two layers, input first', file.layers);
  const layers = records.map((given, k) => {
    const path = `layers[${k}]`;
    const layer = record(given, path, k ? ['name', 'size', 'activation', 'nodes'] : ['name', 'size']);
    const size = layer.size as number;
    if (!(Number.isSafeInteger(size) && size > 0)) refuse(`${path}.size`, 'a positive whole number', size);
    const activation = k ? oneOf(layer.activation, `${path}.activation`, Object.keys(ACTIVATIONS)) : 'linear';
    const nodes = k ? list(layer.nodes, `${path}.nodes`) : [];
    if (k && nodes.length !== size) refuse(`${path}.nodes`, `${size} nodes as its size says`, nodes.length);
    return {name: nameOf(layer.name, `${path}.name`), size, activation: activation as ActivationName, nodes};
  });
  const [inputs, outputs] = [layers[0].size, layers[layers.length - 1].size];
  const classes = namedClasses(file.training);
  if (inputs !== 784 || (classes === undefined ? outputs !== 10 : outputs < 2)) {
    throw new Error(
      `a network that reads digits has 784 inputs and 10 outputs, and this one has ${inputs} and ${outputs}; two outputs or more will do if training.classes names the class of each`,
    );
  }
  const isClass = (one: unknown) => typeof one === 'string' || typeof one === 'number';
  if (classes !== undefined && !(Array.isArray(classes) && classes.every(isClass) && new Set(classes.map(String)).size === outputs && classes.length === outputs)) {
    refuse('training.classes', `a list of ${outputs} different numbers or texts, one for each output node`, classes);
  }
  const output = layers[layers.length - 1].activation;
  const usual = output === 'softmax' ? 'cross-entropy' : output === 'sigmoid' ? 'binary-cross-entropy' : 'squared-error';
  const named = file.loss === 'squared error' ? 'squared-error' : file.loss ?? usual;
  const loss = oneOf(named, 'loss', Object.keys(LOSSES)) as LossName;
  const needs = LOSSES[loss].needs;
  if (needs && needs !== output) refuse('loss', `one that goes with an output layer of ${output}`, loss);

  let start = 0;
  const total = layers.reduce((sum, {size}, k) => sum + (k ? size * (layers[k - 1].size + 1) : 0), 0);
  const parameters = new Float64Array(total);
  const taken = (value: unknown, path: () => string): number => {
    if (typeof value !== 'number') refuse(path(), 'a number', value);
    const number = numbers === 'float32' ? Math.fround(value as number) : (value as number);
    if (!Number.isFinite(number)) refuse(path(), `a finite ${numbers} number`, value);
    return number;
  };
  const described = layers.map(({name, size, activation, nodes}, k) => {
    const fanIn = k ? layers[k - 1].size : 0;
    const nodeNames = nodes.map((given, j) => {
      const path = pathOf(k, j);
      const node = record(given, path, ['name', 'bias', 'weights']);
      const weights = list(node.weights, `${path}.weights`);
      if (weights.length !== fanIn) {
        refuse(`${path}.weights`, `${fanIn} numbers, one for each node of layers[${k - 1}]`, weights.length);
      }
      parameters[start + size * fanIn + j] = taken(node.bias, () => `${path}.bias`);
      for (let i = 0; i < fanIn; i += 1) parameters[start + i * size + j] = taken(weights[i], () => pathOf(k, j, i));
      return nameOf(node.name, `${path}.name`);
    });
    if (k) start += size * (fanIn + 1);
    return {name, size, activation, nodeNames};
  });
  const {about, training, sure_above} = file as Network['metadata'];
  return {layers: described, loss, numbers, metadata: {about, training, sure_above}, parameters};
}

export function networkOf({layers, loss, numbers, metadata, parameters}: ModelData): Network {
  const made: Layer[] = [];
  for (const {name, size, activation, nodeNames} of layers) {
    const layer = new Layer(name, size, activation, made.at(-1) ?? null);
    if (nodeNames.length) layer.nodeNames = nodeNames;
    made.push(layer);
  }
  const network = new Network(made, loss, numbers);
  network.parameters.set(parameters);
  network.metadata = metadata;
  return network;
}

/**
 * The text of the file.
 *
 * @throws {RangeError} a number is not finite in the file's precision
 */
export function writeModel(network: Network): string {
  const {metadata, loss, numbers} = network;
  const numberText = (value: number, path: () => string): string => {
    if (!Number.isFinite(numbers === 'float32' ? Math.fround(value) : value)) {
      throw new RangeError(`${path()} is no finite ${numbers} number: not saved`);
    }
    return shortest(value, numbers);
  };
  const header: Json = {
    format: FORMAT,
    version: VERSION,
    about: metadata.about ?? ABOUT,
    training: metadata.training ?? {},
    ...(metadata.sure_above === undefined ? {} : {sure_above: metadata.sure_above}),
    loss,
    numbers,
  };
  const [input, ...layers] = network.layers;
  const parts = ['{\n'];
  for (const [key, value] of Object.entries(header)) parts.push(`  "${key}": ${jsonText(value, '  ')},\n`);
  parts.push(`  "layers": [\n    {"name": ${JSON.stringify(input.name)}, "size": ${input.size}}`);
  for (const layer of layers) {
    const {name, size, activation, index, nodeNames, biases} = layer;
    parts.push(`,\n    {"name": ${JSON.stringify(name)}, "size": ${size}, "activation": "${activation}", "nodes": [\n`);
    nodeNames.forEach((nodeName, j) => {
      const weights = Array.from(layer.weightsInto(j), (weight, i) => numberText(weight, () => pathOf(index, j, i)));
      const rows = [];
      for (let at = 0; at < weights.length; at += NUMBERS_PER_LINE) {
        rows.push(weights.slice(at, at + NUMBERS_PER_LINE).join(', '));
      }
      const bias = numberText(biases[j], () => `${pathOf(index, j)}.bias`);
      parts.push(`      {"name": ${JSON.stringify(nodeName)}, "bias": ${bias}, "weights": [\n`);
      parts.push(`        ${rows.join(',\n        ')}\n      ]}${j + 1 < size ? ',' : ''}\n`);
    });
    parts.push('    ]}');
  }
  parts.push('\n  ]\n}\n');
  return parts.join('');
}

/** JSON with two spaces a level, as Python's `json.dumps(value, indent=2)` sets it. */
function jsonText(value: unknown, indent: string): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value);
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
}

function record(value: unknown, path: string, keys: string[]): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(path, `an object with ${keys.join(', ')}`, value);
  }
  for (const key of keys) if (!(key in (value as Json))) throw new Error(`${path}: expected the key '${key}'`);
  return value as Json;
}

function list(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) refuse(path, 'a list', value);
  return value as unknown[];
}

function oneOf(value: unknown, path: string, known: string[]): string {
  if (typeof value !== 'string' || !known.includes(value)) refuse(path, `one of ${known.join(', ')}`, value);
  return value as string;
}

/** As Python's `is_name`: 1 to 100 printable characters. */
function nameOf(value: unknown, path: string): string {
  const fits = typeof value === 'string' && value !== '' && [...value].length <= 100 && !/(?! )[\p{C}\p{Z}]/u.test(value);
  if (!fits) refuse(path, '1 to 100 printable characters', value);
  return value as string;
}

function refuse(path: string, expected: string, found: unknown): never {
  const text = Array.isArray(found) ? `a list of ${found.length}` : JSON.stringify(found) ?? 'nothing';
  throw new Error(`${path}: expected ${expected}, found ${text.length > 40 ? `${text.slice(0, 37)}...` : text}`);
}
