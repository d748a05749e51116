/**
 * A number as the shortest text that reads back to the same number: what NumPy's `str` writes into model files.
 *
 * A float32 is one of 4 billion points on the line, and every decimal that lies nearer to it than to its two
 * neighbours names it. Of those the shortest is looked for: the number rounded to 6, 7, 8 or 9 digits, until the
 * text names it. (Any 6 digits are told apart by a float32, so fewer than 6 are those 6 without zeros at the end;
 * 9 are always enough. Steele and White, 1990, "How to print floating-point numbers accurately".) For doubles
 * JavaScript does that itself, but writes 1e-7 where Python writes 1e-07.
 */

/** Where the point moves away from the digits and a power of ten comes instead: below, and from here on. */
const SMALLEST_WITH_POINT = 1e-4;
const LARGEST_WITH_POINT = {float32: 1e6, float64: 1e16};

const SMALLEST_NORMAL = 2 ** -126;

const cells = new DataView(new ArrayBuffer(8));

/**
 * As `mnist_ocr.modelfile.shortest`: the text of a weight in a model file.
 *
 * Readers of JSON turn the text into a double first and round that to a float32; for a text that lies all but
 * half-way between two float32 the detour could end at the other one. Those few are written as the double.
 */
export function shortest(number: number, numbers: 'float32' | 'float64'): string {
  if (numbers === 'float64') return floatText(number);
  const single = Math.fround(number);
  const text = withPoint(single, single && shortestDigits(single), LARGEST_WITH_POINT.float32);
  return Math.fround(Number(text)) === single ? text : floatText(single);
}

/**
 * A double as Python's `repr` writes it.
 */
export function floatText(number: number): string {
  if (!Number.isFinite(number)) return String(number);
  return withPoint(number, number && number.toExponential(), LARGEST_WITH_POINT.float64);
}

/**
 * @param {number} number
 * @param {string | number} scientific its digits as `toExponential` writes them, or the number 0
 * @param {number} largest from which on a power of ten is written
 */
function withPoint(number: number, scientific: string | number, largest: number): string {
  if (number === 0) return Object.is(number, -0) ? '-0.0' : '0.0';
  const [, sign, first, rest = '', exponent] = String(scientific).match(/^(-?)(\d)(?:\.(\d*?))?0*e(.+)$/)!;
  const [size, power] = [Math.abs(number), Number(exponent)];
  if (size < SMALLEST_WITH_POINT || size >= largest) {
    const figures = String(Math.abs(power)).padStart(2, '0');
    return `${sign}${first}${rest && `.${rest}`}e${power < 0 ? '-' : '+'}${figures}`;
  }
  const digits = first + rest;
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  return `${sign}${digits.slice(0, power + 1).padEnd(power + 1, '0')}.${digits.slice(power + 1) || '0'}`;
}

/**
 * The fewest digits that name a float32, as `toExponential` writes them.
 */
function shortestDigits(single: number): string {
  const fewest = Math.abs(single) < SMALLEST_NORMAL ? 1 : 6;
  for (let digits = fewest; digits < 9; digits += 1) {
    const text = single.toExponential(digits - 1);
    if (names(text, single)) return halfWayToEven(text, single, digits);
    // Below a power of two the neighbour is only half as far: the nearest decimal may be too far there, and the one
    // beyond it, above, near enough.
    const further = isPowerOfTwo(single) ? nextDecimal(text) : text;
    if (further !== text && names(further, single)) return further;
  }
  return halfWayToEven(single.toExponential(8), single, 9);
}

/**
 * Between two decimals that are equally near, the one whose last digit is even; `toExponential` takes the larger.
 */
function halfWayToEven(text: string, single: number, digits: number): string {
  const more = single.toExponential(digits);
  const end = more.indexOf('e');
  if (more[end - 1] !== '5' || Number(more) !== single) return text;
  const [mantissa, power] = wholeParts(Math.abs(single));
  const whole = BigInt(more.slice(0, end).replace(/[-.]/g, ''));
  const isHalfWay = compare(whole, Number(more.slice(end + 1)) - digits, mantissa, power) === 0;
  const isEven = (whole / 10n) % 2n === 0n;
  return isHalfWay && isEven ? more.slice(0, end - 1) + more.slice(end) : text;
}

function isPowerOfTwo(single: number): boolean {
  cells.setFloat32(0, single);
  return (cells.getUint32(0) & 0x7fffff) === 0;
}

/**
 * With the last digit one larger; after a 9 comes a number of fewer digits, which was tried before.
 */
function nextDecimal(text: string): string {
  const [lead, exponent] = text.split('e');
  const last = Number(lead.slice(-1));
  return last === 9 ? text : `${lead.slice(0, -1)}${last + 1}e${exponent}`;
}

/**
 * Whether a decimal lies nearer to a float32 than to its neighbours; half-way belongs to the even one.
 */
function names(text: string, single: number): boolean {
  const double = Number(text);
  if (!nextToHalfWay(double)) return Math.fround(double) === single;
  // The double may be half-way where the text is not, or not the text's side of it: only whole numbers tell.
  const [mantissa, power] = wholeParts(Math.abs(single));
  const [lead, exponent] = text.split('e');
  const decimals = (lead.split('.')[1] ?? '').length;
  const digits = BigInt(lead.replace(/[-.]/g, ''));
  const even = mantissa % 2n === 0n;
  const below = compare(digits, Number(exponent) - decimals, 2n * mantissa - 1n, power - 1);
  const above = compare(digits, Number(exponent) - decimals, 2n * mantissa + 1n, power - 1);
  return even ? below >= 0 && above <= 0 : below > 0 && above < 0;
}

/**
 * Whether a double is half-way between two float32, or a subnormal one, of which that is not so easily said.
 */
function nextToHalfWay(double: number): boolean {
  cells.setFloat64(0, double);
  return Math.abs(double) < SMALLEST_NORMAL || (cells.getUint32(4) & 0x1fffffff) === 0x10000000;
}

/**
 * The whole number m and the power p of a float32 > 0 that is m * 2 ** p.
 */
function wholeParts(single: number): [bigint, number] {
  cells.setFloat32(0, single);
  const bits = cells.getUint32(0);
  const [exponent, fraction] = [bits >>> 23, bits & 0x7fffff];
  return exponent === 0 ? [BigInt(fraction), -149] : [BigInt(fraction | 0x800000), exponent - 150];
}

/**
 * The sign of digits * 10 ** tens - mantissa * 2 ** twos.
 */
function compare(digits: bigint, tens: number, mantissa: bigint, twos: number): number {
  const decimal = digits * 10n ** BigInt(Math.max(tens, 0)) * 2n ** BigInt(Math.max(-twos, 0));
  const binary = mantissa * 2n ** BigInt(Math.max(twos, 0)) * 10n ** BigInt(Math.max(-tens, 0));
  return decimal < binary ? -1 : Number(decimal > binary);
}
