// @ts-check
/**
 * A sheet to draw on: with mouse, pen or finger, by keyboard, or by a picture that is dropped, pasted or chosen.
 *
 * What is on the sheet is a list of marks, and undo forgets the last. Ink is kept apart from its colour, as how
 * much of it every pixel has, so that it can be shown in any light.
 */

import {button, element} from './element.js';
import {css, palette} from './palette.js';
import {inkOf} from './picture.js';
import {sample} from './samples.js';

/** @typedef {[number, number]} Point x and y on the sheet */
/** @typedef {{points: Point[], width: number}} Stroke */
/** @typedef {{ink: Uint8ClampedArray, width: number, height: number}} Picture 0 paper to 255 ink */

/**
 * @typedef {object} Drawing
 * @property {Uint8Array} grey row by row, 0 black ink to 255 white paper
 * @property {number} width
 * @property {number} height
 */

/**
 * @typedef {object} Pad
 * @property {HTMLElement} root
 * @property {() => void} clear
 * @property {() => void} undo
 * @property {(file: Blob) => Promise<void>} take put a picture file on the sheet
 * @property {(digit: number) => Promise<void>} play draw a sample digit
 * @property {() => void} redraw the light of the page has changed
 */

/** Pixels of the sheet across and down; half as many are read, which is as good and four times as fast. */
export const SHEET = 336;

const [THINNEST, USUAL, WIDEST] = [10, 26, 44];

/** Pixels that an arrow key moves the pen. */
const KEY_STEP = 12;

/** Milliseconds that a sample's pen takes for a hundred pixels, and the length of one of its steps. */
const [PACE, STRIDE] = [90, 14];

/**
 * @param {HTMLElement} root where to put it
 * @param {object} options
 * @param {(drawing: Drawing | null) => void} options.onChange what is on the sheet now, null for nothing
 * @param {(message: string) => void} options.onRefusal a file was no picture; the message is for people
 * @returns {Pad}
 */
