// A stand-in for linking: the import is bound by wasm-merge, so this is never called.
mergeInto(LibraryManager.library, {
  // A function and no arrow: Emscripten 3.1.6 pastes its text.
  madd: function () {
    abort('saliency: relaxed.madd was not bound');
  },
});
