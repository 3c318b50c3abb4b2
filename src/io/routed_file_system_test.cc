#include "io/routed_file_system.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/object_file_system.h"
#include "io/put_if_absent.h"
#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

std::unique_ptr<FileSystem> routed() {
  StoreSettings settings;
  settings.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_ACCESS_KEY_ID") return "environment";
    if (name == "AWS_SECRET_ACCESS_KEY") return "e";
    if (name == "AWS_SESSION_TOKEN") return "token";
    return std::nullopt;
  };
  settings.s3["region"] = Secret("eu-west-1");
  settings.s3["session_token"] = Secret("of others");
  Mount& lake = settings.mounts["lake"];
  lake.bucket = "sales";
  lake.prefix = "teams/one";
  lake.settings["access_key"] = Secret("own");
  lake.settings["secret_key"] = Secret("o");
  return std::make_unique<RoutedFileSystem>(make_local_file_system(), std::move(settings));
}

StoreAddress address(const std::string& path) {
  auto found = routed()->address(path);
  EXPECT_TRUE(found) << found.error().message();
  return found ? *std::move(found) : StoreAddress{};
}

std::string path_problem(const std::string& path) {
  const auto known = routed()->check_path(path);
  return known ? "" : known.error().message();
}

TEST(RoutedFiles, PathsOfThisMachineGoThere) {
  const TemporaryFolder folder;
  const auto files = routed();
  ASSERT_TRUE(files->write_atomic(folder.at("a"), "x"));
  EXPECT_EQ(files->read(folder.at("a")).operator*(), "x");
  EXPECT_TRUE(files->is_local(folder.at("a")));
}

TEST(RoutedFiles, BucketHasTheAddressItsPathNames) {
  EXPECT_EQ(address("s3://b/x/day=1").url, "s3://b/x/day=1");
  // A URL is decoded by who reads it; a path is a name as it is.
  EXPECT_EQ(address("s3://b/x/day=a%20b").url, "s3://b/x/day=a%2520b");
  EXPECT_EQ(address("s3://b/x").options.at("aws_region").reveal(), "eu-west-1");
}

TEST(RoutedFiles, MountStandsForItsFolder) {
  EXPECT_EQ(address("lake://bronze/x").url, "s3://sales/teams/one/bronze/x");
  EXPECT_EQ(address("lake://bronze").options.at("aws_region").reveal(), "eu-west-1");
}

TEST(RoutedFiles, MountsKeysAreNotMixedWithOthers) {
  const auto options = address("lake://bronze").options;
  EXPECT_EQ(options.at("aws_access_key_id").reveal(), "own");
  EXPECT_FALSE(options.contains("aws_session_token"));
}

TEST(RoutedFiles, UnknownSchemesAreRefusedByName) {
  EXPECT_EQ(path_problem("lake://x"), "");
  EXPECT_NE(path_problem("lkae://x").find("did you mean 'lake'"), std::string::npos);
  EXPECT_NE(path_problem("hdfs://x/y").find("no 'hdfs://' is known"), std::string::npos);
  EXPECT_NE(path_problem("s3:///x").find("must name a bucket"), std::string::npos);
}

TEST(RoutedFiles, RenameStaysInOneStore) {
  const auto renamed = routed()->rename("s3://a/x", "s3://b/x");
  ASSERT_FALSE(renamed);
  EXPECT_EQ(renamed.error().kind(), Kind::kUser);
}

TEST(PutIfAbsent, ThisMachineIsNotAsked) {
  SeededRandom random(1);
  EXPECT_TRUE(check_put_if_absent(*routed(), "/nowhere", random));
}

TEST(StoreErrors, KnownCodesSayWhatToDo) {
  EXPECT_NE(fix_of_store_error("http=403 SignatureDoesNotMatch: The request").find("secret_key"),
            std::string_view::npos);
  EXPECT_EQ(fix_of_store_error("http=500 InternalError"), "");
}

}  // namespace
}  // namespace sluice::io
