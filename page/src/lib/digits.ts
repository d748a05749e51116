/**
 * Labelled digits of 28 x 28 bytes, and how they stand in the page: the text of a gzip file in Base64, within it the
 * labels, one byte each, and then the images. The last sixth is held out: never learned from.
 */

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

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
   * Write an image into `out` as another hand might have written it: turned by up to 12 degrees, slanted, up to a
   * tenth larger or smaller, and moved by up to a pixel. Bilinear; paper beyond the edge.
   */
  readVaried(index: number, out: Float64Array, random: () => number): void {
    const spread = (most: number) => (2 * random() - 1) * most;
    const [turn, slant, wide, high, right, down] = [0.1, 0.1, 0.07, 0.07, 1, 1].map(spread);
    const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
    // From a place in the new picture to one in the old, both from the middle.
    const [xx, xy] = [(1 + wide) * cosine, (1 + wide) * (slant * cosine - sine)];
    const [yx, yy] = [(1 + high) * sine, (1 + high) * (slant * sine + cosine)];
    const {images} = this;
    const [start, middle] = [index * PIXELS, (SIDE - 1) / 2];
    out.fill(0);
    // The outermost rows and columns are paper in every digit: 20 pixels of ink are centred in 28.
    for (let row = 2; row < SIDE - 2; row += 1) {
      for (let column = 2; column < SIDE - 2; column += 1) {
        const [x, y] = [column - middle, row - middle];
        const [oldX, oldY] = [xx * x + xy * y + middle + right, yx * x + yy * y + middle + down];
        const [left, top] = [Math.floor(oldX), Math.floor(oldY)];
        if (left < 0 || top < 0 || left > SIDE - 2 || top > SIDE - 2) continue;
        const at = start + top * SIDE + left;
        const [a, b, c, d] = [images[at], images[at + 1], images[at + SIDE], images[at + SIDE + 1]];
        if (a + b + c + d === 0) continue;
        const [fx, fy] = [oldX - left, oldY - top];
        out[row * SIDE + column] = ((a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy) / 255;
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
