// Runs a graph for inputs that differ from one image within a rectangle only. The image runs once; for each changed
// input every layer computes only the rectangle of its output that the change reaches, reading what lies around it
// from the image's own activations. Where the rectangle covers most of a layer, or an operator is not local, the rest
// of the graph runs in full.
//   rows of an output that rows a … b−1 of the input reach:  ⌈(a + pad − span + 1)/stride⌉ … ⌊(b − 1 + pad)/stride⌋
// Values agree with those of a full run up to rounding: kernels may add in another order for another size.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "graph/plan.h"

namespace saliency::graph {

struct Rect {
  std::int64_t top = 0, left = 0, height = 0, width = 0;

  bool operator==(const Rect&) const = default;
};

class Regions {
 public:
  struct Image {
    ValueId x = kNoValue;
    int height_axis = 2, width_axis = 3;
  };

  // For changes of at most `largest` (height and width); y is to be computed, `fed` are the other inputs.
  Regions(const Graph& graph, Image image, ValueId y, const std::vector<ValueId>& fed, const Rect& largest);

  // Whether anything but the input itself is computed by rectangles.
  bool useful() const { return !steps_.empty(); }

  // Outputs that a plan for one sample must have for keep(), which copies them.
  const std::vector<ValueId>& kept() const { return kept_; }
  void keep(const Plan& plan);

  // What the plan for the rest of the graph must be fed besides `fed`; its batch is that of run().
  const std::vector<ValueId>& frontier() const { return frontier_; }
  // pixels: the changed rectangles of x, one after the other, each in x's layout. Writes the frontier into `rest`.
  void run(std::span<const Rect> rects, std::span<const Scalar> pixels, const Plan& rest);

 private:
  enum class Part { Same, Local, Whole };  // how a value differs from the image's
  // What is known of a value before numbers come. Of a local one: the axes of its image and the most that changes, were
  // the image without edges.
  struct Change {
    Part part = Part::Same;
    int height_axis = -1, width_axis = -1;
    std::int64_t height = 0, width = 0;
  };
  enum class Kind { Local, Transpose, Mean };
  struct Step {
    Kind kind = Kind::Local;
    const Node* node = nullptr;
    kernels::Clamp clamp = {};
    ValueId output = kNoValue;
    ops::Reach reach = {};
  };
  // The changed rectangles of a value, by sample.
  struct Tiles {
    std::vector<Rect> rects;
    std::vector<std::size_t> offsets;
    std::vector<Scalar> numbers;
  };
  struct Group;

  void choose_steps(ValueId y, const std::vector<ValueId>& fed);
  void choose_step(std::size_t position, ValueId y, std::vector<bool>& done);
  bool choose_local(Step& step);
  bool choose_mean(Step& step);
  bool fits(const Step& step, std::size_t input, const Change& from) const;
  void fuse_clamp(std::size_t position, ValueId y, Step& step, std::vector<bool>& done);
  void choose_frontier(ValueId y);

  Rect reached(const Step& step, std::size_t sample) const;
  Rect box(const Step& step, ValueId input, const Rect& output, ops::Outside& outside) const;
  std::vector<Group> grouped(const Step& step, const std::vector<Rect>& rects) const;
  void run_local(const Step& step, std::size_t samples);
  void run_group(const Step& step, const Group& group, const std::vector<Rect>& rects, Scalar* output);
  void run_mean(const Step& step, std::size_t samples);
  ConstView gathered(const Step& step, ValueId input, const Group& group, const std::vector<Rect>& rects, Shape& shape,
                     std::vector<Scalar>& buffer) const;
  void write_frontier(ValueId id, std::size_t samples, const View& to) const;

  Shape part_shape(ValueId id, const Change& axes, std::int64_t samples, const Rect& rect) const;
  // Copies the part of a rectangle `from` that lies in `to`.
  void copy_common(ValueId id, const Change& axes, const Rect& from_rect, const Scalar* from, const Rect& to_rect,
                   Scalar* to) const;
  Rect whole(ValueId id, const Change& axes) const;
  const Scalar* base(ValueId id) const;
  bool is_image(ValueId id, const Change& like) const;
  const Value& value(ValueId id) const { return graph_->values[static_cast<std::size_t>(id)]; }
  const Change& change(ValueId id) const { return changes_[static_cast<std::size_t>(id)]; }

  const Graph* graph_;
  Image image_;
  std::vector<bool> needed_;  // by node
  std::vector<int> uses_;     // by value, among the needed nodes
  std::vector<Change> changes_;
  std::vector<Step> steps_;
  std::vector<ValueId> kept_, frontier_;
  std::vector<std::vector<Scalar>> bases_;  // by value: the image's numbers
  std::vector<Tiles> tiles_;                // by value
};

}  // namespace saliency::graph
