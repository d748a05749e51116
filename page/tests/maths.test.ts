import {describe, expect, test} from 'vitest';
import {answerOf} from '../src/lib/answer';
import {Digits} from '../src/lib/digits';
import {networkOf, parseModel, writeModel} from '../src/lib/modelfile';
import {Network} from '../src/lib/network';
import {floatText, shortest} from '../src/lib/numbertext';
import {OPTIMIZERS, type OptimizerName} from '../src/lib/optimizers';
import {readInk} from '../src/lib/preprocess';
import {evaluate, Trainer, whatBroke} from '../src/lib/trainer';
import {difference, PYTHON} from './python';

const EXACT = 1e-9;
const digits = new Digits(Uint8Array.from(PYTHON.labels), Uint8Array.from(PYTHON.images));
const open = (document: unknown) => networkOf(parseModel(JSON.stringify(document)));
const pixels = new Float64Array(784);
digits.read(0, pixels);

describe('a network computes as Python does', () => {
  test.each<[number, any]>([...PYTHON.networks.entries()])('kind %i', (_, expected) => {
    const network = open(expected.document);
    expect(difference(network.parameters, expected.parameters)).toBe(0);
    network.forward(pixels);
    const loss = network.backward(4);
    expect(Math.abs(loss - expected.loss)).toBeLessThan(EXACT);
    expected.layers.forEach((layer: any, k: number) => {
      const {totals, values, gradients} = network.layers[k];
      expect(difference(values, layer.values)).toBeLessThan(EXACT);
      expect(difference(gradients, layer.gradients)).toBeLessThan(EXACT);
      if (k) expect(difference(totals, layer.totals)).toBeLessThan(EXACT);
    });
    const gradients = new Float64Array(network.parameters.length);
    network.accumulate(gradients, 1);
    expect(difference(gradients, expected.gradients)).toBeLessThan(EXACT);
    network.step(0.1);
    expect(difference(network.parameters, expected.step)).toBeLessThan(EXACT);
  });
});

describe('a training ends with Python’s numbers: same start, same batches', () => {
  test.each<[string, any]>(PYTHON.trainings.map((expected: any) => [expected.optimizer, expected]))('%s', (_, expected) => {
    const network = open(expected.document);
    const {weightDecay, learningRate} = expected;
    const optimizer = expected.optimizer as OptimizerName;
    expect(OPTIMIZERS[optimizer]).toMatchObject({learningRate: expected.usual, weightDecay});
    const config = {optimizer, learningRate, batchSize: 10, weightDecay, momentum: 0.9, vary: false, seed: 0};
    const trainer = new Trainer(network, digits, config);
    const losses = PYTHON.batches.map((batch: number[]) => trainer.learn(batch));
    expect(difference(losses, expected.losses)).toBeLessThan(EXACT);
    expect(difference(network.parameters, expected.parameters)).toBeLessThan(EXACT);
  });
});

describe('training', () => {
  const config = {optimizer: 'sgd' as const, learningRate: 0.2, batchSize: 10, weightDecay: 0, momentum: 0, vary: false, seed: 1};

  test('shows every image once an epoch, however it is stepped', () => {
    const trainer = new Trainer(Network.create([784, 4, 10], 'relu', 1), digits, config);
    let seen = trainer.step(1);
    while (trainer.epoch === 0) seen += trainer.step();
    expect(seen).toBe(120);
    expect([trainer.epoch, trainer.position, trainer.images]).toEqual([1, 0, 120]);
  });

  test('lowers the loss', () => {
    const trainer = new Trainer(Network.create([784, 16, 10], 'relu', 1), digits, config);
    const losses = Array.from({length: 30}, () => {
      for (const epoch = trainer.epoch; trainer.epoch === epoch; ) trainer.step();
      return trainer.takeScore();
    });
    expect(losses[0].loss).toBeGreaterThan(1);
    expect(losses[29]).toMatchObject({accuracy: 1});
    expect(losses[29].loss).toBeLessThan(0.1);
  });

  test('that breaks says where', () => {
    const trainer = new Trainer(Network.create([784, 16, 10], 'relu', 1), digits, {...config, learningRate: 1e200});
    for (let step = 0; step < 20; step += 1) trainer.step();
    expect(trainer.diverged).toMatch(/^epoch 1, batch \d, learning rate 1e\+200: the \w+ of layer “\w+”: no longer finite$/);
    expect(trainer.step()).toBe(0);
  });
});

