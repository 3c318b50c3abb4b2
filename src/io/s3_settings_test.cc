#include "io/s3_settings.h"

#include <gtest/gtest.h>

#include "io/profile_file.h"
#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

using Texts = std::map<std::string, std::string>;

class S3Credentials : public testing::Test {
 protected:
  S3Credentials() {
    environment_ = {{"HOME", folder_.path()}};
    folder_.put(".aws/credentials",
                "[default]\naws_access_key_id = from-default\naws_secret_access_key=d\n"
                "[lake]\naws_access_key_id = from-lake\naws_secret_access_key = l=1\n"
                "aws_session_token = t\n");
    folder_.put(".aws/config",
                "# people write here\n[profile lake]\nregion = eu-central-1\ns3 =\n"
                "  max_concurrent_requests = 20\n[sso-session corp]\nregion = x\n"
                "[profile corp]\nsso_session = corp\n");
  }

  Result<Texts> resolve(const Texts& given) {
    S3Settings settings;
    for (const auto& [key, value] : given) settings[key] = Secret(value);
    const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    };
    SLUICE_ASSIGN(const auto options, s3_store_options(settings, environment, *files_));
    Texts texts;
    for (const auto& [key, value] : options) texts[key] = value.reveal();
    return texts;
  }
  /// One option, or the error.
  std::string resolved(const Texts& given, const std::string& key) {
    auto options = resolve(given);
    return options ? (*options)[key] : options.error().message();
  }

  TemporaryFolder folder_;
  std::unique_ptr<FileSystem> files_ = make_local_file_system();
  Texts environment_;
};

TEST_F(S3Credentials, FileGoesBeforeEnvironment) {
  environment_["AWS_ACCESS_KEY_ID"] = "from-environment";
  environment_["AWS_SECRET_ACCESS_KEY"] = "e";
  EXPECT_EQ(resolved({{"access_key", "mine"}, {"secret_key", "m"}}, "aws_access_key_id"), "mine");
  EXPECT_EQ(resolved({}, "aws_access_key_id"), "from-environment");
}

TEST_F(S3Credentials, TokenOfTheEnvironmentDoesNotJoinKeysOfTheFile) {
  environment_["AWS_SESSION_TOKEN"] = "another's";
  EXPECT_EQ(resolved({{"access_key", "mine"}, {"secret_key", "m"}}, "aws_session_token"), "");
}

TEST_F(S3Credentials, ProfileThatIsNamedGoesBeforeEnvironment) {
  environment_["AWS_ACCESS_KEY_ID"] = "from-environment";
  environment_["AWS_SECRET_ACCESS_KEY"] = "e";
  EXPECT_EQ(resolved({{"profile", "lake"}}, "aws_access_key_id"), "from-lake");
  EXPECT_EQ(resolved({{"profile", "lake"}}, "aws_secret_access_key"), "l=1");
  EXPECT_EQ(resolved({{"profile", "lake"}}, "aws_session_token"), "t");
  EXPECT_EQ(resolved({{"profile", "lake"}}, "aws_region"), "eu-central-1");
}

TEST_F(S3Credentials, DefaultProfileComesLast) {
  EXPECT_EQ(resolved({}, "aws_access_key_id"), "from-default");
}

TEST_F(S3Credentials, ProfileThatIsNotThereIsAnError) {
  EXPECT_NE(resolved({{"profile", "lakes"}}, "").find("no profile 'lakes'"), std::string::npos);
}

TEST_F(S3Credentials, ProfileThatNeedsALoginSaysWhatToDo) {
  const std::string problem = resolved({{"profile", "corp"}}, "");
  EXPECT_NE(problem.find("sso_session"), std::string::npos) << problem;
  EXPECT_NE(problem.find("export-credentials"), std::string::npos) << problem;
}

TEST_F(S3Credentials, HalfOfTheKeysIsAnErrorWithoutTheOtherHalf) {
  environment_["AWS_SECRET_ACCESS_KEY"] = "hunter2";
  const std::string problem = resolved({}, "");
  EXPECT_NE(problem.find("belong together"), std::string::npos) << problem;
  EXPECT_EQ(problem.find("hunter2"), std::string::npos);
}

TEST_F(S3Credentials, NoneAtAllIsAnError) {
  environment_["HOME"] = folder_.at("nowhere");
  EXPECT_NE(resolved({}, "").find("no credentials for S3"), std::string::npos);
  EXPECT_EQ(resolved({{"anonymous", "true"}}, "aws_skip_signature"), "true");
  EXPECT_EQ(resolved({{"instance_credentials", "true"}}, "aws_region"), "us-east-1");
}

TEST_F(S3Credentials, EndpointMeansPathStyleUnlessSaidOtherwise) {
  const std::string key = "aws_virtual_hosted_style_request";
  EXPECT_EQ(resolved({}, key), "true");
  EXPECT_EQ(resolved({{"endpoint", "https://s3.example.com"}}, key), "false");
  EXPECT_EQ(resolved({{"endpoint", "https://s3.example.com"}, {"path_style", "false"}}, key),
            "true");
}

TEST_F(S3Credentials, OnlyAnEndpointWithHttpAllowsIt) {
  EXPECT_EQ(resolved({{"endpoint", "https://s3.example.com"}}, "aws_allow_http"), "");
  environment_["AWS_ENDPOINT_URL_S3"] = "http://localhost:1";
  EXPECT_EQ(resolved({}, "aws_allow_http"), "true");
}

TEST(ProfileFile, BrokenLineIsToldWithoutItsText) {
  const auto profiles = parse_profiles("[a]\nsecret\n", "credentials");
  ASSERT_FALSE(profiles);
  EXPECT_EQ(profiles.error().message(), "credentials:2: is neither [profile] nor key = value");
}

}  // namespace
}  // namespace sluice::io
