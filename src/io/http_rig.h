#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "io/http_client.h"

/// For tests of this folder only.
namespace sluice::io {

/// "transient: the message" of a failure.
inline std::string problem(const Result<HttpResponse>& answer) {
  if (answer) return "status " + std::to_string(answer->status);
  return std::string(kind_name(answer.error().kind())) + ": " + answer.error().message();
}

/// Whether `part` is in it.
inline ::testing::AssertionResult says(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "'" << part << "' is not in '" << text << "'";
}

}  // namespace sluice::io
