/**
 * Labelled digits of 28 x 28 bytes, and how they stand in the page: the text of a gzip file in Base64, within it the
 * labels, one byte each, and then the images. The last sixth is held out: never learned from.
 */

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** How far a digit is varied, at most: turned (radians), slanted, widened, heightened (parts), moved right and down (pixels). */
const VARIATION = [0.15, 0.3, 0.2, 0.2, 1.5, 1.5];

export class Digits {
  constructor(readonly labels: Uint8Array, readonly images: Uint8Array) {}

  static parse(bytes: Uint8Array): Digits {
    const count = bytes.length / (PIXELS + 1);
    return new Digits(bytes.subarray(0, count), bytes.subarray(count));
  }

  get count(): number {
    return this.labels.length;
  }

  image(index: number): Uint8Array {
    return this.images.subarray(index * PIXELS, (index + 1) * PIXELS);
  }

  /** Write an image into `out`, 0 paper to 1 ink. */
  read(index: number, out: Float64Array): void {
    const start = index * PIXELS;
    for (let at = 0; at < PIXELS; at += 1) out[at] = this.images[start + at] / 255;
  }

  /**
   * Write an image into `out` as another hand might have written it: turned by up to 9 degrees, slanted, up to a fifth
   * larger or smaller in height and in width, and moved by up to a pixel and a half. Bilinear; paper beyond the edge.
   */
  readVaried(index: number, out: Float64Array, random: () => number): void {
    const {images} = this;
    const [turn, slant, wide, high, right, down] = VARIATION.map((most) => (2 * random() - 1) * most);
    const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
    // From a place in the new picture to one in the old, both from the middle.
    const [xx, xy] = [(1 + wide) * cosine, (1 + wide) * (slant * cosine - sine)];
    const [yx, yy] = [(1 + high) * sine, (1 + high) * (slant * sine + cosine)];
    const [start, middle] = [index * PIXELS, (SIDE - 1) / 2];
    out.fill(0);
    // The outermost rows and columns are paper: 20 pixels of ink are centred in 28.
    for (let row = 2; row < SIDE - 2; row += 1) {
      let oldX = xx * (2 - middle) + xy * (row - middle) + middle + right;
      let oldY = yx * (2 - middle) + yy * (row - middle) + middle + down;
      for (let column = 2; column < SIDE - 2; column += 1, oldX += xx, oldY += yx) {
        if (oldX < 0 || oldY < 0 || oldX >= SIDE - 1 || oldY >= SIDE - 1) continue;
        const left = oldX | 0;
        const top = oldY | 0;
        const at = start + top * SIDE + left;
        const a = images[at], b = images[at + 1], c = images[at + SIDE], d = images[at + SIDE + 1];
        if ((a | b | c | d) === 0) continue;
        const above = a + (b - a) * (oldX - left);
        const below = c + (d - c) * (oldX - left);
        out[row * SIDE + column] = (above + (below - above) * (oldY - top)) / 255;
      }
    }
  }

  part(from: number, to: number): Digits {
    return new Digits(this.labels.subarray(from, to), this.images.subarray(from * PIXELS, to * PIXELS));
  }

  /** With other digits behind these. */
  with(others: Digits): Digits {
    const join = (a: Uint8Array, b: Uint8Array) => {
      const both = new Uint8Array(a.length + b.length);
      both.set(a);
      both.set(b, a.length);
      return both;
    };
    return new Digits(join(this.labels, others.labels), join(this.images, others.images));
  }

  split(heldOut = Math.floor(this.count / 6)): {training: Digits; heldOut: Digits} {
    return {training: this.part(0, this.count - heldOut), heldOut: this.part(this.count - heldOut, this.count)};
  }
}

/** The bytes of a gzip file in Base64. */
export async function unpack(base64: string): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(base64.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
