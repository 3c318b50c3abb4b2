#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/composition/runnable.h"
#include "app/composition/scratch_folder.h"
#include "app/composition/stores.h"
#include "app/transfer/source_text.h"
#include "app/transfer/yaml_text.h"
#include "base/border.h"
#include "config/yaml.h"
#include "io/spool.h"
#include "sluice/transfer.h"

namespace sluice {
namespace {

constexpr std::size_t kNameBytesMax = 40;

/// FNV-1a: the same in every version of the program.
std::string short_hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return {digits.data(), 8};
}

/// The last part of an address as a part of a name.
std::string word_of(const std::string& address) {
  std::string word = io::file_name(address);
  for (char& c : word) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  if (word.size() > kNameBytesMax) word.resize(kNameBytesMax);
  return word;
}

std::string canonical(const std::string& path) {
  std::error_code failure;
  // Of what is not there yet the canonical path would stay relative.
  std::string found =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path, failure), failure).string();
  if (failure) found = path;
  while (found.size() > 1 && found.ends_with('/')) found.pop_back();
  return found;
}

/// Where a pattern's files are: the folder before its first part that is a pattern.
std::string root_of(const std::string& path) {
  const std::size_t wild = path.find_first_of("*?[");
  if (wild == std::string::npos) return path;
  const std::size_t slash = path.rfind('/', wild);
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// An address without its login, the same however a path is written. `path`: "" where it is none.
std::string one_spelling(const connector::Address& address, const std::string& path) {
  if (!path.empty() && address.scheme.empty()) return canonical(path);
  std::string found = path.empty() ? address.scheme + "://" + address.host + "/" + address.path
                                   : address.scheme + path.substr(address.scheme.size());
  while (found.ends_with('/')) found.pop_back();
  return found;
}

/// One line of a comment.
std::string without_line_ends(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20; }, ' ');
  return text;
}

class Planner {
 public:
  explicit Planner(const CopyRequest& request)
      : request_(request),
        from_(connector::Address::parse(request.from.address)),
        to_(connector::Address::parse(request.to)),
        files_(app::make_file_system()),
        spool_(*files_, scratch_.path() + "/spool"),
        context_{"copy", "rows", clock_, random_, *files_, &spool_} {}

  Result<CopyPlan> plan() {
    if (!has_scratch_) return has_scratch_.error().clone();
    SLUICE_ASSIGN(source_, app::source_text(request_.from, registry_, context_));
    SLUICE_ASSIGN(sink_, app::AddressKinds(registry_, *files_).sink(to_, request_.to_kind));
    SLUICE_TRY(check_same());
    SLUICE_ASSIGN(const std::string sink, sink_text());
    SLUICE_TRY(add_notes());
    plan_.pipeline =
        "# sluice copy " + without_line_ends(from_.shown()) + " " + without_line_ends(to_.shown()) +
        "\nname: " + name() + "\n\nsources:\n  rows:\n" + source_.yaml +
        "\nsinks:\n  copy:\n    from: rows\n" + sink + "\ntrigger: available_now\ncheckpoint: " +
        app::yaml_scalar(request_.checkpoint, /*quoted=*/true) + "\n";
    plan_.to = sink_.kind + " " + to_.shown();
    SLUICE_ASSIGN(
        const config::PipelineFile file,
        config::read_pipeline_text(plan_.pipeline, "copy.yaml", app::known_kinds(registry_),
                                   config::system_variables({})));
    SLUICE_TRY(check_same_place(file));
    SLUICE_ASSIGN(const auto parts, app::make_runnable(file, app::limits_of(file)));
    plan_.shown = parts->composition.pipeline.text;
    return std::move(plan_);
  }

 private:
  Status check_same() const {
    const bool by_path = !source_.address.path.empty() && !sink_.path.empty();
    const bool same = by_path ? canonical(root_of(source_.address.path)) == canonical(sink_.path)
                              : source_.kind == sink_.kind && from_.text == to_.text;
    return same ? is_what_is_read() : Status();
  }

