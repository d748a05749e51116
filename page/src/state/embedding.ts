/**
 * The page in a frame of another one, that of `mnist_ocr/web.py`: it is told what to show, and tells what was drawn.
 * In any other frame nobody tells it anything, and so it tells nothing.
 */

import {palette} from './palette.svelte';
import {store} from './store.svelte';

/** What the outer page says; each part may be missing. */
interface Told {
  scheme?: string;
  model?: string;
  name?: string;
  /** What to show: the drawing, nothing, or pixels that Python read; `drawn`: one of several digits of the drawing. */
  picture?: 'drawing' | null | {pixels: number[]; drawn: boolean};
}

/**
 * Milliseconds without a change after which a drawing is told, and between two of them while the pen moves on. Python
 * begins anew for each; if they came faster than it reads, it would never come to an answer.
 */
const [REST, PACE] = [60, 300];

class Embedding {
  /** Reads the drawing again; the pad's. */
  readAgain = () => {};
  private active = false;
  /** Whether a person has drawn before the outer page said anything. */
  private early = false;
  private last = '';
  private told: string | null = null;
  private sheet: HTMLCanvasElement | null = null;
  /** Whether the outer page shows another picture than the drawing. */
  private aside = false;
  /** A number for the drawing that was begun over such a picture; 0 as soon as the outer page shows the drawing. */
  private over = 0;
  private overTold = 0;
  private rest = 0;
  private pace = 0;

  begin(): void {
    if (parent === window) return;
    addEventListener('message', ({source, data}: MessageEvent<Told>) => {
      if (source === parent) void this.hear(data);
    });
    parent.postMessage({ready: true}, '*');
  }

  private async hear({scheme, model, name = '', picture}: Told): Promise<void> {
    this.active = true;
    if ((scheme === 'light' || scheme === 'dark') && scheme !== palette.scheme) palette.choose(scheme);
    const mayOpen = () => !store.unsaved || confirm('The network has changes that are not saved. Open another one all the same?');
    if (model !== undefined && mayOpen()) await store.openText(model, name);
    if (this.early) this.readAgain();
    else if (picture !== undefined) this.show(picture);
    this.early = false;
  }

  private show(picture: NonNullable<Told['picture']> | null): void {
    const text = JSON.stringify(picture);
    const drawn = picture !== null && picture !== 'drawing' && picture.drawn;
    // The pad reads the sheet as one digit while the pen moves.
    if (text === this.last && !(drawn && store.reading)) return;
    const aside = picture !== 'drawing' && !drawn;
    if (aside && this.over && this.over !== this.overTold) return; // it is older than what was drawn over it
    const first = this.last === '';
    this.last = text;
    [this.aside, this.over] = [aside, 0];
    if (aside) this.wait(); // what was drawn before may be told once the drawing is back
    if (picture === 'drawing') {
      if (!first) this.readAgain();
    } else {
      store.photo = null;
      store.look(picture && picture.pixels, {aside});
    }
  }

  /** The pad's sheet has changed; null where it is empty. */
  drawn(sheet: HTMLCanvasElement | null): void {
    if (!this.active) {
      this.early = sheet !== null;
      return;
    }
    this.sheet = sheet;
    if (this.aside) this.over = this.overTold + 1;
    this.aside = false;
    const tell = () => {
      this.wait();
      const picture = this.sheet && asPng(this.sheet);
      if (picture === this.told && (!this.over || this.over === this.overTold)) return;
      [this.told, this.overTold] = [picture, this.over];
      parent.postMessage({drawing: {picture, over: this.over}}, '*');
    };
    clearTimeout(this.rest);
    this.rest = window.setTimeout(tell, REST);
    this.pace ||= window.setTimeout(tell, PACE);
  }

  /** Tell nothing until the sheet changes again. */
  private wait(): void {
    clearTimeout(this.rest);
    clearTimeout(this.pace);
    this.pace = 0;
  }
}

/** Black ink on white paper, whatever light the sheet is in, as a data URL. */
function asPng(sheet: HTMLCanvasElement): string {
  const {width, height} = sheet;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d')!;
  context.drawImage(sheet, 0, 0);
  context.globalCompositeOperation = 'source-in';
  context.fillStyle = 'black';
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  return canvas.toDataURL('image/png');
}

export const embedding = new Embedding();
