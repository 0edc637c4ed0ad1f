// Methods that change the image, in windows, masks or regions, and look at the score.

import { count, filling, type Stories } from './story.js';

const hidden = filling('value', 'Hidden by', 'mean');

export const perturbationStories: Stories = {
  Occlusion: {
    title: 'Occlusion',
    family: 'Perturbation',
    sentence: 'A window is hidden, place by place: how far does the score fall?',
    reading: 'Warm: hiding this hurt the score. It needs no gradient, so it is a check on all the others.',
    weakness:
      'It takes one run for each place. The hole itself is unusual, and small windows miss what large ones find.',
    source: 'Zeiler & Fergus, 2013',
    fields: [
      count('size', 'Window (pixels)', 16, 512),
      count('stride', 'Stride (pixels)', 8, 256),
      filling('value', 'Filled with'),
    ],
    costly: true,
  },
  Rise: {
    title: 'RISE',
    family: 'Perturbation',
    sentence: 'The image is seen through many random masks; masks with a high score are added up.',
    reading: 'Bright: when this place was visible, the score tended to be high.',
    weakness: 'Random: with few masks the map is cloudy, and every place gets some of the average.',
    source: 'Petsiuk et al., 2018',
    fields: [
      count('masks', 'Masks', 400, 10_000),
      count('cells', 'Cells a side', 7, 64, 2),
      filling('value', 'Hidden by'),
    ],
    costly: true,
    random: true,
  },
  MeaningfulPerturbation: {
    title: 'Meaningful perturbation',
    family: 'Perturbation',
    sentence: 'The smallest smooth blot that makes the network blind to the class, found step by step.',
    reading: 'Warm: what has to be blurred for the evidence to go, or shown for it to stay.',
    weakness: 'Slow, and one of many masks that would do; where evidence is repeated it hides only as much as it must.',
    source: 'Fong & Vedaldi, 2017; Fong et al., 2019',
    fields: [
      {
        kind: 'choice',
        name: 'goal',
        label: 'Find what to',
        initial: 'delete',
        choices: [
          ['delete', 'Hide'],
          ['preserve', 'Show'],
        ],
      },
      { kind: 'number', name: 'area', label: 'Area (0: smallest)', initial: 0, low: 0, high: 1, step: 0.01 },
      count('steps', 'Steps', 100, 2000),
      filling('value', 'Hidden by', 'blur'),
    ],
    costly: true,
    random: true,
  },
  FeatureAblation: {
    title: 'Feature ablation',
    family: 'Regions',
    sentence: 'Regions of the image are hidden one by one: how far does the score fall?',
    reading: 'Warm regions are those the score cannot do without.',
    weakness: 'Regions that stand in for each other both seem unimportant; the borders come from colour alone.',
    source: 'As in Captum; regions by Felzenszwalb & Huttenlocher, 2004',
    fields: [count('segmentScale', 'Region scale', 250, 5000), hidden],
    costly: true,
  },
  Lime: {
    title: 'LIME',
    family: 'Regions',
    sentence: 'Many sets of regions are hidden, and a simple linear model is fitted to the scores.',
    reading: 'A region’s colour is its weight in that simple model, valid near this image only.',
    weakness: 'Random, and sensitive to how regions, distances and penalty are chosen.',
    source: 'Ribeiro et al., 2016',
    fields: [count('perturbations', 'Sets', 400, 10_000, 2), count('segmentScale', 'Region scale', 250, 5000), hidden],
    costly: true,
    random: true,
  },
  KernelShap: {
    title: 'KernelSHAP',
    family: 'Regions',
    sentence: 'Each region’s fair share of the score, estimated from many hidden sets of regions.',
    reading: 'The shares add up to the difference between the image and the hidden one.',
    weakness: 'Hidden regions make unusual pictures, and few sets give rough estimates.',
    source: 'Lundberg & Lee, 2017',
    fields: [count('perturbations', 'Sets', 400, 10_000, 2), count('segmentScale', 'Region scale', 250, 5000), hidden],
    costly: true,
    random: true,
  },
  Xrai: {
    title: 'XRAI',
    family: 'Regions',
    sentence: 'Regions of the image, ranked by the integrated gradients that they hold.',
    reading: 'The brightest region is the one that holds most evidence for its size.',
    weakness: 'It inherits the baselines of integrated gradients, and regions that do not follow the object mislead.',
    source: 'Kapishnikov et al., 2019',
    fields: [
      count('steps', 'Steps', 25, 400),
      {
        kind: 'choice',
        name: 'algorithm',
        label: 'Ranking',
        initial: 'full',
        choices: [
          ['full', 'Full'],
          ['fast', 'Fast'],
        ],
      },
    ],
    costly: true,
  },
};
