/** The names of the methods, as in the core's table; a test compares the two. */
export const methodNames = [
  'VanillaGradients',
  'InputXGradient',
  'IntegratedGradients',
  'BlurIg',
  'GuidedIg',
  'GradientShap',
  'DeepLift',
  'Xrai',
  'GuidedBackprop',
  'DeconvNet',
  'GradCam',
  'GradCamPlusPlus',
  'HiResCam',
  'LayerCam',
  'XGradCam',
  'EigenCam',
  'GuidedGradCam',
  'ScoreCam',
  'Occlusion',
  'Rise',
  'FeatureAblation',
  'Lime',
  'KernelShap',
] as const;

export type MethodName = (typeof methodNames)[number];
