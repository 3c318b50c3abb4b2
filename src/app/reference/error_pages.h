#pragma once

#include <span>
#include <string_view>

namespace sluice::app {

/// A line of docs/reference/errors.md; texts are Markdown.
struct ErrorPage {
  std::string_view code;
  std::string_view exit;  ///< the exit code
  std::string_view happened;
  std::string_view remedy;
};

/// All, in the page's order. A code may be there more than once, for several things that happen.
std::span<const ErrorPage> error_pages();

}  // namespace sluice::app
