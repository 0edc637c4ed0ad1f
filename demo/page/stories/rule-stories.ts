// Methods that change the way back through the network.

import { baseline, layer, type Stories } from './story.js';

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
    fields: [
      baseline,
      {
        kind: 'choice',
        name: 'rule',
        label: 'Rule',
        initial: 'rescale',
        choices: [
          ['rescale', 'Rescale'],
          ['reveal-cancel', 'Reveal-cancel'],
        ],
      },
    ],
  },
  Lrp: {
    title: 'LRP',
    family: 'Backpropagation rules',
    sentence: 'The score handed back through the layers, each sharing it among its inputs by a rule.',
    reading: 'Pixels for and against the class; with few biases they add up to the score.',
    weakness: 'Each set of rules tells another story, and those that look clean hardly depend on the class.',
    source: 'Bach et al., 2015',
    fields: [
      {
        kind: 'choice',
        name: 'composite',
        label: 'Rules',
        initial: 'epsilon-plus',
        choices: [
          ['epsilon-plus', 'ε and z⁺'],
          ['epsilon-gamma-box', 'ε, γ and box'],
          ['epsilon-alpha2-beta1', 'ε and α2β1'],
          ['epsilon-plus-flat', 'ε, z⁺, flat first layer'],
          ['epsilon', 'ε everywhere'],
        ],
      },
    ],
  },
  ExcitationBackprop: {
    title: 'Excitation backprop',
    family: 'Backpropagation rules',
    sentence: 'A walk from the class down the connections that excite, each as likely as its share.',
    reading: 'How likely the walk passes each place of the layer.',
    weakness: 'Only evidence for the class counts, so that the maps of several classes look alike.',
    source: 'Zhang et al., 2016',
    fields: [layer],
  },
  FullGrad: {
    title: 'FullGrad',
    family: 'Gradients',
    sentence: 'What the pixels and the biases of all layers contribute to the score, laid over each other.',
    reading: 'Fine where early layers matter, coarse where late ones do.',
    weakness: 'Shows how much each place contributes, but not whether for or against the class.',
    source: 'Srinivas & Fleuret, 2019',
    fields: [],
  },
};
