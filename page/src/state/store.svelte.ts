/**
 * The one store of the page: which network, which picture, what was chosen, and everything that was changed.
 *
 * The numbers live in the arrays of `store.network`, which nobody observes; `store.revision` grows whenever one of
 * them changed. A component that shows a number reads the revision first: `const value = $derived((store.revision,
 * layer.values[node]))`. Whoever changes a number does it by a method here, which remembers the way back.
 */

import {answerNames, answerOf, called, namedClasses, type Answer} from '../lib/answer';
import {networkOf, parseModel, writeModel, type ModelData} from '../lib/modelfile';
import {Network, pathOf} from '../lib/network';
import {shortest} from '../lib/numbertext';
import type {Reading} from '../lib/preprocess';
import {count} from '../lib/words';
import {inWorker} from './workers';

/** A node, or the edge that comes to it from `source` of the layer before. */
export interface Place {
  layer: number;
  node: number;
  source?: number;
}

/** Something that a person did, and how to take it back. */
export interface Edit {
  kind: 'drawing' | 'network';
  words: string;
  undo: () => void;
  /** Whether it put another network in the place of this one. */
  replaces?: boolean;
  /** The answer and the loss before and after, for the network's. */
  before?: Answer | null;
  after?: Answer | null;
  lossBefore?: number | null;
  lossAfter?: number | null;
}

/** A picture that Python read: `python -m mnist_ocr view --image-path photo.jpg`. */
export interface PythonReading {
  name: string;
  pixels: number[];
  decisions: string[];
  steps: {heading: string; note: string; picture: string}[];
}

/** Ways back that are remembered; a step of a large network holds all its numbers. */
const MOST_EDITS = 50;

/** Larger files are parsed beside the page, which goes on meanwhile. */
const LARGE_FILE = 2e6;

export class Store {
  network = $state.raw(Network.create([784, 16, 10], 'relu', 7));
  name = $state('');
  /** Grows whenever a number of the network changed: with every new picture. */
  revision = $state(0);
  /** Grows whenever a weight or a bias changed. */
  parameterRevision = $state(0);
  /** What the network sees, 784 numbers, 0 paper to 1 ink; null for nothing. */
  pixels = $state.raw<Float64Array | null>(null);
  /** Whether the drawing is laid aside, and the pad shows the pixels of another picture in its place. */
  aside = $state(false);
  /** How the pad's ink became that; null for pixels from elsewhere. */
  reading = $state.raw<Reading | null>(null);
  photo = $state.raw<PythonReading | null>(null);
  answer = $state.raw<Answer | null>(null);
  /** What the digit really is, once somebody said so: then there are a loss and gradients. */
  truth = $state<number | null>(null);
  loss = $state<number | null>(null);
  /** What a person chose, and what the pointer or the keyboard is on. */
  chosen = $state.raw<Place | null>(null);
  pointed = $state.raw<Place | null>(null);
  /** Where the pointer is, in pixels of the window, for the card beside it; null where the page itself points. */
  pointer = $state.raw<{x: number; y: number} | null>(null);
  shows = $state<'values' | 'gradients'>('values');
  /** How far the signal has travelled, in layers; Infinity but for the opening. */
  reveal = $state(Infinity);
  /** What went wrong. */
  message = $state('');
  busy = $state('');
  edits = $state.raw<Edit[]>([]);
  /** Whether the network has changes that no file holds. */
  unsaved = $state(false);
  /** Changes of the network that are too long ago to be taken back. */
  private forgotten = 0;

  /** What the details show: what was chosen, else the answer. */
  get focus(): Place {
    return this.chosen ?? {layer: this.network.layers.length - 1, node: this.answer?.node ?? 0};
  }

  get networkEdits(): Edit[] {
    return this.edits.filter(({kind}) => kind === 'network');
  }

  // Looking.

  /** Show the network a picture: 784 bytes, 0 paper to 255 ink, or null for none. */
  look(pixels: ArrayLike<number> | null, {reading = null, truth = null, aside = !reading}: {reading?: Reading | null; truth?: number | null; aside?: boolean} = {}): void {
    this.aside = aside;
    this.pixels = pixels && Float64Array.from(pixels, (pixel) => pixel / 255);
    this.reading = reading;
    this.truth = truth;
    this.think(false);
  }

  /** Compute everything again that the picture and the parameters decide. */
  think(parametersChanged = true): void {
    this.answer = this.loss = null;
    if (this.pixels) {
      this.network.forward(this.pixels);
      this.answer = answerOf(this.network);
      if (this.truth !== null) this.loss = this.network.backward(this.truth);
    }
    if (this.loss === null) this.shows = 'values';
    this.revision += 1;
    if (parametersChanged) this.parameterRevision += 1;
  }

  tell(truth: number | null): void {
    this.truth = truth;
    this.think(false);
  }

  // Changing the network.

  /** Do something to the network's numbers. */
  change(words: string, change: () => void, undo: () => void, replaces = false): void {
    const [before, lossBefore] = [this.answer, this.loss];
    change();
    this.think();
    this.remember({kind: 'network', words, undo, replaces, before, lossBefore, after: this.answer, lossAfter: this.loss});
    this.unsaved = true;
  }

