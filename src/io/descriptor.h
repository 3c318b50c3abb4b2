#pragma once

#include <string>
#include <string_view>

#include "sluice/base/result.h"

namespace sluice::io {

/// Owns a file descriptor of this machine.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();

  int number() const { return number_; }

 private:
  int number_;
};

/// Opens or makes the file at `path`; `flags` as open(2) takes them.
Result<Descriptor> open_descriptor(const std::string& path, int flags);

/// `path` is for the message of an error.
Status write_all(const Descriptor& file, const std::string& path, std::string_view content);

}  // namespace sluice::io
