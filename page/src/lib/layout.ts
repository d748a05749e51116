/** Where the layers of a network stand in the room that there is, and where each node is within its layer. */

export interface LayerBox {
  x: number;
  y: number;
  columns: number;
  rows: number;
  /** Width and height of a node's cell; the answers' cells are rows (or columns) of a list. */
  cellWidth: number;
  cellHeight: number;
  count: number;
}

export interface Layout {
  /** Whether the layers stand one below the other. */
  upright: boolean;
  width: number;
  height: number;
  boxes: LayerBox[];
}

/** Of the parts, in letters' heights (rem). */
const [CAPTION, ANSWERS, LEAST_GAP, LARGEST_CELL, UPRIGHT_BELOW] = [2.6, 11, 2.4, 1.9, 33];

/** @param rem pixels of one rem */
export function arrange(sizes: number[], width: number, height: number, rem: number): Layout {
  const hidden = sizes.slice(1, -1);
  const caption = CAPTION * rem;
  const needed = (ANSWERS + 12 + LEAST_GAP + hidden.length * (3 + LEAST_GAP)) * rem;
  const upright = width < Math.max(UPRIGHT_BELOW * rem, needed);
  const boxes: LayerBox[] = [];
  if (upright) {
    let y = caption;
    const put = (count: number, columns: number, cellWidth: number, cellHeight: number) => {
      const rows = Math.ceil(count / columns);
      boxes.push({x: (width - columns * cellWidth) / 2, y, columns, rows, cellWidth, cellHeight, count});
      y += rows * cellHeight + caption + LEAST_GAP * rem;
    };
    const pixel = Math.floor(Math.min(width, 15 * rem) / 28);
    put(sizes[0], 28, pixel, pixel);
    for (const size of hidden) {
      const cell = Math.min(LARGEST_CELL * rem, Math.sqrt((width * 14 * rem) / size));
      const columns = Math.max(1, Math.min(size, Math.floor(width / cell)));
      put(size, columns, Math.min(cell, width / columns), Math.min(cell, width / columns));
    }
    const answers = sizes[sizes.length - 1];
    const across = Math.min(10, answers);
    put(answers, across, width / across, 6.5 * rem);
    return {upright, width, height: y - caption - LEAST_GAP * rem, boxes};
  }
  const room = height - caption;
  const picture = Math.floor(Math.min(room, Math.max(11 * rem, (width * 0.36) / Math.max(1, hidden.length ** 0.5)), 18 * rem) / 28) * 28;
  const answers = ANSWERS * rem;
  const free = width - picture - answers;
  const gap = Math.max(LEAST_GAP * rem, Math.min(8 * rem, free / (1 + 2.6 * hidden.length)));
  const each = (free - gap * (hidden.length + 1)) / Math.max(1, hidden.length);
  const shapes = hidden.map((size) => shape(size, each, room, LARGEST_CELL * rem));
  const left = free - shapes.reduce((sum, {columns, cell}) => sum + columns * cell, 0);
  const between = left / (hidden.length + 1);
  let x = 0;
  const put = (count: number, columns: number, cellWidth: number, cellHeight: number) => {
    const rows = Math.ceil(count / columns);
    boxes.push({x, y: caption + (room - rows * cellHeight) / 2, columns, rows, cellWidth, cellHeight, count});
    x += columns * cellWidth + between;
  };
  put(sizes[0], 28, picture / 28, picture / 28);
  hidden.forEach((size, at) => put(size, shapes[at].columns, shapes[at].cell, shapes[at].cell));
  const count = sizes[sizes.length - 1];
  put(count, 1, answers, Math.min(2.4 * rem, room / count));
  return {upright, width, height, boxes};
}

/** The columns that leave the most room for each cell. */
function shape(count: number, width: number, height: number, largest: number): {columns: number; cell: number} {
  let best = {columns: 1, cell: 0, score: 0};
  for (let columns = 1; columns <= count; columns += 1) {
    const cell = Math.min(largest, width / columns, height / Math.ceil(count / columns));
    // A little larger is not worth a last row with holes; few nodes stand in one column, as in a textbook.
    const score = cell * (count % columns === 0 ? 1.1 : 1);
    if (score > best.score) best = {columns, cell, score};
  }
  return best;
}

/** The middle of a node's cell. */
export function centre({x, y, columns, cellWidth, cellHeight}: LayerBox, node: number): [number, number] {
  return [x + ((node % columns) + 0.5) * cellWidth, y + (Math.floor(node / columns) + 0.5) * cellHeight];
}

/** The node at a place, or null. */
export function nodeAt({x, y, columns, rows, cellWidth, cellHeight, count}: LayerBox, px: number, py: number): number | null {
  const [column, row] = [Math.floor((px - x) / cellWidth), Math.floor((py - y) / cellHeight)];
  if (column < 0 || column >= columns || row < 0 || row >= rows) return null;
  const node = row * columns + column;
  return node < count ? node : null;
}

export type Curve = [number, number, number, number, number, number, number, number];

/** Bézier's four points of the line from one node to another. */
export function curve({upright, boxes}: Layout, layer: number, source: number, node: number): Curve {
  const [fromX, fromY] = centre(boxes[layer - 1], source);
  const box = boxes[layer];
  let [toX, toY] = centre(box, node);
  if (layer === boxes.length - 1) [toX, toY] = upright ? [toX, toY - box.cellHeight / 2] : [box.x, toY];
  const [bendX, bendY] = upright ? [0, (toY - fromY) / 2] : [(toX - fromX) / 2, 0];
  return [fromX, fromY, fromX + bendX, fromY + bendY, toX - bendX, toY - bendY, toX, toY];
}

/** How near a curve comes to a place. */
export function distanceTo([ax, ay, bx, by, cx, cy, dx, dy]: Curve, x: number, y: number): number {
  let nearest = Infinity;
  for (let part = 0; part <= 24; part += 1) {
    const t = part / 24;
    const [one, two, three, four] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t ** 3];
    const away = Math.hypot(one * ax + two * bx + three * cx + four * dx - x, one * ay + two * by + three * cy + four * dy - y);
    nearest = Math.min(nearest, away);
  }
  return nearest;
}
