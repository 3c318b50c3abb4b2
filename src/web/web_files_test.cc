#include "web/web_files.h"

#include <cstdint>
#include <cstring>
#include <regex>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace sluice::web {
namespace {

// What a phone on a slow line loads once. The page stays one that is read, not one that is waited
// for.
constexpr std::size_t kBytesMax = 200'000;
constexpr std::size_t kGzipBytesMax = 70'000;

// What is loaded when a view is first opened, of all views together.
constexpr std::size_t kLazyBytesMax = 60'000;
constexpr std::size_t kLazyGzipBytesMax = 24'000;

bool is_lazy(const WebFile& file) { return file.path.starts_with("/js/lazy/"); }

std::string_view text(const WebFile& file) { return {file.bytes.data(), file.bytes.size()}; }

TEST(WebFiles, ThePageIsThere) {
  const auto* page = find_web_file("/");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->type, "text/html; charset=utf-8");
  EXPECT_TRUE(text(*page).starts_with("<!doctype html>"));
}

TEST(WebFiles, WhatIsNotThereIsNull) {
  EXPECT_EQ(find_web_file("/index.html"), nullptr);
  EXPECT_EQ(find_web_file("/js/../app.css"), nullptr);
  EXPECT_EQ(find_web_file(""), nullptr);
}

TEST(WebFiles, WhatThePageNamesIsThere) {
  const std::string page(text(*find_web_file("/")));
  const std::regex name("(?:src|href)=\"([^#\"]*)\"");
  int count = 0;
  for (std::sregex_iterator each(page.begin(), page.end(), name), end; each != end;
       ++each, ++count) {
    EXPECT_NE(find_web_file("/" + (*each)[1].str()), nullptr) << (*each)[1];
  }
  EXPECT_EQ(count, 5);
}

TEST(WebFiles, TheLicenceOfUplotIsThere) {
  ASSERT_NE(find_web_file("/vendor/uplot.LICENSE"), nullptr);
  EXPECT_NE(text(*find_web_file("/vendor/uplot.LICENSE")).find("MIT License"),
            std::string_view::npos);
}

struct Size {
  std::size_t bytes = 0;
  std::size_t gzip_bytes = 0;
};

Size size_of(bool lazy) {
  Size size;
  for (const auto& file : web_files()) {
    if (is_lazy(file) != lazy) continue;
    size.bytes += file.bytes.size();
    size.gzip_bytes += file.gzip.size();
  }
  return size;
}

TEST(WebFiles, TheFirstLoadStaysWithinItsLimits) {
  const Size size = size_of(false);
  EXPECT_LT(size.bytes, kBytesMax);
  EXPECT_LT(size.gzip_bytes, kGzipBytesMax);
}

TEST(WebFiles, LazyViewsStayWithinTheirLimits) {
  const Size size = size_of(true);
  EXPECT_GT(size.bytes, 0U);
  EXPECT_LT(size.bytes, kLazyBytesMax);
  EXPECT_LT(size.gzip_bytes, kLazyGzipBytesMax);
}

// Otherwise they would be loaded at once.
TEST(WebFiles, LazyViewsAreImportedByNothing) {
  const std::string script(text(*find_web_file("/js/app.js")));
  EXPECT_FALSE(std::regex_search(script, std::regex("from *['\"]\\./lazy/")));
}

// A page of one version that asks a server of another for a view sees that they differ.
TEST(WebFiles, LazyViewsNameTheBuildOfTheirPage) {
  const std::string script(text(*find_web_file("/js/app.js")));
  std::smatch build;
  ASSERT_TRUE(std::regex_search(script, build, std::regex("let BUILD='[0-9a-f]{12}';")));
  for (const auto& file : web_files()) {
    if (!is_lazy(file)) continue;
    EXPECT_NE(text(file).find("export " + build.str()), std::string_view::npos) << file.path;
  }
}

TEST(WebFiles, GzipIsOfTheSameLength) {
  for (const auto& file : web_files()) {
    ASSERT_GT(file.gzip.size(), 18U) << file.path;
    EXPECT_EQ(file.gzip[0], '\x1f') << file.path;
    std::uint32_t length = 0;
    std::memcpy(&length, file.gzip.data() + file.gzip.size() - sizeof length, sizeof length);
    EXPECT_EQ(length, file.bytes.size()) << file.path;
  }
}

TEST(WebFiles, EtagsAreQuotedAndDiffer) {
  std::set<std::string_view> etags;
  for (const auto& file : web_files()) {
    EXPECT_EQ(file.etag.size(), 18U) << file.path;
    EXPECT_TRUE(file.etag.starts_with('"') && file.etag.ends_with('"')) << file.etag;
    EXPECT_TRUE(etags.insert(file.etag).second) << file.path;
  }
}

// The page's own policy forbids it, too; here it fails before a browser sees it.
TEST(WebFiles, NoScriptOrStyleIsInline) {
  const std::string page(text(*find_web_file("/")));
  EXPECT_EQ(page.find("<style"), std::string::npos);
  EXPECT_EQ(page.find(" style="), std::string::npos);
  EXPECT_FALSE(std::regex_search(page, std::regex("<script>|<script (?!src=)| on[a-z]+=")));
  for (const auto& file : web_files()) {
    if (file.path.ends_with(".js") && file.path.starts_with("/js/")) {
      EXPECT_EQ(text(file).find("innerHTML"), std::string_view::npos) << file.path;
    }
  }
}

}  // namespace
}  // namespace sluice::web
