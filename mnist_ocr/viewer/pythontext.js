// @ts-check
/**
 * Words and values as Python writes them, so that a refusal reads the same on the page and in the terminal.
 */

import {floatText} from './numbertext.js';

/** @typedef {import('./form.js').JsonValue} JsonValue */

/**
 * Whether a layer or a node may be called that: 1 to 100 printable characters.
 *
 * @param {unknown} name
 * @returns {name is string}
 */
export function isName(name) {
  return typeof name === 'string' && name !== '' && Array.from(name).length <= 100 && isPrintable(name);
}

/**
 * As Python's `str.isprintable`: no control characters, nothing unassigned, no blank but the space.
 *
 * @param {string} text
 */
function isPrintable(text) {
  return !/(?! )[\p{C}\p{Z}]/u.test(text);
}

/**
 * A text from a file as it may appear in a message: on one line, and not long.
 *
 * @param {string} text
 */
export function quoted(text) {
  const letters = Array.from(text);
  return letters.length <= 40 ? repr(text) : `${repr(letters.slice(0, 37).join(''))}...`;
}

/**
 * As Python's `repr` of a text: in quotes, whatever cannot be printed by its number.
 *
 * @param {string} text
 */
function repr(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const short = new Map([['\n', '\\n'], ['\r', '\\r'], ['\t', '\\t'], ['\\', '\\\\'], [quote, `\\${quote}`]]);
  const letters = Array.from(text, (letter) => short.get(letter) ?? (isPrintable(letter) ? letter : numbered(letter)));
  return quote + letters.join('') + quote;
}

/** @param {string} letter */
function numbered(letter) {
  const code = /** @type {number} */ (letter.codePointAt(0));
  const [mark, width] = code < 0x100 ? ['x', 2] : code < 0x10000 ? ['u', 4] : ['U', 8];
  return `\\${mark}${code.toString(16).padStart(width, '0')}`;
}

/**
 * A value from a file as it may appear in a message: on one line, and not long.
 *
 * @param {JsonValue} value
 * @returns {string}
 */
export function shown(value) {
  if (value instanceof Map) return `an object of ${thousands(value.size)}`;
  if (Array.isArray(value)) return `a list of ${thousands(value.length)}`;
  if (typeof value === 'bigint' && !(-(10n ** 20n) < value && value < 10n ** 20n)) return 'a number of over 20 digits';
  const text = typeof value === 'string' ? asciiText(value) : typeof value === 'number' ? floatText(value) : `${value}`;
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

/**
 * A count with a comma before every three digits.
 *
 * @param {number} count
 */
export function thousands(count) {
  return count.toLocaleString('en-US');
}

/** @param {string} text */
function asciiText(text) {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
