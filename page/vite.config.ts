import {svelte} from '@sveltejs/vite-plugin-svelte';
import {viteSingleFile} from 'vite-plugin-singlefile';
import {defineConfig} from 'vitest/config';

// One file: script, style and worker are in the page, which therefore opens from a disk and asks nobody.
// `python -m mnist_ocr.page` then puts the network and the digits into it.
export default defineConfig({
  plugins: [svelte(), viteSingleFile({removeViteModuleLoader: true})],
  build: {target: 'es2022', modulePreload: false, assetsInlineLimit: 1e8},
  worker: {format: 'iife'},
  test: {include: ['tests/**/*.test.ts'], testTimeout: 60_000},
});
