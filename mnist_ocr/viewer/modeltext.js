// @ts-check
/**
 * From the bytes of a model file to the JSON object in it: `mnist_ocr/modelfile/document.py`.
 *
 * Whatever else is in the file is refused by its line or byte, with the words that Python has for it.
 */

import {LARGEST_FILE, MOST_PARTS} from './form.js';
import {quoted, shown, thousands} from './pythontext.js';
import {JsonError, parseJson} from './strictjson.js';

/** A model file that cannot be used; the message names the file, the place in it and what was expected. */
export class ModelFileError extends Error {}

/**
 * Say what is wrong at a place of a file.
 *
 * @param {string} file
 * @param {string} place
 * @param {string} expected
 * @param {string} found
 * @returns {never}
 */
export function refuse(file, place, expected, found) {
  throw new ModelFileError(`${file}: ${place}: expected ${expected}, found ${found}`);
}

/**
 * The JSON object that a file holds.
 *
 * @param {string | Uint8Array} source the text, or the bytes
 * @param {string} file its name, for messages
 * @returns {Map<string, import('./form.js').JsonValue>}
 * @throws {ModelFileError} it is too large, no text, not JSON, or names a key twice
 */
export function readDocument(source, file) {
  if (source.length > LARGEST_FILE) {
    refuse(file, 'size', `at most ${thousands(LARGEST_FILE)} bytes`, thousands(source.length));
  }
  const text = textOf(source, file);
  if (text.trim() === '') throw new ModelFileError(`${file}: the file is empty, expected a model file (JSON)`);
  const parts = countOf(text, '[') + countOf(text, '{') + countOf(text, ':');
  if (parts > MOST_PARTS) {
    refuse(file, 'size', `at most ${thousands(MOST_PARTS)} lists, objects and keys`, thousands(parts));
  }
  const document = documentIn(text, file);
  if (!(document instanceof Map)) refuse(file, 'the file', 'an object {"format": …}', shown(document));
  return document;
}

/**
 * How often a letter is in a text.
 *
 * @param {string} text
 * @param {string} letter
 */
function countOf(text, letter) {
  let count = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) count += 1;
  return count;
}

/**
 * Without a byte order mark, and with line ends as everywhere but on Windows.
 *
 * @param {string | Uint8Array} source
 * @param {string} file
 */
function textOf(source, file) {
  const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
  let text;
  try {
    text = typeof source === 'string' ? source : decoder.decode(source);
  } catch {
    const place = thousands(firstBadByte(/** @type {Uint8Array} */ (source)));
    throw new ModelFileError(`${file}: byte ${place} is no UTF-8 text: not a model file (JSON)`);
  }
  const marked = text.replace(/^\ufeff/, '');
  return marked.includes('\r') ? marked.replace(/\r\n?/g, '\n') : marked;
}

/**
 * Where the first letter begins that is none.
 *
 * @param {Uint8Array} bytes
 */
function firstBadByte(bytes) {
  // As much of the beginning as is text, found by halving; a letter that the cut splits is not yet a wrong one.
  let [good, bad] = [0, bytes.length];
  while (good < bad) {
    const middle = Math.ceil((good + bad) / 2);
    if (isTextSoFar(bytes.subarray(0, middle))) good = middle;
    else bad = middle - 1;
  }
  // The cut may have left the beginning of a letter that never comes.
  while (good > 0 && !isText(bytes.subarray(0, good))) good -= 1;
  return good;
}

/** @param {Uint8Array} bytes */
function isTextSoFar(bytes) {
  return isText(bytes, {stream: true});
}

/**
 * @param {Uint8Array} bytes
 * @param {TextDecodeOptions} [options]
 */
function isText(bytes, options) {
  try {
    new TextDecoder('utf-8', {fatal: true}).decode(bytes, options);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} text
 * @param {string} file
 */
function documentIn(text, file) {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    switch (error.kind) {
      case 'twice':
        return refuse(file, `key ${quoted(error.key)}`, 'once in an object', `${error.times} times`);
      case 'depth':
        throw new ModelFileError(`${file}: nested too deeply for a model file`);
      case 'digits':
        throw new ModelFileError(`${file}: not JSON that can be read: ${error.message}`);
      default: {
        const before = text.slice(0, error.position);
        const line = before.split('\n').length;
        const column = Array.from(before.slice(before.lastIndexOf('\n') + 1)).length + 1;
        const cut = text.slice(error.position).trim() === '' ? ' (the file seems to be cut off)' : '';
        throw new ModelFileError(`${file}: line ${line}, column ${column}: not JSON: ${error.message}${cut}`);
      }
    }
  }
}
