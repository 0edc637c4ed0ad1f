// Methods that approach their map hand out what they have after each step, and end with the map itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "saliency/every_method.h"
#include "saliency/method_checks.h"

namespace saliency::testing {
namespace {

class PartialMapOfMethod : public MethodTest {};

TEST_P(PartialMapOfMethod, EndsAsTheMap) {
  EveryToy model(EveryToy::Terms{1, 1});
  Mask partial;
  Job<Mask> job = get_mask(name(), model, waves(), Target::of_class(0), small_settings(name()), &partial);
  int maps = 0;
  while (job.step()) {
    if (partial.data.empty()) continue;
    ++maps;
    EXPECT_EQ(partial.data.size(), 64U);
    EXPECT_EQ(partial.not_finite, 0);
  }
  const Mask mask = job.result();

  EXPECT_GT(maps, 1);
  EXPECT_EQ(partial.shape, mask.shape);
  EXPECT_EQ(partial.steps, mask.steps);
  ASSERT_EQ(partial.data.size(), mask.data.size());
  double size = 0;
  for (const Scalar value : mask.data) size = std::max(size, std::fabs(static_cast<double>(value)));
  for (std::size_t i = 0; i < mask.data.size(); ++i) EXPECT_NEAR(partial.data[i], mask.data[i], 1e-5 * size);
}

INSTANTIATE_TEST_SUITE_P(Methods, PartialMapOfMethod, ::testing::ValuesIn(methods_for(Check::Partial)), own_name);

}  // namespace
}  // namespace saliency::testing
