/**
 * What the page's own modules say to a test: `node viewer_runner.mjs TASK FOLDER`.
 *
 * The folder holds `request.json` and the files that it names; the answer goes to stdout, as JSON or, where there are
 * millions of numbers, as the bytes of doubles.
 */

import {readFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';

import {exactSum} from '../../mnist_ocr/viewer/exactsum.js';
import {readModel, writeModel} from '../../mnist_ocr/viewer/modelfile.js';
import {Network} from '../../mnist_ocr/viewer/network.js';
import {floatText, shortest} from '../../mnist_ocr/viewer/numbertext.js';
import {readDrawing} from '../../mnist_ocr/viewer/reading.js';

const [, , task, folder] = process.argv;
const file = (name) => new Uint8Array(readFileSync(join(folder, name)));
const doubles = (name) => new Float64Array(file(name).buffer);
const open = (name) => Network.fromDocument(readModel(file(name), name));

function send(bytes) {
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(1, bytes.subarray(sent));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error; // the reader is slower
    }
  }
}

const say = (answer) => send(Buffer.from(JSON.stringify(answer)));
const sendDoubles = (numbers) => send(Buffer.from(Float64Array.from(numbers).buffer));

const TASKS = {
  /** Every number of forward, backward and one step, image after image; each begins with the file's parameters. */
  learn({model, images, labels, rate}) {
    const network = open(model);
    const start = network.copyParameters();
    const size = network.input.size;
    const pixels = doubles(images);
    labels.forEach((label, at) => {
      const answer = network.forward(pixels.subarray(at * size, (at + 1) * size));
      const before = network.lossOf(label);
      sendDoubles([before, network.backward(label), ...answer]);
      for (const {totals, values, gradients, previous} of network.layers) {
        if (previous) sendDoubles(totals);
        sendDoubles(values);
        sendDoubles(gradients);
      }
      for (const {index, size: nodes, fanIn, gradients} of network.layers.slice(1)) {
        const edges = new Float64Array(nodes * fanIn);
        for (let j = 0; j < nodes; j += 1) {
          for (let i = 0; i < fanIn; i += 1) edges[j * fanIn + i] = network.weightGradient(index, j, i);
        }
        sendDoubles(edges);
        sendDoubles(gradients); // of the biases: a bias's gradient is its node's
      }
      network.step(rate);
      for (const {weights, biases} of network.layers.slice(1)) {
        sendDoubles(weights);
        sendDoubles(biases);
      }
      network.setParameters(start);
    });
  },

  terms({model, images, places}) {
    const network = open(model);
    network.forward(doubles(images).subarray(0, network.input.size));
    say(places.map(([k, j]) => ({...network.terms(k, j), first: network.contribution(k, j, 0)})));
  },

  sums({lists}) {
    say(lists.map((list) => exactSum(list)));
  },

  /** For each file: what is wrong with it, or the file as it is written again. */
  judge({files}) {
    say(files.map((name) => {
      try {
        return {text: writeModel(Network.fromDocument(readModel(file(name), name)).toDocument())};
      } catch (error) {
        return {refusal: error.message, kind: error.constructor.name};
      }
    }));
  },

  /** A step on one image, and the network as a file. */
  change({model, images, label, rate}) {
    const network = open(model);
    network.forward(doubles(images).subarray(0, network.input.size));
    network.backward(label);
    network.step(rate);
    send(Buffer.from(writeModel(network.toDocument())));
  },

  texts({numbers, precision}) {
    say(Array.from(doubles(numbers), (number) => (precision ? shortest(number, precision) : floatText(number))));
  },

  read({drawings}) {
    say(drawings.map(({name, width, height}) => {
      const reading = readDrawing({grey: file(name), width, height});
      return {...reading, pixels: reading.pixels && Array.from(reading.pixels)};
    }));
  },

  /** What a call with something impossible says. */
  misuse({model}) {
    const network = open(model);
    const attempts = [
      () => network.forward([1]),
      () => network.forward(new Float64Array(network.input.size).fill(NaN)),
      () => network.backward(10),
      () => network.backward(0.5),
      () => network.backward([1, 0]),
      () => readDrawing({grey: new Uint8Array(1000 * 10), width: 1000, height: 10}),
      () => {
        network.output.biases[0] = 1e39; // too large for float32, in which the file is
        writeModel(network.toDocument());
      },
    ];
    say(attempts.map((attempt) => {
      try {
        attempt();
        return null;
      } catch (error) {
        return `${error.name}: ${error.message}`;
      }
    }));
  },
};

TASKS[task](JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8')));
