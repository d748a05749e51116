/** What runs beside the page: parsing a large model file, and training. */

import {parseModel, networkOf, type ModelData} from '../lib/modelfile';
import {Digits} from '../lib/digits';
import {evaluate, Trainer, whatBroke, type Score, type TrainingConfig} from '../lib/trainer';

export type Request =
  | {type: 'parse'; text: string}
  | {type: 'start'; model: ModelData; training: Digits; heldOut: Digits; config: TrainingConfig}
  /** Learn until told otherwise, or the images of one step; from these parameters, which a person may have changed. */
  | {type: 'learn'; parameters: Float64Array; until: 'pause' | 'image' | 'batch' | 'epoch'}
  | {type: 'pause'}
  /** The page has shown the last report, and has time for another one. */
  | {type: 'seen'};

export interface Progress {
  parameters: Float64Array;
  epoch: number;
  /** Images learned from so far, and how many a second. */
  images: number;
  speed: number;
  training: Score;
  /** Null where the held-out digits were not read again. */
  heldOut: Score | null;
  misread: {index: number; said: number}[];
  running: boolean;
  diverged: string;
}

/** Milliseconds: between two messages, and of learning without looking whether there is one to receive. */
const [BETWEEN_REPORTS, SLICE] = [60, 16];

/** Reading the held-out digits may take this part of the time. */
const FOR_READING = 0.08;

let trainer: Trainer;
let heldOut: Digits;
let running = false;
let seen = true;
let [lastReport, lastRead, readingTakes] = [0, 0, 0];
let [imagesBefore, busy] = [0, 0];

const later = new MessageChannel();
later.port1.onmessage = () => slice();

addEventListener('message', ({data}: MessageEvent<Request>) => {
  if (data.type === 'parse') {
    try {
      const model = parseModel(data.text);
      postMessage({model}, {transfer: [model.parameters.buffer]});
    } catch (error) {
      postMessage({error: error instanceof Error ? error.message : String(error)});
    }
  } else if (data.type === 'start') {
    // Classes lose their methods on the way.
    const [learned, held] = [data.training, data.heldOut].map(({labels, images}) => new Digits(labels, images));
    trainer = new Trainer(networkOf(data.model), learned, data.config);
    heldOut = held;
    report(true);
  } else if (data.type === 'seen') {
    seen = true;
  } else if (data.type === 'pause') {
    if (!running) return;
    running = false;
    report(true);
  } else {
    trainer.network.parameters.set(data.parameters);
    if (data.until === 'pause') {
      running = true;
      slice();
      return;
    }
    const {epoch} = trainer;
    do trainer.step(data.until === 'image' ? 1 : undefined);
    while (data.until === 'epoch' && trainer.epoch === epoch && !trainer.diverged);
    report(true);
  }
});

function slice(): void {
  if (!running) return;
  const start = performance.now();
  while (performance.now() - start < SLICE && !trainer.diverged) trainer.step();
  busy += performance.now() - start;
  if (trainer.diverged) {
    running = false;
    report(true);
  } else if (seen && performance.now() - lastReport > BETWEEN_REPORTS) {
    report(performance.now() - lastRead > readingTakes / FOR_READING);
  }
  later.port2.postMessage(null);
}

function report(read: boolean): void {
  const misread: Progress['misread'] = [];
  let score: Score | null = null;
  if (read && !trainer.diverged) {
    const start = performance.now();
    score = evaluate(trainer.network, heldOut, (index, said) => misread.push({index, said}));
    lastRead = performance.now();
    readingTakes = lastRead - start;
    const broken = whatBroke(trainer.network, heldOut, score);
    if (broken) {
      trainer.diverged = `epoch ${trainer.epoch + 1}, learning rate ${trainer.config.learningRate}: ${broken}`;
      running = false;
    }
  }
  const progress: Progress = {
    parameters: trainer.network.parameters.slice(),
    epoch: trainer.epoch,
    images: trainer.images,
    speed: busy ? ((trainer.images - imagesBefore) / busy) * 1000 : 0,
    training: trainer.takeScore(),
    heldOut: score,
    misread,
    running,
    diverged: trainer.diverged,
  };
  lastReport = performance.now();
  seen = false;
  if (busy > 500) [imagesBefore, busy] = [trainer.images, 0];
  postMessage({progress}, {transfer: [progress.parameters.buffer]});
}
