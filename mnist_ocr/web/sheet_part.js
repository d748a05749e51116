// @ts-check
/**
 * The sheet as a part of a page of Streamlit: what is drawn goes to Python as a PNG, while it is drawn.
 */

import {element} from './element.js';
import {mountPad} from './pad.js';

/** @typedef {import('./pad.js').Drawing} Drawing */

/**
 * Milliseconds of rest after which a drawing goes to Python, and between two of them while the pen moves on: a page
 * that is told of the next one begins anew, and would never come to an answer if they came faster than it reads.
 */
const [REST, PACE] = [60, 300];

const place = once((root) => {
  /** @type {(name: string, value: unknown) => void} */
  let tell = () => {};
  /** @type {Drawing | null} */
  let latest = null;
  /** @type {string | null} */
  let told = null;
  let [rest, pace] = [0, 0];

  const send = () => {
    clearTimeout(rest);
    clearTimeout(pace);
    pace = 0;
    const picture = latest && asPng(latest);
    if (picture === told) return;
    told = picture;
    tell('drawing', picture);
  };

  const pad = mountPad(root, {
    onChange(drawing) {
      latest = drawing;
      clearTimeout(rest);
      rest = window.setTimeout(send, REST);
      pace ||= window.setTimeout(send, PACE);
    },
    onRefusal() {},
  });
  // Picture files are Python's business here: it reads photos, too.
  root.querySelector('input[type=file]')?.remove();
  for (const one of root.querySelectorAll('button')) if (one.textContent === 'Open a picture') one.remove();
  return {
    /** @param {(name: string, value: unknown) => void} teller */
    show(teller) {
      tell = teller;
      pad.redraw();
    },
  };
});

/** @param {Call<null>} call */
export default function show({parentElement, setStateValue}) {
  place(parentElement).show(setStateValue);
}

/**
 * @param {Drawing} drawing
 * @returns {string} as an address that holds the picture itself
 */
function asPng({grey, width, height}) {
  const canvas = element('canvas', {width, height});
  const image = new ImageData(width, height);
  grey.forEach((level, at) => image.data.set([level, level, level, 255], 4 * at));
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).putImageData(image, 0, 0);
  return canvas.toDataURL('image/png');
}
