#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "app/composition/composition.h"
#include "base/border.h"
#include "base/options.h"
#include "config/keys.h"
#include "connectors/custom/custom_kinds.h"
#include "sluice/connector.h"

namespace sluice {
namespace {

bool is_name(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// `keys`: those beside the connector in a pipeline file.
Status check_name(const std::string& kind, const std::vector<OptionSpec>& keys) {
  if (!is_name(kind)) {
    return user_error("'" + kind +
                      "' cannot be the name of a connector: take small letters, digits and _");
  }
  if (std::ranges::find(keys, kind, &OptionSpec::name) == keys.end()) return {};
  return user_error("'" + kind +
                    "' cannot be the name of a connector: a pipeline file has a key of that name");
}

/// Names, and defaults of the options' types.
Status check_options(const std::string& kind, std::vector<OptionSpec> options) {
  const std::string subject = "connector '" + kind + "': ";
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string& name = options[i].name;
    if (!is_name(name)) {
      return user_error(subject + "'" + name +
                        "' cannot be the name of an option: take small letters, digits and _");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (options[j].name != name) continue;
      return user_error(subject + "it has two options '" + name +
                        "' (every source has max_records_per_trigger and max_bytes_per_trigger, "
                        "every sink has value)");
    }
    options[i].required = false;
  }
  auto valid = Options::validate(options, ConfigValue::null({}), "the connector");
  return valid ? Status() : std::move(valid).error().with("connector '" + kind + "'");
}

Error taken(const std::string& kind) {
  return user_error("there is a connector '" + kind + "' already; choose another name");
}

template <class Kind>
Status remember(Kind kind) {
  SLUICE_TRY(check_options(kind.name, kind.options));
  const std::string name = kind.name;
  return connectors::custom::remember(std::move(kind)) ? Status() : taken(name);
}

}  // namespace

Status add_source(SourceDeclaration declaration) {
  return at_border("add a source", [&]() -> Status {
    SLUICE_TRY(check_name(declaration.kind, config::source_keys()));
    if (!declaration.make) return user_error("source '" + declaration.kind + "' has no `make`");
    const connector::Registry known = app::all_connectors();
    if (known.source(declaration.kind) != nullptr || known.table(declaration.kind) != nullptr) {
      return taken(declaration.kind);
    }
    return remember(connectors::custom::kind_of(std::move(declaration)));
  });
}

Status add_sink(SinkDeclaration declaration) {
  return at_border("add a sink", [&]() -> Status {
    SLUICE_TRY(check_name(declaration.kind, config::sink_keys()));
    if (!declaration.make) return user_error("sink '" + declaration.kind + "' has no `make`");
    if (app::all_connectors().sink(declaration.kind) != nullptr) return taken(declaration.kind);
    return remember(connectors::custom::kind_of(std::move(declaration)));
  });
}

}  // namespace sluice
