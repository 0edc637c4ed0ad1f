// Gives the tests the package, without an import map, which a strict policy forbids inline.
globalThis.saliency = await import('/saliency-wasm/index.js');
document.documentElement.dataset.ready = 'yes';