export function mountPad(root, {onChange, onRefusal}) {
  /** @type {(Stroke | Picture)[]} */
  let marks = [];
  /** @type {Stroke | null} */
  let drawing = null;
  /** @type {Point} */
  let pen = [SHEET / 2, SHEET / 4];
  let keyboard = false;
  let waiting = false;
  /** Counts what interrupts a sample that is being drawn. */
  let playing = 0;
  /** @type {string | null} */
  let colour = null;

  const canvas = element('canvas', {
    width: SHEET,
    height: SHEET,
    class: 'sheet',
    tabindex: 0,
    role: 'img',
    'aria-roledescription': 'drawing pad',
    'aria-label': 'Drawing pad. Arrow keys move the pen, the space bar puts it down and lifts it.',
  });
  const board = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', {willReadFrequently: true}));
  const invitation = element('p', {class: 'invitation', 'aria-hidden': 'true'}, 'Draw a digit');
  const cursor = element('span', {class: 'cursor', hidden: true});
  const file = element('input', {type: 'file', accept: 'image/*', hidden: true, tabindex: -1, 'aria-hidden': 'true'});
  const width = element('input', {
    type: 'range', min: THINNEST, max: WIDEST, value: USUAL, 'aria-label': 'Width of the stroke',
  });
  const undoing = button('Undo', () => pad.undo());
  const clearing = button('Clear', () => pad.clear());
  const sheet = element('div', {class: 'sheet-holder'}, canvas, invitation, cursor);
  const tools = element(
    'div',
    {class: 'tools'},
    undoing,
    clearing,
    element('label', {class: 'stroke-width'}, element('span', {}, 'Stroke'), width),
    button('Open a picture', () => file.click()),
    button('Show me one', () => void pad.play(next()), {class: 'inviting'}),
    file,
  );
  root.classList.add('pad');
  root.append(sheet, tools);

  let shown = 6;
  const next = () => (shown = (shown + 1) % 10);

  /** @param {Stroke} stroke */
  const drawStroke = ({points, width: wide}) => {
    board.lineCap = board.lineJoin = 'round';
    board.lineWidth = wide;
    board.strokeStyle = colour ??= css(palette(root).ink);
    board.beginPath();
    board.moveTo(...points[0]);
    // Through the middles of the way, so that a fast hand's corners come out round.
    for (let at = 1; at < points.length - 1; at += 1) {
      const [x, y] = points[at];
      board.quadraticCurveTo(x, y, (x + points[at + 1][0]) / 2, (y + points[at + 1][1]) / 2);
    }
    board.lineTo(...points[points.length - 1]);
    board.stroke();
  };

  /** @param {Picture} picture */
  const drawPicture = (picture) => {
    const [red, green, blue] = palette(root).ink;
    const image = new ImageData(picture.width, picture.height);
    picture.ink.forEach((ink, at) => image.data.set([red, green, blue, ink], 4 * at));
    const scratch = element('canvas', {width: picture.width, height: picture.height});
    /** @type {CanvasRenderingContext2D} */ (scratch.getContext('2d')).putImageData(image, 0, 0);
    const scale = SHEET / Math.max(picture.width, picture.height);
    const [across, down] = [picture.width * scale, picture.height * scale];
    board.imageSmoothingQuality = 'high';
    board.drawImage(scratch, (SHEET - across) / 2, (SHEET - down) / 2, across, down);
  };

  const redraw = () => {
    board.clearRect(0, 0, SHEET, SHEET);
    marks.forEach((mark) => ('points' in mark ? drawStroke(mark) : drawPicture(mark)));
  };

  const tell = () => {
    waiting = false;
    invitation.hidden = marks.length > 0;
    undoing.disabled = clearing.disabled = marks.length === 0;
    if (!marks.length) return onChange(null);
    const colours = board.getImageData(0, 0, SHEET, SHEET).data;
    const side = SHEET / 2;
    const grey = new Uint8Array(side * side);
    for (let at = 0; at < grey.length; at += 1) {
      // How opaque each pixel of a square of four is: the fourth number of each.
      const corner = 4 * (2 * Math.floor(at / side) * SHEET + 2 * (at % side)) + 3;
      const below = corner + 4 * SHEET;
      const ink = colours[corner] + colours[corner + 4] + colours[below] + colours[below + 4];
      grey[at] = 255 - Math.round(ink / 4);
    }
    onChange({grey, width: side, height: side});
  };

  /** Once for each picture of the screen, however often the pen reports. */
  const tellSoon = () => {
    if (!waiting) requestAnimationFrame(tell);
    waiting = true;
  };

  /** @param {Point} point */
  const begin = (point) => {
    drawing = {points: [point, point], width: Number(width.value)};
    marks.push(drawing);
    redraw();
    tellSoon();
  };

  /** @param {Point[]} points */
  const go = (points) => {
    if (!drawing) return;
    drawing.points.push(...points);
    redraw();
    tellSoon();
  };

  const lift = () => {
    drawing = null;
    keyboard = false;
    cursor.classList.remove('down');
  };

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * SHEET,
      ((event.clientY - box.top) / box.height) * SHEET,
    ];
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    playing += 1;
    canvas.focus({preventScroll: true});
    canvas.setPointerCapture(event.pointerId);
    cursor.hidden = true;
    begin(place(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!drawing || keyboard || !event.isPrimary) return;
    const events = event.getCoalescedEvents?.() ?? [];
    go((events.length ? events : [event]).map(place));
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => !keyboard && lift());

  canvas.addEventListener('keydown', (event) => {
    /** @type {Record<string, Point>} */
    const ways = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    if (event.key === ' ') {
      if (keyboard) {
        lift();
      } else {
        begin([...pen]);
        keyboard = true;
      }
    } else if (event.key in ways) {
      pen = /** @type {Point} */ (
        pen.map((part, axis) => Math.min(SHEET, Math.max(0, part + KEY_STEP * ways[event.key][axis])))
      );
      if (keyboard) go([[...pen]]);
    } else if (event.key === 'Escape') {
      lift();
    } else {
      return;
    }
    event.preventDefault();
    cursor.hidden = false;
    cursor.classList.toggle('down', keyboard);
    cursor.style.left = `${(100 * pen[0]) / SHEET}%`;
    cursor.style.top = `${(100 * pen[1]) / SHEET}%`;
  });
  canvas.addEventListener('blur', () => {
    lift();
    cursor.hidden = true;
  });

  file.addEventListener('change', () => {
    if (file.files?.[0]) void pad.take(file.files[0]);
    file.value = '';
  });

  /** @type {Pad} */
  const pad = {
    root,
    redraw() {
      colour = null;
      redraw();
    },
    clear() {
      playing += 1;
      marks = [];
      lift();
      redraw();
      tell();
    },
    undo() {
      playing += 1;
      marks.pop();
      lift();
      redraw();
      tell();
    },
    async take(blob) {
      try {
        const picture = await inkOf(blob, SHEET);
        playing += 1;
        marks = [picture];
        redraw();
        tell();
      } catch (error) {
        onRefusal(error instanceof Error ? error.message : String(error));
      }
    },
    async play(digit) {
      pad.clear();
      const mine = playing;
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
      for (const stroke of sample(digit, SHEET)) {
        begin(stroke[0]);
        for (const point of still ? stroke : walked(stroke)) {
          if (!still) await new Promise((done) => setTimeout(done, (PACE * STRIDE) / 100));
          if (playing !== mine) return;
          go([point]);
        }
        lift();
      }
    },
  };
  tell();
  return pad;
}

/**
 * A stroke in steps of one length, as a pen of one speed draws it.
 *
 * @param {Point[]} stroke
 * @returns {Point[]}
 */
function walked(stroke) {
  return stroke.slice(1).flatMap(([x, y], at) => {
    const [fromX, fromY] = stroke[at];
    const steps = Math.max(1, Math.round(Math.hypot(x - fromX, y - fromY) / STRIDE));
    return Array.from({length: steps}, (_, step) => {
      const share = (step + 1) / steps;
      return /** @type {Point} */ ([fromX + (x - fromX) * share, fromY + (y - fromY) * share]);
    });
  });
}
