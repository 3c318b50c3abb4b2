#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "base/check.h"

namespace sluice::io {

/// Deletes what libcurl has typedefs of void for.
struct CurlEasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct CurlMultiDeleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
/// Deletes libcurl's other objects.
struct CurlDeleter {
  void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(char* text) const { curl_free(text); }
};

using CurlEasy = std::unique_ptr<CURL, CurlEasyDeleter>;
using CurlMulti = std::unique_ptr<CURLM, CurlMultiDeleter>;
using CurlUrl = std::unique_ptr<CURLU, CurlDeleter>;
using CurlList = std::unique_ptr<curl_slist, CurlDeleter>;
using CurlText = std::unique_ptr<char, CurlDeleter>;

/// Sets an option, which fails only when libcurl was built without it, or has no memory.
template <class Value>
void set_option(CURL* easy, CURLoption option, Value value) {
  SLUICE_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

/// A part of a URL; "" when it has none.
inline std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return "";
  const CurlText owned(text);
  return text;
}

}  // namespace sluice::io
