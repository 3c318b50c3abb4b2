#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"

namespace sluice::http {

/// How an answer is sent.
struct Sending {
  bool keep_alive = true;
  bool is_stream = false;  ///< no length: it ends with the connection
  Micros now = 0;          ///< for the header Date
};

/// Status line and headers, up to the empty line: those of `response`, and those that every answer
/// has, which keep a browser from guessing, framing, embedding and storing it.
std::string response_head(const Response& response, const Sending& sending);

/// "Not Found".
std::string_view status_words(int status);

}  // namespace sluice::http
