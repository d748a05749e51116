// @ts-check
/**
 * JSON, read as Python's `json` reads it, and nothing lost on the way.
 *
 * `JSON.parse` would keep the last of two equal keys and not tell, round long whole numbers, forget whether a
 * number was written 2 or 2.0, and take a key such as "1" out of its order. This reader says at which character
 * something is wrong, in Python's words. A whole number becomes a bigint, any other a number, an object a Map, so
 * that no key (`__proto__`) can be anything but a key.
 */

/** @typedef {import('./form.js').JsonValue} JsonValue */

/** Objects and lists within each other; Python's reader goes about as deep. */
const DEEPEST = 900;

/** Digits of the longest whole number that Python reads. */
const MOST_DIGITS = 4300;

const LITERALS = /** @type {const} */ ([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const BLANK = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;

/** @type {Record<string, string>} */
const ESCAPES = {'"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t'};

/** What is wrong with a text that should be JSON. */
export class JsonError extends Error {
  /**
   * @param {string} message
   * @param {'syntax' | 'depth' | 'digits' | 'twice'} kind
   * @param {number} position index of the character where it was noticed
   * @param {string} [key] the key that is there twice
   * @param {number} [times] how often it is there
   */
  constructor(message, kind, position, key = '', times = 0) {
    super(message);
    this.kind = kind;
    this.position = position;
    this.key = key;
    this.times = times;
  }
}

/**
 * @param {string} text
 * @returns {JsonValue}
 * @throws {JsonError}
 */
export function parseJson(text) {
  const reader = new JsonReader(text);
  if (text.startsWith('\ufeff')) reader.fail('Unexpected UTF-8 BOM (decode using utf-8-sig)');
  reader.skipBlank();
  const value = reader.value(0);
  reader.skipBlank();
  if (reader.at < text.length) reader.fail('Extra data');
  return value;
}

class JsonReader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /**
   * @param {string} message
   * @param {number} [position]
   * @returns {never}
   */
  fail(message, position = this.at) {
    throw new JsonError(message, 'syntax', position);
  }

  skipBlank() {
    // Nearly always there is nothing, or one space.
    if (this.text.charCodeAt(this.at) === 0x20) this.at += 1;
    if (this.text.charCodeAt(this.at) > 0x20) return;
    BLANK.lastIndex = this.at;
    BLANK.test(this.text);
    this.at = BLANK.lastIndex;
  }

  /**
   * @param {number} depth
   * @returns {JsonValue}
   */
  value(depth) {
    const letter = this.text[this.at];
    if (letter === '"') return this.string();
    if (letter === '{' || letter === '[') {
      if (depth === DEEPEST) throw new JsonError('nested too deeply', 'depth', this.at);
      return letter === '{' ? this.object(depth + 1) : this.list(depth + 1);
    }
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (found) return this.number(found[0], found[1] === undefined && found[2] === undefined);
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.fail('Expecting value');
  }

  /**
   * @param {string} digits
   * @param {boolean} whole
   */
  number(digits, whole) {
    if (whole && digits.length - Number(digits[0] === '-') > MOST_DIGITS) {
      throw new JsonError(`a whole number of ${digits.length} digits`, 'digits', this.at);
    }
    this.at += digits.length;
    return whole ? BigInt(digits) : Number(digits);
  }

  /**
   * @param {number} depth
   * @returns {JsonValue[]}
   */
  list(depth) {
    /** @type {JsonValue[]} */
    const values = [];
    this.at += 1;
    this.skipBlank();
    if (this.text[this.at] === ']') {
      this.at += 1;
      return values;
    }
    do {
      this.skipBlank();
      values.push(this.value(depth));
      this.skipBlank();
    } while (this.another(']'));
    return values;
  }

  /**
   * @param {number} depth
   * @returns {Map<string, JsonValue>}
   */
  object(depth) {
    /** @type {[string, JsonValue][]} */
    const pairs = [];
    this.at += 1;
    this.skipBlank();
    if (this.text[this.at] === '}') {
      this.at += 1;
      return new Map();
    }
    do {
      this.skipBlank();
      if (this.text[this.at] !== '"') this.fail('Expecting property name enclosed in double quotes');
      const key = this.string();
      this.skipBlank();
      if (this.text[this.at] !== ':') this.fail("Expecting ':' delimiter");
      this.at += 1;
      this.skipBlank();
      pairs.push([key, this.value(depth)]);
      this.skipBlank();
    } while (this.another('}'));
    const record = new Map(pairs);
    if (record.size < pairs.length) this.refuseTwice(pairs.map(([key]) => key));
    return record;
  }

  /**
   * Steps over a comma, or over the end.
   *
   * @param {string} end
   */
  another(end) {
    const letter = this.text[this.at];
    if (letter !== ',' && letter !== end) this.fail("Expecting ',' delimiter");
    this.at += 1;
    return letter === ',';
  }

  /** @param {string[]} keys */
  refuseTwice(keys) {
    const seen = new Map();
    for (const key of keys) seen.set(key, (seen.get(key) ?? 0) + 1);
    const twice = /** @type {string} */ (keys.find((key) => seen.get(key) > 1));
    throw new JsonError('a key twice', 'twice', this.at, twice, seen.get(twice));
  }

  string() {
    const start = this.at;
    let found = '';
    this.at += 1;
    for (;;) {
      PLAIN.lastIndex = this.at;
      PLAIN.test(this.text);
      found += this.text.slice(this.at, PLAIN.lastIndex);
      this.at = PLAIN.lastIndex;
      const letter = this.text[this.at];
      if (letter === undefined) this.fail('Unterminated string starting at', start);
      if (letter !== '"' && letter !== '\\') this.fail('Invalid control character at');
      this.at += 1;
      if (letter === '"') return found;
      found += this.escaped(start);
    }
  }

  /** @param {number} start of the string, for messages */
  escaped(start) {
    const letter = this.text[this.at];
    if (letter === undefined) this.fail('Unterminated string starting at', start);
    if (letter === 'u') {
      const code = this.text.slice(this.at + 1, this.at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(code)) this.fail('Invalid \\uXXXX escape');
      this.at += 5;
      return String.fromCharCode(parseInt(code, 16));
    }
    if (!(letter in ESCAPES)) this.fail('Invalid \\escape', this.at - 1);
    this.at += 1;
    return ESCAPES[letter];
  }
}
