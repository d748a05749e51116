// @ts-check
/**
 * The colours of style.css for what is drawn and not styled, in the light that the page is in just now.
 */

import {element} from './element.js';

/** @typedef {[number, number, number]} Colour red, green and blue, 0 to 255 */

/** @typedef {(share: number) => string} Scale a colour for a number from 0 (or -1) to 1 */

/**
 * @typedef {object} Palette
 * @property {Colour} ink what is drawn
 * @property {Colour} sheet what it is drawn on
 * @property {Colour} rest a cell that has nothing to say
 * @property {Colour} favour speaks for it: blue
 * @property {Colour} against speaks against it: orange, apart from blue for every kind of colour vision
 * @property {Colour} mark around what was chosen
 * @property {Scale} inked from the sheet to ink
 * @property {Scale} lit from a cell at rest to ink
 * @property {Scale} balance below 0 orange, above blue, and at 0 a cell at rest
 */

/** @type {Map<string, Palette>} by the colour of the letters: there is one for each light */
const known = new Map();

/**
 * Read the colours off.
 *
 * @param {HTMLElement} root any element inside of the viewer
 * @returns {Palette}
 */
export function palette(root) {
  const light = getComputedStyle(root).color;
  const made = known.get(light) ?? read(root);
  if (root.isConnected) known.set(light, made);
  return made;
}

/**
 * @param {HTMLElement} root
 * @returns {Palette}
 */
function read(root) {
  const probe = root.appendChild(element('span', {hidden: true}));
  const [ink, sheet, rest, favour, against, mark] = [
    '--ink', '--sheet', '--rest', '--favour', '--against', '--mark',
  ].map((name) => {
    probe.style.color = `var(${name})`;
    const [red, green, blue] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
    return /** @type {Colour} */ ([red, green, blue]);
  });
  probe.remove();
  const [above, below] = [ramp(rest, favour), ramp(rest, against)];
  return {
    ink, sheet, rest, favour, against, mark,
    inked: ramp(sheet, ink),
    lit: ramp(rest, ink),
    balance: (share) => (share < 0 ? below(-share) : above(share)),
  };
}

/**
 * A colour for CSS and canvas.
 *
 * @param {Colour} colour
 * @param {number} [opacity] 0 to 1
 */
export function css([red, green, blue], opacity = 1) {
  return `rgb(${red} ${green} ${blue} / ${opacity})`;
}

const STEPS = 64;

/**
 * Colours on the way from one to another, made once: a thousand cells are coloured many times a second.
 *
 * @param {Colour} from
 * @param {Colour} to
 * @returns {Scale} 0 is `from`, 1 and more is `to`
 */
function ramp(from, to) {
  const steps = Array.from({length: STEPS + 1}, (_, step) =>
    css(/** @type {Colour} */ (from.map((part, at) => Math.round(part + ((to[at] - part) * step) / STEPS)))),
  );
  return (share) => steps[Math.round(Math.min(1, Math.max(0, share)) * STEPS)];
}
