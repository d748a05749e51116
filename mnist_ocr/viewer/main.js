// @ts-check
/**
 * Starts the page: with the model that stands in it, if there is one.
 */

import {mountApp} from './app.js';

const root = /** @type {HTMLElement} */ (document.querySelector('main'));
const model = /** @type {HTMLElement} */ (document.querySelector('script[type="application/json"]'));
const text = model.textContent ?? '';

mountApp(root, text.trim() ? {text, name: model.dataset.name ?? ''} : null);
// Some megabytes of text that nobody needs any more.
model.remove();
