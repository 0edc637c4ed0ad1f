// The one way out of the core: every call returns {ok: true, value} or {ok: false, error: {code, message, expected,
// actual, remedy}}. No exception crosses into JavaScript, where it would be a bare number.
#pragma once

#include <emscripten/val.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace saliency::bindings {

inline emscripten::val failure(const Error& error) {
  using emscripten::val;
  val plain = val::object();
  plain.set("code", std::string(code_name(error.code())));
  plain.set("message", error.message());
  plain.set("expected", error.details().expected);
  plain.set("actual", error.details().actual);
  plain.set("remedy", error.details().remedy);
  val envelope = val::object();
  envelope.set("ok", false);
  envelope.set("error", plain);
  return envelope;
}

inline Error out_of_memory() {
  return Error(ErrorCode::OutOfMemory, "not enough memory in WebAssembly",
               {.expected = "a network and a batch that fit into the memory of the page",
                .actual = "an allocation failed",
                .remedy = "use a smaller input, and dispose models that are no longer needed"});
}

// Runs `call`, whose result must be convertible to val.
template <class F>
emscripten::val enveloped(F&& call) {
  using emscripten::val;
  try {
    val envelope = val::object();
    envelope.set("ok", true);
    envelope.set("value", std::forward<F>(call)());
    return envelope;
  } catch (const Error& error) {
    return failure(error);
  } catch (const std::bad_alloc&) {
    return failure(out_of_memory());
  } catch (const std::length_error&) {
    return failure(out_of_memory());  // a vector longer than the address space
  } catch (const std::exception& error) {
    return failure(Error(ErrorCode::ModelInvalid, std::string("unexpected failure: ") + error.what(),
                         {.remedy = "please report it with the model"}));
  }
}

}  // namespace saliency::bindings
