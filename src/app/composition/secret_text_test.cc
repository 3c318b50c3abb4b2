#include "app/composition/secret_text.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

ConfigValue secret(const std::string& text, int line, int column) {
  return ConfigValue::scalar(text, false, {"p.yaml", line, column});
}

TEST(SecretText, LiteralSecretIsBlankedOut) {
  EXPECT_EQ(without_secrets("a: 1\npassword: hunter2\nb: 2\n", {secret("hunter2", 2, 11)}),
            "a: 1\npassword: ***\nb: 2\n");
}

TEST(SecretText, OneThatIsNamedTwiceIsHiddenOnce) {
  EXPECT_EQ(
      without_secrets("token: abcdef\nnext: 1\n", {secret("abcdef", 1, 8), secret("abcdef", 1, 8)}),
      "token: ***\nnext: 1\n");
}

TEST(SecretText, QuotedSecretWithEscapesIsBlankedOutWhole) {
  EXPECT_EQ(without_secrets("password: \"hun\\\"ter\" # x\n", {secret("hun\"ter", 1, 11)}),
            "password: \"***\" # x\n");
}

TEST(SecretText, NameOfASecretStays) {
  const std::string text = "password: ${PASSWORD}\nother: \"${file:/run/p}\"\n";
  EXPECT_EQ(without_secrets(text, {secret("hunter2", 1, 11), secret("x", 2, 8)}), text);
}

TEST(SecretText, TwoSecretsInOneLineAreBothBlankedOut) {
  EXPECT_EQ(
      without_secrets("{token: abc, secret: defg}", {secret("abc", 1, 9), secret("defg", 1, 22)}),
      "{token: ***, secret: ***}");
}

TEST(SecretText, SecretOptionsAndTellingKeysAreFound) {
  const std::vector<OptionSpec> specs = {{.name = "pass", .type = OptionType::kSecret},
                                         {.name = "properties", .type = OptionType::kTextMap}};
  const Location at{"p.yaml", 1, 1};
  const ConfigValue map = ConfigValue::map(
      {{"pass", at, secret("a", 1, 2)},
       {"properties", at,
        ConfigValue::map(
            {{"sasl.Password", at, secret("b", 1, 3)}, {"acks", at, secret("all", 1, 4)}}, at)}},
      at);
  const auto options = Options::validate(specs, map, "it");
  ASSERT_TRUE(options);
  std::vector<ConfigValue> found;
  add_secrets(specs, *options, found);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].text(), "b");
}

TEST(SecretText, OfAListOrMapAllIsSecret) {
  const std::vector<OptionSpec> specs = {{.name = "value", .type = OptionType::kAny}};
  const Location at{"p.yaml", 1, 1};
  const ConfigValue list = ConfigValue::list({secret("a", 1, 2), secret("b", 1, 3)}, at);
  const ConfigValue inner = ConfigValue::map({{"x", at, secret("c", 1, 4)}, {"y", at, list}}, at);
  const ConfigValue map =
      ConfigValue::map({{"value", at, ConfigValue::map({{"tokens", at, inner}}, at)}}, at);
  std::vector<ConfigValue> found;
  add_secrets(specs, *Options::validate(specs, map, "it"), found);
  std::string texts;
  for (const ConfigValue& one : found) {
    if (texts.find(one.text()) == std::string::npos) texts += one.text();
  }
  EXPECT_EQ(texts, "cab");
}

TEST(SecretText, TellingKeysAreFoundHoweverDeep) {
  const std::vector<OptionSpec> specs = {{.name = "value", .type = OptionType::kAny}};
  const Location at{"p.yaml", 1, 1};
  const ConfigValue avro = ConfigValue::map({{"registry_password", at, secret("a", 1, 2)}}, at);
  const ConfigValue map =
      ConfigValue::map({{"value", at, ConfigValue::map({{"avro", at, avro}}, at)}}, at);
  const auto options = Options::validate(specs, map, "it");
  ASSERT_TRUE(options);
  std::vector<ConfigValue> found;
  add_secrets(specs, *options, found);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text(), "a");
}

TEST(SecretText, DefaultOfAVariableIsNoName) {
  EXPECT_EQ(without_secrets("password: ${PW:-hunter2}\n", {secret("hunter2", 1, 11)}),
            "password: ***\n");
}

TEST(SecretText, UsersAndPasswordsInUrlsAreBlankedOut) {
  EXPECT_EQ(without_url_secrets("a https://me:hunter2@h/x@y, b s3://bucket/a@b c"),
            "a https://***@h/x@y, b s3://bucket/a@b c");
  EXPECT_EQ(without_url_secrets("https://me:hun@ter2@h"), "https://***@h");
  EXPECT_EQ(without_url_secrets("https://${WHO}@h"), "https://${WHO}@h");
  EXPECT_EQ(without_url_secrets("https://${WHO:-hunter2}@h"), "https://***@h");
}

TEST(SecretText, SecretsInQueriesOfUrlsAreBlankedOut) {
  EXPECT_EQ(
      without_url_secrets("\"http://h/?page=1&api_key=hunter2&X-Amz-Signature=ab#top\" key=x"),
      "\"http://h/?page=1&api_key=***&X-Amz-Signature=***#top\" key=x");
  EXPECT_EQ(without_url_secrets("http://h/?token=${TOKEN}&sig=&x"),
            "http://h/?token=${TOKEN}&sig=***&x");
  EXPECT_EQ(without_url_secrets("http://h/?token="), "http://h/?token=***");
}

}  // namespace
}  // namespace sluice::app
