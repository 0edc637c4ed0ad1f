// The built package lies beside the page under this name (tools/lib/package.mjs copies dist/ there).
export * from 'saliency-wasm';
