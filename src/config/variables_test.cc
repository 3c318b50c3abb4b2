#include "config/variables.h"

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

Variables some_variables() {
  Variables variables;
  variables.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HOME_BROKER") return "localhost:9092";
    if (name == "EMPTY") return "";
    return std::nullopt;
  };
  variables.read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "/run/password") return std::string("hunter2\n");
    return user_error("cannot be read: No such file or directory");
  };
  return variables;
}

Result<ConfigValue> put_in(const std::string& text, const Variables& variables) {
  return put_in_variables(ConfigValue::scalar(text, false, {"p.yaml", 2, 3}), variables);
}

std::string text_of(const std::string& text) {
  auto done = put_in(text, some_variables());
  return done ? done->text() : done.error().message();
}

TEST(Variables, EnvironmentIsRead) { EXPECT_EQ(text_of("<${HOME_BROKER}>"), "<localhost:9092>"); }

TEST(Variables, DefaultStandsInForUnset) { EXPECT_EQ(text_of("${NOPE:-a b}"), "a b"); }

TEST(Variables, DefaultStandsInForEmpty) { EXPECT_EQ(text_of("${EMPTY:-x}"), "x"); }

TEST(Variables, EmptyValueWithoutDefaultIsEmpty) { EXPECT_EQ(text_of("${EMPTY}"), ""); }

TEST(Variables, TwoDollarsAreOne) { EXPECT_EQ(text_of("$${HOME} $1 $"), "${HOME} $1 $"); }

TEST(Variables, UnsetIsAnErrorWithItsPlace) {
  EXPECT_EQ(
      text_of("${NOPE}"),
      "p.yaml:2:3: the environment variable NOPE is not set; set it, give --var NOPE=VALUE, or "
      "write ${NOPE:-default}");
}

TEST(Variables, OpenBraceIsAnError) {
  EXPECT_EQ(text_of("${NOPE"), "p.yaml:2:3: a ${ has no }; write $$ for a plain dollar sign");
}

TEST(Variables, BadNameIsAnError) {
  EXPECT_NE(text_of("${a b}").find("names no variable"), std::string::npos);
}

TEST(Variables, GivenGoesBeforeEnvironment) {
  Variables variables = some_variables();
  variables.given["HOME_BROKER"] = "other:1";
  EXPECT_EQ(put_in("${HOME_BROKER}", variables)->text(), "other:1");
}

TEST(Variables, GivenAndNeverUsedIsAnError) {
  Variables variables = some_variables();
  variables.given["HOME_BROKERS"] = "other:1";
  auto done = put_in("${HOME_BROKER}", variables);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(),
            "--var HOME_BROKERS: the pipeline file has no ${HOME_BROKERS}; did you mean "
            "'HOME_BROKER'?");
}

TEST(Variables, FileIsSecretAndLosesItsLineEnd) {
  auto done = put_in("${file:/run/password}", some_variables());
  ASSERT_TRUE(done);
  EXPECT_EQ(done->text(), "hunter2");
  EXPECT_TRUE(done->secret());
}

TEST(Variables, MissingFileIsAnErrorWithItsPlace) {
  EXPECT_EQ(text_of("${file:/nope}"),
            "p.yaml:2:3: the file /nope cannot be read: No such file or directory");
}

TEST(Variables, AFolderIsNoSecret) {
  auto text = system_variables({}).read_file("/");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message(), "cannot be read: Is a directory");
}

}  // namespace
}  // namespace sluice::config