test('what a too large step has broken is named', () => {
  const network = Network.create([784, 4, 4, 10], 'relu', 1);
  expect(whatBroke(network, digits, evaluate(network, digits))).toBe('');
  network.layers[3].weights[network.layers[3].at(7, 2)] = 1e4;
  expect(whatBroke(network, digits, evaluate(network, digits))).toMatch(/^the loss is \d+, .* layers\[3\]\.nodes\[7\]\.weights\[2\] = 1\.00e\+4$/);
  network.layers[2].biases.fill(-1e3);
  expect(whatBroke(network, digits, evaluate(network, digits))).toMatch(/^every node of layer “hidden 2” passes on 0 for every digit/);
});

describe('a model file', () => {
  test('that nobody touched is written to the byte', () => {
    expect(writeModel(networkOf(parseModel(PYTHON.model)))).toBe(PYTHON.model);
  });

  test.each([
    ['layers[1].nodes[0].weights[3]: expected a finite float32 number, found 1e+39', (file: any) => (file.layers[1].nodes[0].weights[3] = 1e39)],
    ['layers[1].nodes[2].bias: expected a number, found "1"', (file: any) => (file.layers[1].nodes[2].bias = '1')],
    ['layers[2].nodes[9].weights: expected 16 numbers, one for each node of layers[1], found 15', (file: any) => file.layers[2].nodes[9].weights.pop()],
    ["layers[1].nodes[0]: expected the key 'bias'", (file: any) => delete file.layers[1].nodes[0].bias],
    ['layers[1].activation: expected one of relu, sigmoid, tanh, linear, softmax', (file: any) => (file.layers[1].activation = 'swish')],
    ["format: expected 'mnist_ocr network', found \"other\"", (file: any) => (file.format = 'other')],
    ['a network that reads digits has 784 inputs and 10 outputs, and this one has 784 and 9', (file: any) => {
      file.layers[2].nodes.pop();
      file.layers[2].size = 9;
    }],
  ])('is refused: %s', (message, spoil) => {
    const file = structuredClone({...PYTHON.trainings[0].document, numbers: 'float32'});
    spoil(file);
    expect(() => parseModel(JSON.stringify(file))).toThrow(message);
  });

  test('is not written with a number that its precision does not hold', () => {
    const network = Network.create([784, 4, 10], 'relu', 1);
    network.layers[1].weights[network.layers[1].at(2, 5)] = 1e39;
    expect(() => writeModel(network)).toThrow('layers[1].nodes[2].weights[5] is no finite float32 number: not saved');
  });
});

test('numbers are written as Python writes them', () => {
  const {singles, singleTexts, doubles, doubleTexts} = PYTHON.numbers;
  expect(doubles.map(floatText)).toEqual(doubleTexts);
  const single = (number: number) => shortest(number, 'float32');
  singles.forEach((number: number) => expect(Math.fround(Number(single(number)))).toBe(number));
  expect(singles.map(single)).toEqual(singleTexts);
});

test('a drawing becomes Python’s pixels', () => {
  for (const {ink, pixels: expected} of PYTHON.drawings) {
    const reading = readInk({values: Float32Array.from(ink, (value: number) => value / 255), height: 168, width: 168})!;
    const away = Array.from(reading.pixels, (pixel, at) => Math.abs(pixel - expected[at]));
    expect(Math.max(...away)).toBeLessThan(40);
    expect(away.reduce((sum, one) => sum + one, 0) / 784).toBeLessThan(1);
  }
});

test('an empty pad has nothing to read', () => {
  expect(readInk({values: new Float32Array(168 * 168), height: 168, width: 168})).toBeNull();
});

test('an answer that overflowed is none', () => {
  const network = Network.create([784, 4, 10], 'relu', 1);
  network.forward(pixels);
  expect(answerOf(network)!.probabilities.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 12);
  network.layers[1].biases[0] = 1e308;
  network.layers[2].weights.fill(1e10);
  network.forward(pixels);
  expect(answerOf(network)).toBeNull();
});
