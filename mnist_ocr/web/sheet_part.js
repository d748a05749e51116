// @ts-check
/**
 * The sheet as a part of a page of Streamlit: what is drawn goes to Python as a PNG, while it is drawn.
 */

import {element} from './element.js';
import {mountPad} from './pad.js';

/** @typedef {import('./pad.js').Drawing} Drawing */

/** Milliseconds between two pictures on their way to Python, which answers one in half of that. */
const PACE = 100;

const place = once((root) => {
  /** @type {(name: string, value: unknown) => void} */
  let tell = () => {};
  /** @type {Drawing | null} */
  let latest = null;
  /** @type {string | null} */
  let told = null;
  let timer = 0;

  const send = () => {
    timer = 0;
    const picture = latest && asPng(latest);
    if (picture === told) return;
    told = picture;
    tell('drawing', picture);
  };

  const pad = mountPad(root, {
    onChange(drawing) {
      latest = drawing;
      if (drawing) {
        timer ||= window.setTimeout(send, PACE);
      } else {
        // An empty sheet has nothing to wait for.
        clearTimeout(timer);
        send();
      }
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
