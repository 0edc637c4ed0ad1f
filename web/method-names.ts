/** The names of the methods, as in the core's table; a test compares the two. */
export const methodNames = [
  'VanillaGradients',
  'InputXGradient',
  'IntegratedGradients',
  'GuidedBackprop',
  'DeconvNet',
  'GradCam',
  'GradCamPlusPlus',
  'HiResCam',
  'LayerCam',
  'XGradCam',
  'EigenCam',
  'GuidedGradCam',
  'Occlusion',
] as const;

export type MethodName = (typeof methodNames)[number];
