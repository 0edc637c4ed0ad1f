// Every method's story by its name. A method of the package without a story is shown under its name.

import type { MethodName } from '../saliency-wasm/index.js';
import { camStories } from './stories/cam-stories.js';
import { gradientStories } from './stories/gradient-stories.js';
import { perturbationStories } from './stories/perturbation-stories.js';
import { ruleStories } from './stories/rule-stories.js';
import type { Stories, Story } from './stories/story.js';

const stories: Stories = { ...gradientStories, ...ruleStories, ...camStories, ...perturbationStories };

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
