#include "connectors/custom/custom_kinds.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "base/border.h"
#include "connectors/custom/custom_sink.h"
#include "connectors/custom/custom_source.h"

namespace sluice::connectors {
namespace custom {
namespace {

/// What the program has declared; it stays until the process ends.
struct Remembered {
  std::mutex mutex;  // guards the others
  std::vector<connector::SourceKind> sources;
  std::vector<connector::SinkKind> sinks;
};

Remembered& remembered() {
  static Remembered all;
  return all;
}

template <class Kind>
bool add_to(std::vector<Kind>& kinds, Kind kind) {
  const std::lock_guard lock(remembered().mutex);
  if (std::ranges::find(kinds, kind.name, &Kind::name) != kinds.end()) return false;
  kinds.push_back(std::move(kind));
  return true;
}

class Values final : public OptionValues {
 public:
  explicit Values(const Options& options) : options_(options) {}
  bool has(std::string_view name) const override { return options_.has(name); }
  std::string text(std::string_view name) const override {
    return has(name) ? options_.text(name) : "";
  }
  std::int64_t integer(std::string_view name) const override {
    return has(name) ? options_.integer(name) : 0;
  }
  double number(std::string_view name) const override {
    return has(name) ? options_.number(name) : 0;
  }
  bool boolean(std::string_view name) const override { return has(name) && options_.boolean(name); }
  Secret secret(std::string_view name) const override {
    return has(name) ? options_.secret(name) : Secret();
  }

 private:
  const Options& options_;
};

OptionType type_of(ConnectorOption::Type type) {
  switch (type) {
    case ConnectorOption::Type::kText:
      return OptionType::kText;
    case ConnectorOption::Type::kInteger:
      return OptionType::kInteger;
    case ConnectorOption::Type::kNumber:
      return OptionType::kDouble;
    case ConnectorOption::Type::kBoolean:
      return OptionType::kBoolean;
    case ConnectorOption::Type::kDuration:
      return OptionType::kDuration;
    case ConnectorOption::Type::kByteSize:
      return OptionType::kByteSize;
    case ConnectorOption::Type::kSecret:
      return OptionType::kSecret;
    case ConnectorOption::Type::kPath:
      return OptionType::kPath;
  }
  return OptionType::kText;
}

std::vector<OptionSpec> specs_of(const std::vector<ConnectorOption>& options) {
  std::vector<OptionSpec> specs;
  for (const ConnectorOption& option : options) {
    specs.push_back({.name = option.name,
                     .type = type_of(option.type),
                     .text = option.text,
                     .default_text = option.default_text,
                     .required = option.is_required});
  }
  return specs;
}

/// Calls the program's `make`: its error has the place of the options, which that of `placed` is
/// in, an option that has a default.
template <class Made, class Make>
Result<std::unique_ptr<Made>> make(const Make& make, const std::string& kind,
                                   const Options& options, const std::string& placed,
                                   const connector::Context& context) {
  auto made = at_program(kind, [&] {
    return make(Values(options), {.pipeline = context.pipeline, .name = context.name});
  });
  const ConfigValue& place = options.value(placed);
  if (!made && made.error().kind() == Kind::kUser) return place.error(made.error().message());
  if (!made) return std::move(made).error();
  if (*made == nullptr) return place.error(kind + ": `make` of the program has given none");
  return made;
}

}  // namespace

connector::SourceKind kind_of(SourceDeclaration declaration) {
  connector::SourceKind kind;
  kind.name = declaration.kind;
  kind.text = declaration.text;
  kind.options = specs_of(declaration.options);
  kind.options.push_back({.name = "max_records_per_trigger",
                          .type = OptionType::kInteger,
                          .text = "Records that one batch takes at most. Default: no limit.",
                          .minimum = 1});
  kind.options.push_back({.name = "max_bytes_per_trigger",
                          .type = OptionType::kByteSize,
                          .text = "Bytes of keys and values that one batch takes at most; one "
                                  "record always gets through.",
                          .default_text = "32MiB",
                          .minimum = 1});
  kind.make = [declaration = std::move(declaration)](
                  const Options& options,
                  const connector::Context& context) -> Result<std::unique_ptr<connector::Source>> {
    SLUICE_ASSIGN(auto records, make<RecordSource>(declaration.make, declaration.kind, options,
                                                   "max_bytes_per_trigger", context));
    return {std::make_unique<CustomSource>(std::move(records), declaration.kind)};
  };
  return kind;
}

connector::SinkKind kind_of(SinkDeclaration declaration) {
  using connector::OutputMode;
  connector::SinkKind kind;
  kind.name = declaration.kind;
  kind.text = declaration.text;
  kind.options = specs_of(declaration.options);
  kind.options.push_back(
      formats::value_option("How a row is written: a format with its options.", "json"));
  kind.modes = {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kComplete};
  kind.promise =
      declaration.is_exactly_once ? connector::Promise::kAtomic : connector::Promise::kAtLeastOnce;
  kind.make = [declaration = std::move(declaration)](
                  const Options& options,
                  const connector::Context& context) -> Result<std::unique_ptr<connector::Sink>> {
    SLUICE_ASSIGN(auto value, formats::ValueFormat::read(options.value("value"), context.files));
    SLUICE_ASSIGN(auto records,
                  make<RecordSink>(declaration.make, declaration.kind, options, "value", context));
    return {std::make_unique<CustomSink>(std::move(records), declaration.kind, context.name,
                                         std::move(value), declaration.is_exactly_once)};
  };
  return kind;
}

bool remember(connector::SourceKind kind) { return add_to(remembered().sources, std::move(kind)); }

bool remember(connector::SinkKind kind) { return add_to(remembered().sinks, std::move(kind)); }

}  // namespace custom

void register_custom(connector::Registry& registry);
void register_custom(connector::Registry& registry) {
  custom::Remembered& all = custom::remembered();
  const std::lock_guard lock(all.mutex);
  for (const connector::SourceKind& kind : all.sources) registry.add(kind);
  for (const connector::SinkKind& kind : all.sinks) registry.add(kind);
}

}  // namespace sluice::connectors
