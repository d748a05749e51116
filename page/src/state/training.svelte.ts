/** Training in the page: what was chosen, how it goes, and the worker that does it. */

import type {ActivationName} from '../lib/activations';
import type {Digits} from '../lib/digits';
import {Network} from '../lib/network';
import {OPTIMIZERS, type OptimizerName} from '../lib/optimizers';
import type {Score, TrainingConfig} from '../lib/trainer';
import {store} from './store.svelte';
import type {Progress, Request} from './worker';
import {newWorker} from './workers';

export interface Point {
  images: number;
  training: Score;
  heldOut: Score;
}

/** Hidden layers that can be chosen. */
export const HIDDEN = {none: [], '16-16': [16, 16], '32': [32], '128': [128]} as const;

class Training {
  // What a person chooses.
  hidden = $state<keyof typeof HIDDEN>('32');
  activation = $state<Extract<ActivationName, 'relu' | 'sigmoid' | 'tanh'>>('relu');
  optimizer = $state<OptimizerName>('adam');
  learningRate = $state<number>(0.002);
  batchSize = $state(32);

  digits = $state.raw<Digits | null>(null);
  /** What the digits are: drawn by the program, or MNIST. */
  source = $state('');

  // How it goes.
  status = $state<'none' | 'paused' | 'running' | 'diverged'>('none');
  progress = $state.raw<Progress | null>(null);
  curve = $state.raw<Point[]>([]);

  private worker: Worker | null = null;
  private network: Network | null = null;
  private seed = 1;
  /** What the file of the network that it goes on with says of its training; undefined from scratch. */
  private cameFrom: unknown;
  /** Images that it learns from, and what is done once a taught epoch is over. */
  private learnsFrom = 0;
  private finished: (() => void) | null = null;

  get heldOut(): Digits | null {
    return this.digits && this.digits.split().heldOut;
  }

  /** A new network that has learned nothing takes the place of the one that is shown. */
  begin(): void {
    const sizes = [784, ...HIDDEN[this.hidden], 10];
    const network = Network.create(sizes, this.activation, this.seed);
    this.cameFrom = undefined;
    this.start(network, 'trained from scratch in the page', 'trained-here.json');
    this.seed += 1;
  }

  /** Go on with the network that is shown. */
  continueWithShown(): void {
    this.cameFrom = store.network.metadata.training ?? {};
    this.start(store.network.copy(), 'trained further in the page', store.name);
  }

  /** One epoch of the network shown on a person's digits, mixed with the old ones. */
  teach(mine: Digits, finished: () => void): void {
    if (!this.digits) return;
    this.cameFrom = store.network.metadata.training ?? {};
    const {training: old, heldOut} = this.digits.split();
    this.start(store.network.copy(), 'taught drawings made in the page', store.name, {training: old.with(mine), heldOut});
    this.finished = finished;
    this.learn('epoch');
    this.status = 'running';
  }

  private start(network: Network, words: string, name: string, parts = this.digits?.split()): void {
    if (!parts) return;
    this.finished = null;
    this.learnsFrom = parts.training.count;
    this.worker?.terminate();
    this.worker = newWorker();
    this.worker.onmessage = ({data}: MessageEvent<{progress: Progress}>) => this.take(data.progress);
    this.network = network;
    this.curve = [];
    store.replace(network, words, name);
    this.status = 'paused';
    const {layers, loss, numbers, metadata, parameters} = network;
    const plain = layers.map(({name: called, size, activation, nodeNames}) => ({name: called, size, activation, nodeNames}));
    const model = {layers: plain, loss, numbers, metadata: {...metadata, training: {}}, parameters};
    this.send({type: 'start', model, ...parts, config: this.config()});
  }

  private config(): TrainingConfig {
    const {optimizer, learningRate, batchSize, seed} = this;
    return {
      optimizer, learningRate, batchSize, seed, momentum: 0.9, vary: true,
      weightDecay: OPTIMIZERS[optimizer].weightDecay,
    };
  }

  play(): void {
    if (this.status === 'none') this.begin();
    this.learn('pause');
    this.status = 'running';
  }

  pause(): void {
    this.send({type: 'pause'});
  }

  step(until: 'image' | 'batch' | 'epoch'): void {
    if (this.status === 'none') this.begin();
    this.learn(until);
  }

  private learn(until: 'pause' | 'image' | 'batch' | 'epoch'): void {
    if (this.network) this.send({type: 'learn', parameters: this.network.parameters.slice(), until});
  }

  private send(request: Request): void {
    this.worker?.postMessage(request);
  }

  private take(progress: Progress): void {
    const {network} = this;
    if (!network) return;
    this.status = progress.diverged ? 'diverged' : progress.running ? 'running' : 'paused';
    if (progress.heldOut || !this.progress) this.progress = progress;
    else this.progress = {...progress, heldOut: this.progress.heldOut, misread: this.progress.misread};
    if (progress.heldOut && progress.training.accuracy >= 0) {
      this.curve = [...this.curve, {images: progress.images, training: progress.training, heldOut: progress.heldOut}];
    }
    network.parameters.set(progress.parameters);
    network.metadata.training = this.describe(progress);
    if (store.network === network) store.think();
    else this.pause();
    if (this.finished && progress.images > 0 && this.status !== 'running') {
      this.finished();
      this.finished = null;
    }
    requestAnimationFrame(() => this.send({type: 'seen'}));
  }

  /** What the saved file says about its training. */
  private describe({epoch, images, heldOut}: Progress): unknown {
    const {optimizer, learningRate, batchSize} = this;
    return {
      program: 'viewer.html',
      data: this.source,
      images: {training: this.learnsFrom, held_out: this.heldOut!.count},
      epochs: epoch,
      images_seen: images,
      config: {optimizer, learning_rate: learningRate, batch_size: batchSize},
      // Of these very parameters, or none: while it runs, the held-out digits are read only now and then.
      ...(heldOut ? {accuracy: {held_out: heldOut.accuracy}} : {}),
      ...(this.cameFrom === undefined ? {} : {came_from: this.cameFrom}),
    };
  }
}

export const training = new Training();
