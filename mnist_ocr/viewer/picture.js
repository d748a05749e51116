// @ts-check
/**
 * A picture file of a clean digit, as ink: how much of it every pixel has.
 *
 * Drawings and scans are at home here. What a photograph needs (shadows, squared paper, several digits) is done by
 * `inference.py`, and by nobody in this page.
 */

/** Bytes; a larger file is refused before it is opened. */
const LARGEST_FILE = 50e6;

/** Grey levels between paper and ink below which there is nothing to be seen. */
const LEAST_CONTRAST = 24;

/** Shares of the pixels that may be darker than "ink", or lighter than "paper": specks of either. */
const SPECKS = 0.0005;

/**
 * @param {Blob} file
 * @param {number} side of the square that it shall fit into
 * @returns {Promise<{ink: Uint8ClampedArray, width: number, height: number}>} 0 paper to 255 ink
 * @throws {Error} it is no picture, or a blank one; the message is for people
 */
export async function inkOf(file, side) {
  if (file.size > LARGEST_FILE) throw new Error('this picture is larger than 50 MB: make it smaller first');
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error('this is no picture that a browser can open: expected PNG, JPEG, WebP, GIF or BMP');
  });
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', {willReadFrequently: true}));
  // What is transparent lies on white paper.
  pen.fillStyle = 'white';
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return {ink: inkOfGrey(greyOf(pen.getImageData(0, 0, width, height).data), width, height), width, height};
}

/**
 * Brightness as television has it (ITU-R 601), which is also what Pillow takes for grey.
 *
 * @param {Uint8ClampedArray} colours red, green, blue and opacity by turns
 */
function greyOf(colours) {
  return Uint8ClampedArray.from({length: colours.length / 4}, (_, pixel) => {
    const [red, green, blue] = colours.subarray(4 * pixel, 4 * pixel + 3);
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });
}

/**
 * Stretch what lies between paper and ink; the paper is what the rim of the picture shows.
 *
 * @param {Uint8ClampedArray} grey
 * @param {number} width
 * @param {number} height
 * @returns {Uint8ClampedArray}
 */
function inkOfGrey(grey, width, height) {
  const sorted = Uint8ClampedArray.from(grey).sort();
  const dark = sorted[Math.floor(SPECKS * (sorted.length - 1))];
  const light = sorted[Math.ceil((1 - SPECKS) * (sorted.length - 1))];
  if (light - dark < LEAST_CONTRAST) throw new Error('no ink found in the picture: it looks blank');
  const rim = grey.filter((_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    return row === 0 || column === 0 || row === height - 1 || column === width - 1;
  });
  const paperIsLight = rim.sort()[rim.length >> 1] > (dark + light) / 2;
  const [paper, ink] = paperIsLight ? [light, dark] : [dark, light];
  return Uint8ClampedArray.from(grey, (level) => (255 * (level - paper)) / (ink - paper));
}