  /// By what the system says itself: it may have several names. One that does not answer cannot be
  /// copied to either, which the run says.
  Status check_same_place(const config::PipelineFile& file) const {
    const connector::SourceKind& source = *registry_.source(source_.kind);
    const connector::SinkKind& sink = *registry_.sink(sink_.kind);
    if (source_.kind != sink_.kind || !source.address.place || !sink.address.place) return {};
    const auto place = [this](const auto& kind, const config::KindUse& use) -> std::string {
      const auto options = Options::validate(kind.options, use.options, kind.name);
      auto found = options ? kind.address.place(*options, context_) : Result<std::string>("");
      return found ? *std::move(found) : "";
    };
    const std::string from = place(source, file.sources.at(0).connector);
    const bool same = !from.empty() && from == place(sink, file.sinks.at(0).connector);
    return same ? is_what_is_read() : Status();
  }

  Status is_what_is_read() const {
    return user_error(to_.shown() + " is what is read; a copy needs another place to go to");
  }

  Result<std::string> sink_text() const {
    const connector::SinkKind& kind = *registry_.sink(sink_.kind);
    const bool same_kind = source_.is_raw && source_.kind == sink_.kind;
    connector::AddressOptions options = sink_.options;
    const connector::AddressForm& form = kind.address;
    for (const ConfigValue::Entry& entry : same_kind ? form.for_same_kind : form.for_rows) {
      app::set_option(options, entry);
    }
    if (!request_.key.empty()) {
      SLUICE_TRY(must_declare(kind, "key"));
      app::set_option(options, connector::address_option("key", request_.key));
    }
    if (!request_.value.empty()) {
      SLUICE_TRY(must_declare(kind, "value"));
      SLUICE_ASSIGN(ConfigValue value, config::parse_yaml(request_.value, "--value"));
      app::set_option(options, {"value", {}, std::move(value)});
    }
    SLUICE_TRY(app::set_options(options, request_.to_options, "--to-option"));
    return "    " + sink_.kind + ": " + app::yaml_text(ConfigValue::map(std::move(options), {})) +
           "\n";
  }

  static Status must_declare(const connector::SinkKind& kind, const std::string& option) {
    if (std::ranges::find(kind.options, option, &OptionSpec::name) != kind.options.end()) return {};
    return user_error("a " + kind.name + " sink has no '" + option + "'; leave --" + option +
                      " out");
  }

  Status add_notes() {
    if (!source_.inferred.empty()) {
      plan_.notes.push_back("columns by the looks of " + source_.inferred +
                            " (--schema says otherwise)");
    }
    // What goes on says so when it starts.
    SLUICE_ASSIGN(const auto goes_on, files_->find(io::join_path(request_.checkpoint, "state.db")));
    if (sink_.exists && !sink_.path.empty() && !goes_on) {
      plan_.notes.push_back(to_.shown() + " is there already: rows are added to it");
    }
    for (const connector::Address* address : {&from_, &to_}) {
      if (address->password.empty() || address->password.starts_with("${")) continue;
      plan_.notes.push_back(
          address->shown() +
          ": others see a password on a command line; write '${NAME}' of the environment, or "
          "'${file:/path}', in its place");
    }
    return {};
  }

  /// One name for ever for the same copy with the same checkpoint: by it a sink knows what it has
  /// already.
  std::string name() const {
    const std::string from = one_spelling(from_, source_.address.path);
    const std::string to = one_spelling(to_, sink_.path);
    return "copy_" + word_of(from) + "_to_" + word_of(to) + "_" +
           short_hash(from + "\n" + to + "\n" + canonical(request_.checkpoint));
  }

  const CopyRequest& request_;
  const connector::Address from_;
  const connector::Address to_;
  app::ScratchFolder scratch_;
  const Status has_scratch_ = scratch_.make();
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<io::FileSystem> files_;
  io::Spool spool_;
  connector::Registry registry_ = app::all_connectors();
  connector::Context context_;
  app::SourceText source_;
  app::AddressKind sink_;
  CopyPlan plan_;
};

}  // namespace

Result<CopyPlan> plan_copy(const CopyRequest& request) {
  return at_border("plan the copy", [&] { return Planner(request).plan(); });
}

}  // namespace sluice
