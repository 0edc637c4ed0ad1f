// The number of threads has no effect on any byte of any method's map.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/parallel.h"
#include "saliency/every_method.h"
#include "saliency/every_network.h"
#include "saliency/method_checks.h"
#include "saliency/network_model.h"

namespace saliency::testing {
namespace {

constexpr std::int64_t kWide = 48;  // enough work for two threads in each layer

class ThreadsOfMethod : public MethodTest {
 protected:
  void TearDown() override { kernels::set_thread_count(1); }
};

TEST_P(ThreadsOfMethod, HaveNoEffectOnAnyByte) {
  const auto session = every_network(Rectifier::Node, kWide, 16);
  NetworkModel model(*session);
  std::vector<Scalar> image;
  for (std::int64_t i = 0; i < kWide * kWide; ++i) {
    image.push_back(static_cast<Scalar>(std::sin(0.01 * static_cast<double>(i * i % 997))));
  }
  Options options = small_settings(name());
  if (takes(name(), "segments")) {
    Tensor labels({kWide, kWide});
    for (std::size_t i = 0; i < image.size(); ++i) labels.data[i] = static_cast<Scalar>(i / (kWide * 12));
    options.insert_or_assign("segments", labels);
  }
  if (takes(name(), "stride")) options.insert_or_assign("stride", 3);
  if (takes(name(), "steps")) options.insert_or_assign("steps", 5);

  kernels::set_thread_count(1);
  const Mask one = mask_of(name(), model, image, options);
  kernels::set_thread_count(4);
  const Mask four = mask_of(name(), model, image, options);

  EXPECT_LT(one.zeros, 1);
  EXPECT_EQ(one.data, four.data);
}

INSTANTIATE_TEST_SUITE_P(Methods, ThreadsOfMethod, ::testing::ValuesIn(methods_for(Check::Threads)), own_name);

}  // namespace
}  // namespace saliency::testing
