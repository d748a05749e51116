// @ts-check
/**
 * Many small numbers as a field of cells: a layer's values, or the weights of a node, one cell each.
 *
 * A thousand elements would be slow to draw and a thousand stops for whoever walks by keyboard. So the field is
 * one drawing and one stop; inside of it the arrow keys go from cell to cell, and for a screen reader it is a
 * slider whose position is the cell and whose text is the cell's meaning.
 */

import {element} from './element.js';
import {css} from './palette.js';

/** @typedef {import('./palette.js').Palette} Palette */

/**
 * @typedef {object} Field
 * @property {number} count of cells
 * @property {number} columns in each row but perhaps the last
 * @property {string} label what the field is
 * @property {(index: number) => string} describe what a cell is, in words
 * @property {(index: number | null) => void} onPoint a cell is pointed at or walked to, or none any more
 * @property {(index: number) => void} onChoose a cell is clicked, or entered
 */

/** Side of a cell from which neighbours are set apart, in pixels of the page. */
const APART_FROM = 6;

export class Cells {
  /**
   * @param {Field} field
   */
  constructor(field) {
    this.field = field;
    this.rows = Math.ceil(field.count / field.columns);
    this.side = 8;
    this.at = 0;
    /** @type {number | null} */
    this.chosen = null;
    /** @type {number | null} */
    this.pointed = null;
    this.canvas = element('canvas', {'aria-hidden': 'true'});
    this.root = element(
      'div',
      {
        class: 'cells',
        role: 'slider',
        tabindex: 0,
        'aria-label': field.label,
        'aria-valuemin': 0,
        'aria-valuemax': field.count - 1,
        'aria-valuenow': 0,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.walk(event),
        onfocus: () => this.root.matches(':focus-visible') && this.point(this.at),
        onblur: () => this.point(null),
        onpointermove: (/** @type {PointerEvent} */ event) => this.point(this.under(event)),
        onpointerleave: () => this.point(null),
        onclick: (/** @type {PointerEvent} */ event) => this.choose(this.under(event)),
      },
      this.canvas,
    );
    this.resize(this.side);
    this.say();
  }

  /**
   * @param {number} side of a cell, in pixels of the page
   */
  resize(side) {
    this.side = side;
    const sharpness = window.devicePixelRatio || 1;
    const [width, height] = [this.field.columns * side, this.rows * side];
    this.canvas.width = Math.round(width * sharpness);
    this.canvas.height = Math.round(height * sharpness);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
  }

  /**
   * @param {(index: number) => string} colour of a cell
   * @param {Palette} colours for the marks
   * @param {(index: number) => boolean} [hollow] cells of which only the rim is coloured
   */
  draw(colour, colours, hollow = () => false) {
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    const scale = this.canvas.width / (this.field.columns * this.side);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.field.columns * this.side, this.rows * this.side);
    const gap = this.side >= APART_FROM && !this.seamless ? Math.max(1, this.side / 9) : 0;
    const [width, round] = [this.side - gap, gap ? this.side / 5 : 0];
    const rest = css(colours.rest);
    for (let index = 0; index < this.field.count; index += 1) {
      const [x, y] = this.corner(index);
      const shape = (/** @type {number} */ inset) => {
        pen.beginPath();
        const side = width - 2 * inset;
        pen.roundRect(x + gap / 2 + inset, y + gap / 2 + inset, side, side, Math.max(0, round - inset));
        pen.fill();
      };
      pen.fillStyle = colour(index);
      if (round) {
        shape(0);
        if (hollow(index)) {
          pen.fillStyle = rest;
          shape(width / 4);
        }
      } else {
        // Half a pixel more than the cell: no seams between neighbours.
        pen.fillRect(x, y, this.side + 0.5, this.side + 0.5);
      }
    }
    for (const [index, wide] of /** @type {[number | null, number][]} */ ([[this.chosen, 2.5], [this.pointed, 1.5]])) {
      if (index === null) continue;
      const [x, y] = this.corner(index);
      pen.lineWidth = wide;
      pen.strokeStyle = css(colours.mark);
      pen.strokeRect(x + wide / 2, y + wide / 2, Math.max(3, this.side - wide), Math.max(3, this.side - wide));
    }
  }

  /** Whether cells touch, as the pixels of a picture do. */
  seamless = false;

  /**
   * @param {number} index
   * @returns {[number, number]} left and top of a cell
   */
  corner(index) {
    return [(index % this.field.columns) * this.side, Math.floor(index / this.field.columns) * this.side];
  }

  /** Tell a screen reader where it is. */
  say() {
    this.root.setAttribute('aria-valuenow', String(this.at));
    this.root.setAttribute('aria-valuetext', this.field.describe(this.at));
  }

  /**
   * @param {PointerEvent} event
   * @returns {number | null} the cell under the pointer
   */
  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / this.side);
    const row = Math.floor((event.clientY - box.top) / this.side);
    const index = row * this.field.columns + column;
    const inside = column >= 0 && column < this.field.columns && row >= 0 && index < this.field.count;
    return inside ? index : null;
  }

  /**
   * @param {number | null} index
   */
  point(index) {
    if (index === this.pointed) return;
    this.pointed = index;
    this.field.onPoint(index);
  }

  /**
   * @param {number | null} index
   */
  choose(index) {
    if (index === null) return;
    this.at = index;
    this.say();
    this.field.onChoose(index);
  }

  /**
   * @param {KeyboardEvent} event
   */
  walk(event) {
    const {columns, count} = this.field;
    /** @type {Record<string, number>} */
    const ways = {
      ArrowLeft: this.at - 1,
      ArrowRight: this.at + 1,
      ArrowUp: this.at - columns,
      ArrowDown: this.at + columns,
      PageUp: this.at - 5 * columns,
      PageDown: this.at + 5 * columns,
      Home: 0,
      End: count - 1,
    };
    if (event.key in ways) {
      event.preventDefault();
      const to = ways[event.key];
      if (event.key.startsWith('Page')) this.at = Math.min(count - 1, Math.max(0, to));
      else if (to >= 0 && to < count) this.at = to;
      this.say();
      this.point(this.at);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.choose(this.at);
    }
  }
}

/**
 * How a layer's nodes are laid out: a picture as a picture, others in as square a field as fits.
 *
 * @param {number} count of nodes
 * @returns {number} columns
 */
export function columnsOf(count) {
  const root = Math.sqrt(count);
  if (Number.isInteger(root)) return root;
  // A number of columns that fills the last row, if there is one near.
  for (let columns = Math.floor(root); columns >= Math.max(1, root / 2); columns -= 1) {
    if (count % columns === 0) return columns;
  }
  return Math.ceil(root);
}
