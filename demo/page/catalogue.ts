// What the page tells about each method, and which of its options it offers. A method of the package that is not in
// this table is shown under its name, without a story.

import type { MethodName } from '../saliency-wasm/index.js';

/** An option of a method as a form field; `initial` is what the page starts with. */
export type Field =
  | {
      readonly kind: 'number';
      readonly name: string;
      readonly label: string;
      readonly initial: number;
      readonly low: number;
      readonly high: number;
      readonly step: number;
    }
  | {
      readonly kind: 'choice';
      readonly name: string;
      readonly label: string;
      readonly initial: string;
      readonly choices: readonly (readonly [value: string, label: string])[];
    }
  /** A layer of the loaded model; empty: the method's own choice. */
  | { readonly kind: 'layer'; readonly name: string; readonly label: string; readonly initial: '' };

export const families = ['Gradients', 'Paths', 'Backpropagation rules', 'Class activation', 'Perturbation'] as const;
export type Family = (typeof families)[number] | 'Further';

export interface Story {
  readonly title: string;
  readonly family: Family;
  /** One sentence: what is computed. */
  readonly sentence: string;
  /** What the colours mean. */
  readonly reading: string;
  readonly weakness: string;
  readonly source: string;
  readonly fields: readonly Field[];
}

const steps = (initial: number): Field => {
  return { kind: 'number', name: 'steps', label: 'Steps', initial, low: 1, high: 400, step: 1 };
};
const filling = (name: string, label: string): Field => ({
  kind: 'choice',
  name,
  label,
  initial: 'zero',
  choices: [
    ['zero', 'Mean colour'],
    ['black', 'Black'],
    ['white', 'White'],
    ['black,white', 'Black and white'],
    ['blur', 'Blurred image'],
    ['noise', 'Noise'],
  ],
});
const baseline = filling('baseline', 'Baseline');
const layer: Field = { kind: 'layer', name: 'layer', label: 'Layer', initial: '' };

const stories: Readonly<Record<string, Story>> = {
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
    fields: [
      steps(50),
      { kind: 'number', name: 'maxSigma', label: 'Blur (pixels)', initial: 25, low: 1, high: 200, step: 1 },
    ],
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
  },
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
  Lrp: {
    title: 'LRP',
    family: 'Backpropagation rules',
    sentence: 'The score handed back layer by layer, each unit passing on what it received.',
    reading: 'Relevance is conserved: the values add up to the score, up to what biases absorb.',
    weakness: 'The picture depends on the rules chosen for each layer.',
    source: 'Bach et al., 2015',
    fields: [],
  },
  GradCam: {
    title: 'Grad-CAM',
    family: 'Class activation',
    sentence: 'Where a late layer saw what speaks for the class.',
    reading: 'A coarse heat map: warm regions hold features that raise the score.',
    weakness: 'No finer than the layer (8 × 8 cells in the demo model), and averaging may hide real evidence.',
    source: 'Selvaraju et al., 2017',
    fields: [layer],
  },
  GradCamPlusPlus: {
    title: 'Grad-CAM++',
    family: 'Class activation',
    sentence: 'Grad-CAM with weights meant to count several objects alike.',
    reading: 'As Grad-CAM, usually spread wider over the object.',
    weakness: 'Its weights assume an exponential score, and can differ little from plain activations.',
    source: 'Chattopadhay et al., 2018',
    fields: [layer],
  },
  HiResCam: {
    title: 'HiResCAM',
    family: 'Class activation',
    sentence: 'Activation times gradient: what each place of a late layer adds to the score.',
    reading: 'Only places that really raise the score light up.',
    weakness: 'No finer than the layer.',
    source: 'Draelos & Carin, 2020',
    fields: [layer],
  },
  LayerCam: {
    title: 'LayerCAM',
    family: 'Class activation',
    sentence: 'Activation times positive gradient; usable at early layers, too.',
    reading: 'Choose an earlier layer for a finer map.',
    weakness: 'Evidence against the class is left out.',
    source: 'Jiang et al., 2021',
    fields: [layer],
  },
  XGradCam: {
    title: 'XGrad-CAM',
    family: 'Class activation',
    sentence: 'Grad-CAM whose gradients are averaged where the channel is active.',
    reading: 'As Grad-CAM, closer to adding up to the score.',
    weakness: 'No finer than the layer.',
    source: 'Fu et al., 2020',
    fields: [layer],
  },
  EigenCam: {
    title: 'Eigen-CAM',
    family: 'Class activation',
    sentence: 'What stands out most to a late layer, whatever the class.',
    reading: 'The first principal component of the layer’s activations.',
    weakness: 'It does not know the class at all: changing it changes nothing.',
    source: 'Muhammad & Yeasin, 2020',
    fields: [layer],
  },
  GuidedGradCam: {
    title: 'Guided Grad-CAM',
    family: 'Class activation',
    sentence: 'Guided backprop, kept only where Grad-CAM sees the class.',
    reading: 'Fine outlines inside a coarse, class-dependent region.',
    weakness: 'Inside the region it is as blind to the class as guided backprop.',
    source: 'Selvaraju et al., 2017',
    fields: [layer],
  },
  Occlusion: {
    title: 'Occlusion',
    family: 'Perturbation',
    sentence: 'A window is hidden, place by place: how far does the score fall?',
    reading: 'Warm: hiding this hurt the score. It needs no gradient, so it is a check on all the others.',
    weakness:
      'It takes one run for each place. The hole itself is unusual, and small windows miss what large ones find.',
    source: 'Zeiler & Fergus, 2013',
    fields: [
      { kind: 'number', name: 'size', label: 'Window (pixels)', initial: 16, low: 1, high: 512, step: 1 },
      { kind: 'number', name: 'stride', label: 'Stride (pixels)', initial: 8, low: 1, high: 256, step: 1 },
      filling('value', 'Filled with'),
    ],
  },
};

export function storyOf(name: MethodName): Story {
  return (
    stories[name] ?? {
      title: name.replace(/(?<=[a-z])(?=[A-Z])/g, ' '),
      family: 'Further',
      sentence: 'A method of the package.',
      reading: 'See the documentation of the package.',
      weakness: '',
      source: '',
      fields: [],
    }
  );
}

/** What a method, plain or smoothed, is called. */
export function titleOf(name: MethodName, smoothed: boolean): string {
  if (!smoothed) return storyOf(name).title;
  return name === 'VanillaGradients' ? 'SmoothGrad' : `Smoothed ${lowerFirst(storyOf(name).title)}`;
}

function lowerFirst(title: string): string {
  return /^[A-Z][a-z]+( |$)/.test(title) && !title.startsWith('Eigen')
    ? title[0]?.toLowerCase() + title.slice(1)
    : title;
}
