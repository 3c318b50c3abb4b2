#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"

namespace sluice::alerts {

/// A text with names in braces: "{sensor} is {t} °C"; {{ and }} are braces themselves.
class TextTemplate {
 public:
  /// kUser: a brace without its other half, or with nothing between the two.
  static Result<TextTemplate> parse(std::string_view text);

  std::vector<std::string> names() const;
  std::string fill(const std::function<std::string(const std::string& name)>& value) const;

 private:
  struct Piece {
    std::string text;
    bool is_name = false;
  };
  std::vector<Piece> pieces_;
};

}  // namespace sluice::alerts
