// What connector/README.md asks of the options of every kind.

#include <algorithm>
#include <cctype>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/composition/composition.h"
#include "base/random.h"
#include "base/secret_name.h"

namespace sluice::app {
namespace {

constexpr const char* kMarker = "Hunter2-Hunter2";

class Kinds : public testing::Test {
 protected:
  /// Of every source, sink and table.
  void for_each(
      const std::function<void(const std::string& subject, const std::vector<OptionSpec>&)>& look) {
    for (const auto* kind : registry_.sources())
      look("the " + kind->name + " source", kind->options);
    for (const auto* kind : registry_.sinks()) look("the " + kind->name + " sink", kind->options);
    for (const auto* kind : registry_.tables()) look("a " + kind->name + " table", kind->options);
  }

  /// What making a source says of it, when property `name` of each map is the marker.
  std::string problem(const connector::SourceKind& kind, const std::string& name) {
    const ConfigValue marker = ConfigValue::scalar(kMarker, true, {});
    std::vector<ConfigValue::Entry> given;
    for (const OptionSpec& spec : kind.options) {
      if (spec.type == OptionType::kTextMap) {
        given.push_back({spec.name, {}, ConfigValue::map({{name, {}, marker}}, {})});
      } else if (spec.type == OptionType::kSecret) {
        given.push_back({spec.name, {}, marker});
      } else if (spec.required) {
        given.push_back({spec.name, {}, ConfigValue::scalar(spec.example, true, {})});
      }
    }
    const auto options =
        Options::validate(kind.options, ConfigValue::map(std::move(given), {}), kind.name);
    if (!options) return options.error().message();
    const auto made = kind.make(*options, {"pipeline", "in", clock_, random_, *files_});
    return made ? "" : made.error().message();
  }

  const connector::Registry registry_ = all_connectors();
  const SystemClock clock_;
  SeededRandom random_{1};
  const std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

TEST_F(Kinds, EveryOptionIsExplained) {
  for_each([](const std::string& subject, const std::vector<OptionSpec>& options) {
    for (const OptionSpec& spec : options) {
      EXPECT_TRUE(spec.text.ends_with('.')) << subject << ": " << spec.name;
      EXPECT_TRUE(std::ranges::all_of(
          spec.name,
          [](unsigned char c) { return c == '_' || std::isdigit(c) != 0 || std::islower(c) != 0; }))
          << subject << ": " << spec.name;
    }
  });
}

TEST_F(Kinds, OptionsThatHoldSecretsSaySo) {
  for_each([](const std::string& subject, const std::vector<OptionSpec>& options) {
    for (const OptionSpec& spec : options) {
      if (!names_a_secret(spec.name)) continue;
      EXPECT_EQ(spec.type, OptionType::kSecret) << subject << ": " << spec.name;
    }
  });
}

TEST_F(Kinds, NoMessageShowsASecret) {
  int problems = 0;
  for (const auto* kind : registry_.sources()) {
    for (const char* name :
         {"sasl.password", "ssl.key.pem", "sasl.jaas.config", "sasl.oauthbearer.config"}) {
      const std::string text = problem(*kind, name);
      if (text.find(name) != std::string::npos) ++problems;
      EXPECT_EQ(text.find(kMarker), std::string::npos) << text;
    }
  }
  EXPECT_GT(problems, 0) << "no connector has refused any: this proves nothing";
}

}  // namespace
}  // namespace sluice::app
