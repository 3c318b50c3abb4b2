#pragma once

#include <string>
#include <utility>

namespace sluice {

/// Text that is never printed, logged, stored or served: streams and formatters show `***`.
/// Only `reveal()` gives the text, at the one place that hands it to a library.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  template <class Stream>
  friend Stream& operator<<(Stream& stream, const Secret& secret) {
    stream << (secret.empty() ? "" : "***");
    return stream;
  }

 private:
  std::string text_;
};

}  // namespace sluice
