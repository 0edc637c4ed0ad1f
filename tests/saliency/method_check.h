// What every method must do, whatever it computes: checked for each row of the table in methods_test.cpp, and by the
// methods' own tests.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "saliency/job.h"
#include "saliency/mask.h"
#include "saliency/methods.h"

namespace saliency::testing {

inline Mask mask_of(const std::string& method, Model& model, std::vector<Scalar> image, Options options = {}) {
  return get_mask(method, model, std::move(image), Target::of_class(0), std::move(options)).run();
}

inline Mask smoothed_mask_of(const std::string& method, Model& model, std::vector<Scalar> image, Options options = {}) {
  return get_smoothed_mask(method, model, std::move(image), Target::of_class(0), std::move(options)).run();
}

template <class Numbers>
void expect_near(const std::vector<Scalar>& actual, const Numbers& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], tolerance * std::max(1.0, std::fabs(static_cast<double>(expected[i]))))
        << "at " << i;
  }
}

// The work throws this code, and the message contains `part`.
template <class Work>
void expect_error(ErrorCode code, const std::string& part, Work work) {
  try {
    work();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(code_name(error.code()), code_name(code)) << error.message();
    EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
  }
}

// Progress never falls, ends at its total, and each report is within it.
template <class Result>
Result run_checking_progress(Job<Result> job) {
  Progress last;
  while (job.step()) {
    const Progress progress = job.progress();
    EXPECT_GE(progress.done, last.done);
    EXPECT_LE(progress.done, progress.total);
    last = progress;
  }
  EXPECT_EQ(last.done, last.total);
  return job.result();
}

}  // namespace saliency::testing
