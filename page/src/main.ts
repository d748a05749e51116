/** Starts the page, and opens what stands in it: a network, digits, and perhaps a picture that Python read. */

import {mount} from 'svelte';
import App from './App.svelte';
import {Digits, unpack} from './lib/digits';
import {embedding} from './state/embedding';
import {opening} from './state/opening.svelte';
import {palette} from './state/palette.svelte';
import {store} from './state/store.svelte';
import {training} from './state/training.svelte';
import './style.css';

/** What stands in a place for data, and what it is called. */
function slot(id: string): {text: string; name: string} {
  const element = document.getElementById(id)!;
  const found = {text: element.textContent ?? '', name: element.dataset.name ?? ''};
  element.remove();
  return found;
}

palette.read();
mount(App, {target: document.getElementById('app')!});

async function start(): Promise<void> {
  const [model, digits, reading] = ['model', 'digits', 'reading'].map(slot);
  if (model.text) await store.openText(new TextDecoder().decode(await unpack(model.text)), model.name);
  else store.name = 'untrained.json';
  const read = reading.text ? JSON.parse(reading.text) : null;
  if (!read) {
    opening.begin();
  } else if (read.pixels) {
    store.photo = read;
    store.look(read.pixels);
  }
  embedding.begin();
  if (digits.text) training.digits = Digits.parse(await unpack(digits.text));
  training.source = digits.name;
}

void start();
