// Parts of the documents that follow from the code stand between two marks, and are compared with what the code says:
//   <!-- options: made by the tests -->  …  <!-- end of options -->
// With SALIENCY_WRITE_DOCS=1 in the environment the tests write them anew instead.
#pragma once

#include <string>
#include <string_view>

namespace saliency::testing {

// `path` from the repository's root; a page without the marks, or none at all, is a failure.
void expect_page_part(const std::string& path, const std::string& part, const std::string& content);

// "GradCamPlusPlus" → "grad-cam-plus-plus"
std::string page_name(std::string_view method);

}  // namespace saliency::testing
