/**
 * The opening: a 7 draws itself, the signal travels layer by layer, the answer appears. The first touch takes over, and
 * whoever prefers reduced motion gets the end at once.
 */

import {store} from './store.svelte';

/** Milliseconds for the signal to travel from one layer to the next. */
const LAYER = 650;

class Opening {
  /** The digit that the pad shall draw by itself. */
  digit = $state<number | null>(null);
  running = $state(false);
  readonly still = matchMedia('(prefers-reduced-motion: reduce)').matches;

  begin(): void {
    this.digit = 7;
    if (this.still) return;
    this.running = true;
    store.reveal = 0;
    for (const event of ['pointerdown', 'keydown', 'wheel']) {
      addEventListener(event, () => this.end(), {once: true, capture: true, passive: true});
    }
  }

  /** The pad has drawn the digit. */
  drawn(): void {
    if (!this.running) return;
    const start = performance.now();
    const last = store.network.layers.length - 1;
    const frame = () => {
      if (!this.running) return;
      store.reveal = (performance.now() - start) / LAYER;
      if (store.reveal > last + 0.2) this.end();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  end(): void {
    this.running = false;
    store.reveal = Infinity;
  }
}

export const opening = new Opening();
