// @ts-check
/**
 * A network as lines of JSON, every number as short as it can be: `mnist_ocr/modelfile/writing.py`.
 *
 * What Python saved and nobody changed is written again to the byte.
 */

import {ABOUT, FORMAT, NAME, NUMBERS_PER_LINE, VERSION} from './form.js';
import {floatText, shortest} from './numbertext.js';
import {isName, quoted} from './pythontext.js';

/** @typedef {import('./form.js').JsonValue} JsonValue */
/** @typedef {import('./form.js').LayerRecord} LayerRecord */

/**
 * @param {import('./form.js').ModelDocument} document
 * @returns {string} the text of the file
 * @throws {RangeError} a number is not finite in the file's precision, or a name cannot be one
 */
export function writeModel(document) {
  const {about = ABOUT, training = new Map(), sure_above, loss, numbers} = document;
  /** @type {Record<string, JsonValue | undefined>} */
  const header = {format: FORMAT, version: BigInt(VERSION), about, training, sure_above, loss, numbers};
  const lines = Object.entries(header)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  "${key}": ${jsonText(/** @type {JsonValue} */ (value), '  ')},\n`);
  const [input, ...layers] = document.layers;
  return [
    '{\n',
    ...lines,
    '  "layers": [\n',
    `    {"name": ${nameText(input.name)}, "size": ${input.size}}`,
    ...layers.map((layer) => layerText(layer, numbers)),
    '\n  ]\n}\n',
  ].join('');
}

/**
 * @param {LayerRecord} layer
 * @param {'float32' | 'float64'} numbers
 */
function layerText({name, size, activation, nodes = []}, numbers) {
  /** @param {number} number */
  const numberText = (number) => {
    if (!Number.isFinite(numbers === 'float32' ? Math.fround(number) : number)) {
      throw new RangeError('the network has weights that are not finite numbers: not saved');
    }
    return shortest(number, numbers);
  };
  const texts = nodes.map((node) => {
    const rows = [];
    for (let start = 0; start < node.weights.length; start += NUMBERS_PER_LINE) {
      const weights = Array.prototype.slice.call(node.weights, start, start + NUMBERS_PER_LINE);
      rows.push(`        ${weights.map(numberText).join(', ')}`);
    }
    const head = `      {"name": ${nameText(node.name)}, "bias": ${numberText(node.bias)}, "weights": [\n`;
    return `${head}${rows.join(',\n')}\n      ]}`;
  });
  const head = `,\n    {"name": ${nameText(name)}, "size": ${size}, "activation": "${activation}", "nodes": [\n`;
  return `${head}${texts.join(',\n')}\n    ]}`;
}

/** @param {string} name */
function nameText(name) {
  if (!isName(name)) throw new RangeError(`the name ${quoted(name)} is not ${NAME}: not saved`);
  return JSON.stringify(name);
}

/**
 * A value of the header, two spaces deeper for each level.
 *
 * @param {JsonValue} value
 * @param {string} indent of the line that it begins on
 * @returns {string}
 */
function jsonText(value, indent) {
  if (typeof value === 'number') return floatText(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value !== 'object') return `${value}`;
  const deeper = `${indent}  `;
  const [open, close, parts] =
    value instanceof Map
      ? ['{', '}', Array.from(value, ([key, below]) => `${JSON.stringify(key)}: ${jsonText(below, deeper)}`)]
      : ['[', ']', value.map((below) => jsonText(below, deeper))];
  return parts.length === 0 ? open + close : `${open}\n${deeper}${parts.join(`,\n${deeper}`)}\n${indent}${close}`;
}
