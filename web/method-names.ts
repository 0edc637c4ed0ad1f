/** The names of the methods, as in the core's table; a test compares the two. */
export const methodNames = [
  'VanillaGradients',
  'GuidedBackprop',
  'DeconvNet',
  'IntegratedGradients',
  'Occlusion',
] as const;

export type MethodName = (typeof methodNames)[number];
