/** A digit of each kind, as a hand would draw it: for whoever would rather look first. */

export type Point = [number, number];

/** Strokes of each digit: points in a field of 100 x 100, x and y by turns, joined by curves. */
const STROKES: number[][][] = [
  [[52, 14, 38, 17, 28, 34, 26, 56, 32, 78, 48, 86, 64, 80, 74, 62, 73, 40, 66, 21, 50, 14]],
  [[46, 23, 50, 19, 55, 14, 54, 34, 52, 60, 50, 86]],
  [[28, 32, 34, 18, 50, 13, 65, 20, 68, 36, 58, 54, 42, 70, 28, 84, 27, 85, 28, 85, 46, 82, 60, 84, 75, 84]],
  [[30, 20, 46, 13, 62, 18, 66, 32, 56, 44, 44, 47, 45, 47, 60, 50, 70, 62, 66, 78, 50, 87, 34, 84, 26, 76]],
  [[42, 14, 36, 32, 28, 50, 27, 53, 28, 54, 44, 55, 60, 54, 76, 53], [62, 32, 60, 52, 58, 70, 57, 88]],
  [[68, 15, 52, 15, 37, 16, 36, 17, 35, 30, 33, 44, 34, 45, 50, 42, 66, 50, 70, 66, 62, 80, 46, 87, 30, 82]],
  [[62, 14, 48, 22, 36, 40, 30, 60, 32, 76, 44, 86, 60, 84, 69, 72, 66, 58, 52, 53, 38, 58, 31, 68]],
  [[27, 18, 45, 18, 60, 17, 71, 17, 72, 18, 71, 20, 62, 38, 54, 58, 48, 74, 45, 87]],
  [[66, 26, 56, 15, 40, 16, 34, 30, 46, 44, 60, 54, 68, 68, 60, 84, 44, 87, 33, 76, 36, 62, 50, 48, 64, 38, 66, 26]],
  [[67, 28, 56, 15, 40, 18, 32, 32, 38, 46, 52, 47, 64, 38, 68, 27, 67, 28, 66, 46, 62, 68, 58, 87]],
];

/** The strokes of a digit in a square field, in steps of one length, as a pen of one speed draws them. */
export function sample(digit: number, side: number, stride = side / 60): Point[][] {
  return STROKES[digit].map((stroke) => {
    const points: Point[] = [];
    for (let at = 0; at < stroke.length; at += 2) {
      const [x, y] = [(stroke[at] * side) / 100, (stroke[at + 1] * side) / 100];
      const [fromX, fromY] = points.at(-1) ?? [x, y];
      const steps = Math.max(1, Math.round(Math.hypot(x - fromX, y - fromY) / stride));
      for (let step = 1; step <= steps; step += 1) {
        points.push([fromX + ((x - fromX) * step) / steps, fromY + ((y - fromY) * step) / steps]);
      }
    }
    return points;
  });
}
