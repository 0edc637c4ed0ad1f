// All methods: one class for each row of the core's table.

export * from './cam-methods.js';
export * from './gradient-methods.js';
export * from './path-methods.js';
export * from './perturbation-methods.js';
export * from './region-methods.js';
export * from './relevance-methods.js';
