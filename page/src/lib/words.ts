/** Numbers as people read them. */

/** Two to four figures that matter, with a true minus sign; what is too small for that as a power of ten. */
export function amount(value: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return 'no number';
  const size = Math.abs(value);
  const text = size >= 1e-3 && size < 1e5 ? size.toFixed(size >= 100 ? 1 : 4) : size.toExponential(2);
  return (value < 0 ? '\u2212' : '') + text;
}

/** With its sign, as a part of a sum. */
export const signed = (value: number): string => (value > 0 ? `+${amount(value)}` : amount(value));

/** What is not certain is never shown as 100 %, nor what is possible as 0 %. */
export function percent(part: number): string {
  if (part > 0.999 && part < 1) return '> 99.9 %';
  if (part > 0 && part < 0.001) return '< 0.1 %';
  return `${(100 * part).toFixed(1)} %`;
}

/** How much a network believes in an answer: never all, even where the arithmetic rounds it to 1. */
export const belief = (part: number): string => percent(Math.min(part, 1 - 1e-9));

/** A count with its thing. */
export function count(number: number, thing: string): string {
  return `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`;
}

/** What people call a pixel or a node. */
export function nodeName(layer: {index: number; nodeNames: string[]}, node: number): string {
  return layer.index ? layer.nodeNames[node] : `pixel row ${Math.floor(node / 28)}, column ${node % 28}`;
}

/** Where the digits in the page are of no use. */
export const NOT_DIGITS = 'The network shown tells other things apart than the digits 0 to 9, and the page has only pictures of digits.';
