#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Where a message points to in a file; both count from 1, the column in bytes.
struct FilePlace {
  int line = 0;
  int column = 0;
};

/// The first "<file>:<line>:<column>:" of the message.
std::optional<FilePlace> place_in(const std::string& message, const std::string& file);

/// A line as it may be shown: what follows a key that names a secret is ***, and of a line that
/// cannot be shown nothing else is there.
struct FileLine {
  int number = 0;
  std::string text{};
  /// Of the line that is pointed to: the byte of `text`, from 0. Null, too, where that is not
  /// shown.
  std::optional<std::size_t> column{};
};

/// The line of the place and, before and after it, up to `around` others. Empty: the file is not
/// there, or has no such line.
std::vector<FileLine> lines_around(const std::string& file, const FilePlace& place, int around);

/// Whether there is something, and no control character but tabs.
bool is_printable(std::string_view line);

}  // namespace sluice
