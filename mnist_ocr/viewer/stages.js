// @ts-check
/**
 * The way from the drawing to what the network sees, in three small pictures: the ink in its box, the box made 20
 * pixels long, and its centre of mass in the middle of 28 x 28 pixels.
 */

import {element} from './element.js';
import {css, palette} from './palette.js';

/** @typedef {import('./pad.js').Drawing} Drawing */
/** @typedef {import('./reading.js').Reading} Reading */
/** @typedef {import('./arrays.js').Box} Box */

/** Pixels of a stage's canvas, across and down: three for each of the 28. */
const SIDE = 84;

const CAPTIONS = ['the ink, in its box', 'made 20 pixels long', 'its weight in the middle'];

/**
 * @param {HTMLElement} root where to put it
 */
export function mountStages(root) {
  /** @type {Drawing | null} */
  let drawing = null;
  /** @type {Reading | null} */
  let reading = null;
  const canvases = CAPTIONS.map((caption) =>
    element('canvas', {width: SIDE, height: SIDE, role: 'img', 'aria-label': caption}),
  );
  root.classList.add('stages');
  root.append(...canvases.map((canvas, at) => element('figure', {}, canvas, element('figcaption', {}, CAPTIONS[at]))));

  const redraw = () => {
    const pens = canvases.map((canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')));
    pens.forEach((pen) => pen.clearRect(0, 0, SIDE, SIDE));
    if (!drawing || !reading?.pixels || !reading.box) return;
    const {pixels, box} = reading;
    const {ink, favour, against} = palette(root);
    const sheet = shrunk(drawing);
    pens[0].drawImage(picture(sheet, SIDE, ink), 0, 0);
    pens[0].strokeStyle = css(favour);
    pens[0].lineWidth = 2;
    const scale = SIDE / drawing.width;
    const [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom].map((edge) => edge * scale);
    pens[0].strokeRect(left, top, right - left, bottom - top);

    const seen = picture(pixels, 28, ink);
    const small = boxOf(pixels, 28);
    const [across, down] = [small.right - small.left, small.bottom - small.top];
    const cell = SIDE / 20;
    pens[1].imageSmoothingEnabled = pens[2].imageSmoothingEnabled = false;
    pens[1].drawImage(
      seen, small.left, small.top, across, down,
      (SIDE - across * cell) / 2, (SIDE - down * cell) / 2, across * cell, down * cell,
    );
    pens[2].drawImage(seen, 0, 0, SIDE, SIDE);
    pens[2].strokeStyle = css(against);
    pens[2].lineWidth = 1.5;
    // The middle of the pixel with index 14, where MNIST has the centre of mass.
    const middle = (14.5 * SIDE) / 28;
    pens[2].beginPath();
    pens[2].moveTo(middle, 0);
    pens[2].lineTo(middle, SIDE);
    pens[2].moveTo(0, middle);
    pens[2].lineTo(SIDE, middle);
    pens[2].stroke();
  };

  return {
    redraw,
    /**
     * @param {Drawing | null} drawn
     * @param {Reading | null} read what the network gets of it
     */
    show(drawn, read) {
      [drawing, reading] = [drawn, read];
      redraw();
    },
  };
}

/**
 * The sheet with as many pixels as a stage shows, of which one stands for its neighbours.
 *
 * @param {Drawing} drawing
 * @returns {Uint8Array} SIDE x SIDE, 0 paper to 255 ink
 */
function shrunk({grey, width, height}) {
  const small = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row += 1) {
    const start = Math.floor(((row + 0.5) * height) / SIDE) * width;
    for (let column = 0; column < SIDE; column += 1) {
      small[row * SIDE + column] = 255 - grey[start + Math.floor(((column + 0.5) * width) / SIDE)];
    }
  }
  return small;
}

/**
 * @param {Uint8Array} ink side x side, 0 paper to 255
 * @param {number} side
 * @param {import('./palette.js').Colour} colour of the ink
 */
function picture(ink, side, [red, green, blue]) {
  const canvas = element('canvas', {width: side, height: side});
  const image = new ImageData(side, side);
  for (let at = 0; at < ink.length; at += 1) {
    image.data[4 * at] = red;
    image.data[4 * at + 1] = green;
    image.data[4 * at + 2] = blue;
    image.data[4 * at + 3] = ink[at];
  }
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).putImageData(image, 0, 0);
  return canvas;
}

/**
 * The smallest box around all ink.
 *
 * @param {Uint8Array} ink side x side
 * @param {number} side
 * @returns {Box}
 */
function boxOf(ink, side) {
  const box = {left: side, top: side, right: 0, bottom: 0};
  for (let at = 0; at < ink.length; at += 1) {
    if (!ink[at]) continue;
    const [row, column] = [Math.floor(at / side), at % side];
    box.left = Math.min(box.left, column);
    box.top = Math.min(box.top, row);
    box.right = Math.max(box.right, column + 1);
    box.bottom = Math.max(box.bottom, row + 1);
  }
  return box;
}