  setWeight({layer, node, source = 0}: Place, weight: number): void {
    const {weights} = this.network.layers[layer];
    this.setNumber(weights, this.network.layers[layer].at(node, source), weight, pathOf(layer, node, source));
  }

  setBias({layer, node}: Place, bias: number): void {
    this.setNumber(this.network.layers[layer].biases, node, bias, `${pathOf(layer, node)}.bias`);
  }

  private setNumber(numbers: Float64Array, at: number, value: number, path: string): void {
    const {numbers: precision} = this.network;
    const kept = precision === 'float32' ? Math.fround(value) : value;
    if (!Number.isFinite(kept)) {
      this.message = `${path}: a ${precision} number is finite, and ${value} is not one: nothing was changed`;
      return;
    }
    const old = numbers[at];
    if (old === kept) return;
    this.message = '';
    const set = (number: number) => () => void (numbers[at] = number);
    this.change(`${path} = ${shortest(kept, precision)}`, set(kept), set(old));
  }

  /** Cut all edges that lead away from a node: whatever it computes, nobody hears of it. */
  switchOff({layer, node}: Place): void {
    const next = this.network.layers[layer + 1];
    const row = next.weights.subarray(next.at(0, node), next.at(0, node) + next.size);
    const old = row.slice();
    this.change(`${pathOf(layer, node)} switched off`, () => row.fill(0), () => row.set(old));
  }

  /** One step of gradient descent on this one picture. */
  step(learningRate: number): void {
    if (this.loss === null || this.truth === null) return;
    const {network} = this;
    const old = network.parameters.slice();
    const words = `one step on ${called(answerNames(network)[this.truth])}, learning rate ${learningRate}`;
    this.change(words, () => network.step(learningRate), () => network.parameters.set(old));
  }

  /** Put another network in place of this one, which comes back by undoing. */
  replace(network: Network, words: string, name: string): void {
    const [old, oldName, chosen] = [this.network, this.name, this.chosen];
    const put = (one: Network, called: string, place: Place | null) => () => {
      this.network = one;
      this.name = called;
      this.chosen = place;
      this.pointed = null;
    };
    this.change(words, put(network, name, null), put(old, oldName, chosen), true);
  }

  // Taking back.

  remember(edit: Edit): void {
    const edits = [...this.edits, edit];
    const oldest = edits.filter(({kind}) => kind === edit.kind).at(-MOST_EDITS - 1);
    if (oldest?.kind === 'network') this.forgotten += 1;
    this.edits = edits.filter((one) => one !== oldest);
  }

  /** Take the last edit back, or the last of a kind. */
  undo(kind?: Edit['kind']): void {
    const edit = this.edits.findLast((one) => !kind || one.kind === kind);
    if (!edit) return;
    this.edits = this.edits.filter((one) => one !== edit);
    edit.undo();
    if (edit.kind === 'network') this.think();
  }

  undoAllChanges(): void {
    while (this.networkEdits.length) this.undo('network');
    this.unsaved = this.forgotten > 0;
  }

  // Files.

  /** Show a model that was read from a file. */
  open(model: ModelData, name: string): void {
    this.network = networkOf(model);
    this.name = name;
    this.edits = this.edits.filter(({kind}) => kind === 'drawing');
    this.chosen = this.pointed = null;
    this.unsaved = false;
    this.forgotten = 0;
    this.message = '';
    this.think();
  }

  /** Open the text of a model file; a refused one leaves everything as it is. */
  async openText(text: string, name: string): Promise<boolean> {
    try {
      if (text.length > LARGE_FILE) {
        this.busy = `Reading ${name} (${Math.round(text.length / 1e6)} MB)`;
        this.open(await inWorker<ModelData>({type: 'parse', text}), name);
      } else {
        this.open(parseModel(text), name);
      }
      return true;
    } catch (error) {
      this.message = `${name}: ${error instanceof Error ? error.message : error}`;
      return false;
    } finally {
      this.busy = '';
    }
  }

  /** The text of the model file, whose `training` says what was changed here; null (and a message) if it cannot be. */
  save(): string | null {
    const {network} = this;
    const edits = this.networkEdits;
    const changes = edits.slice(edits.findLastIndex(({replaces}) => replaces) + 1).map(({words}) => words);
    if (this.forgotten && !edits.some(({replaces}) => replaces)) changes.unshift(count(this.forgotten, 'earlier change'));
    const classes = namedClasses(network.metadata.training);
    const training = changes.length
      ? {program: 'viewer.html', changes, ...(classes ? {classes} : {}), came_from: network.metadata.training ?? {}}
      : network.metadata.training;
    const copy = network.copy();
    copy.metadata.training = training;
    try {
      const text = writeModel(copy);
      this.unsaved = false;
      return text;
    } catch (error) {
      this.message = error instanceof Error ? error.message : String(error);
      return null;
    }
  }
}

export const store = new Store();
