// Methods that change the way back through the network.

import { baseline, type Stories } from './story.js';

export const ruleStories: Stories = {
  GuidedBackprop: {
    title: 'Guided backprop',
    family: 'Backpropagation rules',
    sentence: 'The gradient, with everything negative dropped at each rectifier on the way back.',
    reading: 'Sharp outlines of what the early layers respond to.',
    weakness: 'It hardly depends on the class: choose another one and see. Much of it is an edge detector.',
    source: 'Springenberg et al., 2014',
    fields: [],
  },
  DeconvNet: {
    title: 'DeconvNet',
    family: 'Backpropagation rules',
    sentence: 'The score sent back through rectifiers that look at the signal instead of the image.',
    reading: 'Patterns that would excite the class, placed where the network found some.',
    weakness: 'As loosely tied to the class as guided backprop, and noisier.',
    source: 'Zeiler & Fergus, 2013',
    fields: [],
  },
  DeepLift: {
    title: 'DeepLIFT',
    family: 'Backpropagation rules',
    sentence: 'Differences from a baseline, handed back layer by layer.',
    reading: 'The values add up to the difference between the two scores.',
    weakness: 'Like all baseline methods, it cannot see what looks like the baseline.',
    source: 'Shrikumar et al., 2017',
    fields: [baseline],
  },
};
