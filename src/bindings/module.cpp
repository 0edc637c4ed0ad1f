// What the WebAssembly module exports. One class a row of the table of methods: a new method appears here by itself.
#include <emscripten/bind.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "bindings/convert.h"
#include "bindings/envelope.h"
#include "bindings/job.h"
#include "bindings/methods.h"
#include "bindings/metrics.h"
#include "bindings/model.h"
#include "kernels/kernels.h"
#include "kernels/parallel.h"
#include "saliency/methods.h"
#include "visualization/colormap.h"
#include "visualization/visualize.h"

namespace saliency::bindings {
namespace {

using emscripten::val;

// Embind tells classes apart by their type.
template <std::size_t Row>
class MethodClass : public MethodBinding {
 public:
  MethodClass(const ModelBinding& model, val tensors) : MethodBinding(Row, model, tensors) {}
};

template <std::size_t Row>
void register_method() {
  if (Row >= methods().size()) return;
  using Class = MethodClass<Row>;
  emscripten::class_<Class>(methods()[Row].name.data())  // literals: they end in 0
      .template constructor<const ModelBinding&, val>()
      .function("getMask", emscripten::optional_override(
                               [](const Class& self, const val& request) { return self.get_mask(request); }))
      .function("getSmoothedMask", emscripten::optional_override([](const Class& self, const val& request) {
                  return self.get_smoothed_mask(request);
                }));
}

constexpr std::size_t kRows = 64;  // more than there will ever be methods; rows beyond the table are skipped

template <std::size_t... Rows>
void register_methods(std::index_sequence<Rows...>) {
  (register_method<Rows>(), ...);
}

int set_thread_count(int count) {
  kernels::set_thread_count(count);
  return kernels::thread_count();
}

std::string provider_name() {
  return kernels::provider_name();
}

// {h, w} or {h, w, c}
MapLayout layout_of(const val& shape) {
  const Shape sizes = to_shape(shape);
  return channels_last_map(sizes[0], sizes[1], sizes.size() > 2 ? sizes[2] : 1);
}

val grayscale(const val& map, const val& shape, double percentile) {
  return enveloped([&] { return from_scalars(visualize_grayscale(to_scalars(map), layout_of(shape), percentile)); });
}

// Red, green and blue of the 256 positions.
val colormap_colors(const std::string& name) {
  return enveloped([&] {
    val colors = val::array();
    for (const Rgb& color : colormap(name).colors) {
      for (const std::uint8_t part : color) colors.call<void>("push", static_cast<int>(part));
    }
    return colors;
  });
}

val diverging(const val& map, const val& shape, double percentile, const std::string& compat) {
  return enveloped([&] {
    const Compat mode = compat == "pair" ? Compat::Pair : Compat::None;
    return from_scalars(visualize_diverging(to_scalars(map), layout_of(shape), percentile, mode));
  });
}

}  // namespace

EMSCRIPTEN_BINDINGS(saliency) {
  emscripten::class_<ModelBinding>("Model")
      .class_function("load", &ModelBinding::load)
      .function("info", &ModelBinding::info)
      .function("run", &ModelBinding::run)
      .function("logits", &ModelBinding::logits)
      .function("gradient", &ModelBinding::gradient)
      .function("startProfile", &ModelBinding::start_profile)
      .function("profile", &ModelBinding::profile);
  emscripten::class_<JobBinding>("Job")
      .function("step", &JobBinding::step)
      .function("partial", &JobBinding::partial)
      .function("result", &JobBinding::result);
  register_methods(std::make_index_sequence<kRows>());

  emscripten::function("methodTable", &method_table);
  emscripten::function("visualizeFeature", &visualize_feature);
  emscripten::function("explain", &explain_together);
  emscripten::function("perturbationCurve", &start_perturbation_curve);
  emscripten::function("infidelity", &start_infidelity);
  emscripten::function("sensitivity", &start_sensitivity);
  emscripten::function("revealedCurve", &start_revealed_curve);
  emscripten::function("colormap", &colormap_colors);
  emscripten::function("setThreadCount", &set_thread_count);
  emscripten::function("providerName", &provider_name);
  emscripten::function("visualizeGrayscale", &grayscale);
  emscripten::function("visualizeDiverging", &diverging);
}

}  // namespace saliency::bindings
