#include "saliency/method_checks.h"

#include "saliency/methods.h"

namespace saliency::testing {
namespace {

constexpr CheckInfo kChecks[] = {
    {Check::ClosedForm, "closed form", "the map of a toy function that can be worked out by hand", ""},
    {Check::Reference, "reference", "maps or numbers of another library agree", ""},
    {Check::Complete, "complete", "the map sums to the difference of scores",
     "CompleteMethod.SumsToTheDifferenceOfScores"},
    {Check::Linear, "linear", "the map of 2f − 3g is 2 map(f) − 3 map(g)",
     "LinearMethod.ExplainsASumOfScoresByTheSumOfTheMaps"},
    {Check::Symmetric, "symmetric", "image and score mirrored: the map is mirrored",
     "SymmetricMethod.MirrorsItsMapWithTheImage"},
    {Check::Dummy, "dummy", "a score that ignores the image gets a map of zeros",
     "DummyMethod.GivesNothingWhereTheScoreIgnoresTheImage"},
    {Check::Function, "function", "networks that compute the same get the same map",
     "FunctionMethod.DoesNotDependOnHowItIsComputed"},
    {Check::Smoothed, "σ = 0", "smoothed without noise it is the plain map",
     "EveryMethod.SmoothedWithoutNoiseIsThePlainMap"},
    {Check::ConstantImage, "constant image", "finite", "EdgeOfMethod.AConstantImageHasAFiniteMap"},
    {Check::ZeroGradient, "zero gradient", "finite, on constant images, too",
     "EveryMethod.IsDefinedForAConstantImageAndAZeroGradient"},
    {Check::Layouts, "layouts", "three channels, first or last: the same map", "LayoutOfMethod.DoesNotMatter"},
    {Check::OnePixel, "one pixel", "an image of one pixel and one channel has a map",
     "OnePixelOfMethod.HasADefinedMap"},
    {Check::OptionEnds, "options", "at their lowest, and windows wider than the image: a clear error or a defined map",
     "OptionsOfMethod.MayBeAtTheirLowestAndWiderThanTheImage"},
    {Check::NotFinite, "overflow", "scores and gradients that are not finite never reach the map",
     "OverflowOfMethod.NeverReachesTheMap"},
    {Check::Progress, "progress", "rises to its total, which is the number of evaluations",
     "EveryMethod.ReportsProgressUpToItsTotal"},
    {Check::Partial, "partial maps", "are handed out on the way, and end as the map",
     "PartialMapOfMethod.EndsAsTheMap"},
    {Check::Cancelled, "cancel", "a dropped job leaves the model usable", "EveryMethod.IsCancelledByDroppingTheJob"},
    {Check::BatchSize, "batch size", "has no effect on any byte", "EveryMethod.DoesNotDependOnTheBatchSize"},
    {Check::Threads, "threads", "have no effect on any byte", "ThreadsOfMethod.HaveNoEffectOnAnyByte"},
    {Check::Seed, "seed", "decides every byte", "SeedOfMethod.DecidesEveryByte"},
};

}  // namespace

std::span<const CheckInfo> method_checks() {
  return kChecks;
}

const MethodRow* find_row(std::string_view method) {
  for (const MethodRow& row : method_rows()) {
    if (row.method == method) return &row;
  }
  return nullptr;
}

std::string_view excuse(std::string_view method, Check check) {
  const MethodRow* row = find_row(method);
  if (row == nullptr) return {};
  for (const auto& [excused, reason] : row->excused) {
    if (excused == check) return reason;
  }
  return {};
}

std::vector<std::string> methods_for(Check check) {
  std::vector<std::string> names;
  for (const MethodInfo& info : methods()) {
    if (excuse(info.name, check).empty()) names.emplace_back(info.name);
  }
  return names;
}

}  // namespace saliency::testing
