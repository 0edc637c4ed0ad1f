// A loaded network as JavaScript sees it.
#pragma once

#include <emscripten/val.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "graph/profile.h"
#include "graph/session.h"
#include "saliency/network_model.h"

namespace saliency::bindings {

class ModelBinding {
 public:
  explicit ModelBinding(std::unique_ptr<graph::Session> session) : session_(std::move(session)) {}

  // bytes: Uint8Array; options: {inputShapes: {name: number[]}, keepWeights?: boolean}, where the name '' means the
  // first input.
  static emscripten::val load(const emscripten::val& bytes, const emscripten::val& options);

  // {inputs, outputs, layers: [{name, shape, dtype, type}], metadata: {key: text}}
  emscripten::val info() const;
  // {name: tensor} of the named outputs, all of them when the list is empty.
  emscripten::val run(const emscripten::val& feeds, const emscripten::val& outputs) const;
  // The values before a final Softmax.
  emscripten::val logits(const emscripten::val& feeds) const;
  // request: {target, y, x, rule}
  emscripten::val gradient(const emscripten::val& feeds, const emscripten::val& request) const;

  // What the nodes of all calls cost from now on, until profile() tells:
  // [{node, type, pass, milliseconds, flops, bytes}]
  emscripten::val start_profile();
  emscripten::val profile();

  graph::Session& session() const { return *session_; }

 private:
  std::unique_ptr<graph::Session> session_;
  std::unique_ptr<graph::Profile> profile_ = std::make_unique<graph::Profile>();
};

// The network seen from x, with y and the other inputs fixed; names may be empty.
std::unique_ptr<NetworkModel> network_model(graph::Session& session, const std::string& y, const std::string& x,
                                            std::map<std::string, Tensor> feeds);
// The same for a request with feeds and a valueRange: all channels' blacks and then their whites, empty if not known.
std::unique_ptr<NetworkModel> network_model(graph::Session& session, const emscripten::val& request,
                                            const std::string& y, const std::string& x, Activations activations);
// … and where its image is at x, which may lie inside the network.
ModelAtPoint model_at_point(graph::Session& session, const emscripten::val& request, const std::string& y,
                            const std::string& x, Activations activations);

}  // namespace saliency::bindings
