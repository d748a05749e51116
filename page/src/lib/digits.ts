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
