// Methods that follow gradients: one of them, or those on a path.

import { baseline, count, filling, type Stories, steps } from './story.js';

export const gradientStories: Stories = {
  VanillaGradients: {
    title: 'Gradient',
    family: 'Gradients',
    sentence: 'How much the score would move if a pixel changed a little.',
    reading:
      'Bright pixels are those to which the score is sensitive right now. They need not be the ones that made it.',
    weakness: 'Plain, it is noisy, and it fades where the network is saturated. Smoothing (SmoothGrad) helps a lot.',
    source: 'Simonyan et al., 2013',
    fields: [],
  },
  InputXGradient: {
    title: 'Input × gradient',
    family: 'Gradients',
    sentence: 'The gradient times the pixel: a first estimate of what each pixel adds to the score.',
    reading: 'Strength is sensitivity times how far the pixel is from the mean colour.',
    weakness: 'Pixels of the mean colour get nothing, however important they are.',
    source: 'Shrikumar et al., 2016',
    fields: [],
  },
  IntegratedGradients: {
    title: 'Integrated gradients',
    family: 'Paths',
    sentence: 'The gradients on the way from an empty picture to this one, added up.',
    reading: 'All values together make the difference between the two scores: the receipt says how exactly.',
    weakness: 'The answer depends on the empty picture: with a black one, black objects are invisible.',
    source: 'Sundararajan et al., 2017',
    fields: [steps(25), baseline],
  },
  BlurIg: {
    title: 'Blur IG',
    family: 'Paths',
    sentence: 'The gradients on the way from a blurred picture to the sharp one, added up.',
    reading: 'It shows which details of which size made the score as they came into focus.',
    weakness: 'Blurring fades the borders, and large even areas get little.',
    source: 'Xu et al., 2020',
    fields: [steps(50), count('maxSigma', 'Blur (pixels)', 25, 200)],
  },
  GuidedIg: {
    title: 'Guided IG',
    family: 'Paths',
    sentence: 'Integrated gradients on a path that moves the least sensitive pixels first.',
    reading: 'Less noise than the straight path; the values still add up to the difference of the scores.',
    weakness: 'The path depends on the network, so two models are harder to compare.',
    source: 'Kapishnikov et al., 2021',
    fields: [
      steps(50),
      { kind: 'number', name: 'maxDist', label: 'Freedom', initial: 0.02, low: 0, high: 1, step: 0.01 },
      baseline,
    ],
  },
  GradientShap: {
    title: 'GradientSHAP',
    family: 'Paths',
    sentence: 'Integrated gradients at random places, from random baselines, with a little noise.',
    reading: 'An estimate of Shapley values: the expected share of each pixel in the score.',
    weakness: 'Random: a few steps give a grainy map, and another seed gives another one.',
    source: 'Lundberg & Lee, 2017; Erion et al., 2021',
    fields: [steps(50), filling('baseline', 'Baselines')],
    random: true,
  },
};
