#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "sluice/base/result.h"

namespace sluice::io {

/// Unpacks an HTTP body in pieces as they come. Knows whether it is whole, which a connection that
/// is closed does not say: a part of a packed text is a text, too. One thread.
class Inflater {
 public:
  enum class Form : unsigned char {
    kGzip,     ///< RFC 1952, of any number of members
    kDeflate,  ///< zlib's form (RFC 1950), or without its header, as some servers send it
  };
  using Take = std::function<Status(std::string_view piece)>;

  explicit Inflater(Form form);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Gives all that is in `bytes` to `take`, in pieces of 64 KiB at most; `take`'s error ends it.
  /// kTransient: the bytes are not of the form, with what is wrong.
  Status feed(std::string_view bytes, const Take& take);
  /// What was fed ends where the form ends.
  bool is_whole() const;

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace sluice::io
