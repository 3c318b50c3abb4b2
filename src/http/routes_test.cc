#include "http/routes.h"

#include <gtest/gtest.h>

#include "http/server_rig.h"

namespace sluice::http {
namespace {

constexpr StaticFile kPage[] = {{"/", "text/html", "e", "page"}};

Routes sample() {
  Routes routes;
  routes.add_files(kPage);
  routes.add("GET", "/api/pipelines", answer("all"));
  routes.add("GET", "/api/pipelines/{p}", answer("one"));
  routes.add("POST", "/api/pipelines/{p}/start", answer("start"));
  routes.add("GET", "/api/pipelines/{p}/charts/{c}", answer("chart"));
  return routes;
}

Routes::Found found(const Routes& routes, std::string_view method, std::string_view path) {
  const auto target = Target::parse(path);
  EXPECT_TRUE(target) << path;
  return routes.find(method, *target);
}

TEST(Routes, ParametersAreTheParts) {
  const Routes routes = sample();
  const auto chart = found(routes, "GET", "/api/pipelines/a%2Fb/charts/c");
  ASSERT_NE(chart.route, nullptr);
  EXPECT_EQ(chart.parameters, (Pairs{{"p", "a/b"}, {"c", "c"}}));
}

TEST(Routes, OtherMethodIsToldTheOnesThatThereAre) {
  const Routes routes = sample();
  const auto start = found(routes, "GET", "/api/pipelines/a/start");
  EXPECT_EQ(start.route, nullptr);
  EXPECT_EQ(start.methods, (std::vector<std::string>{"POST"}));
  EXPECT_EQ(found(routes, "POST", "/").methods, (std::vector<std::string>{"GET", "HEAD"}));
}

TEST(Routes, HeadNeverFindsWhatChangesSomething) {
  const Routes routes = sample();
  EXPECT_NE(found(routes, "HEAD", "/api/pipelines").route, nullptr);
  EXPECT_EQ(found(routes, "HEAD", "/api/pipelines/a/start").route, nullptr);
}

TEST(Routes, PathsAreExact) {
  const Routes routes = sample();
  for (const char* path : {"/api", "/api/pipelines/", "/api/pipelines//start", "//",
                           "/API/pipelines", "/api/pipelines/a/start/"}) {
    EXPECT_TRUE(found(routes, "POST", path).methods.empty()) << path;
  }
  EXPECT_NE(found(routes, "GET", "/").file, nullptr);
}

}  // namespace
}  // namespace sluice::http
