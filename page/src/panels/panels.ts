/** What can be opened below the network, in the order of the tabs. A new one is a component and a line here. */

import type {Component} from 'svelte';
import Teach from './Teach.svelte';
import Train from './Train.svelte';

export interface Panel {
  id: string;
  title: string;
  component: Component;
}

export const PANELS: Panel[] = [
  {id: 'train', title: 'Train from scratch', component: Train},
  {id: 'teach', title: 'Loss and one step', component: Teach},
];
