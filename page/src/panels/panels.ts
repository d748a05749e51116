/** What can be opened below the network, in the order of the tabs. A new one is a component and a line here. */

import type {Component} from 'svelte';
import Gallery from './Gallery.svelte';
import Mine from './Mine.svelte';
import Mistakes from './Mistakes.svelte';
import Story from './Story.svelte';
import Teach from './Teach.svelte';
import Train from './Train.svelte';
import WhatIf from './WhatIf.svelte';
import Why from './Why.svelte';

export interface Panel {
  id: string;
  title: string;
  component: Component;
}

export const PANELS: Panel[] = [
  {id: 'story', title: 'The story', component: Story},
  {id: 'train', title: 'Train from scratch', component: Train},
  {id: 'why', title: 'Why this answer?', component: Why},
  {id: 'gallery', title: 'Gallery', component: Gallery},
  {id: 'whatif', title: 'What if?', component: WhatIf},
  {id: 'teach', title: 'Loss and one step', component: Teach},
  {id: 'mine', title: 'Teach it my digits', component: Mine},
  {id: 'mistakes', title: 'Mistakes, and two networks', component: Mistakes},
];
