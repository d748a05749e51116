import {vitePreprocess} from '@sveltejs/vite-plugin-svelte';

// ARIA allows a canvas to be an image, a group or an application; Svelte's table of roles does not know that.
const KNOWN = ['a11y_no_interactive_element_to_noninteractive_role'];

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {runes: true, warningFilter: ({code}) => !KNOWN.includes(code)},
};
