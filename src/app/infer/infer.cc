#include "sluice/infer.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "app/composition/composition.h"
#include "app/composition/stores.h"
#include "app/infer/inference.h"
#include "app/infer/source_look.h"
#include "app/transfer/address_kind.h"
#include "app/transfer/source_text.h"
#include "base/border.h"
#include "config/keys.h"

namespace sluice {
namespace {

constexpr std::size_t kNameBytesMax = 40;

/// What an address calls itself, as the name of a source: `in/orders.csv.gz` is orders.
std::string name_of(std::string address) {
  while (address.ends_with('/')) address.pop_back();
  std::string name = io::file_name(address);
  if (name.find_first_of("*?[") != std::string::npos) {
    // A pattern's files have the folder's name.
    name = io::file_name(io::parent_folder(address));
  }
  if (const std::size_t dot = name.find('.', 1); dot != std::string::npos) name.resize(dot);
  if (name.size() > kNameBytesMax) name.resize(kNameBytesMax);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  // What SQL would take for a word of its own, and what a pipeline file keeps for itself.
  name.erase(0, name.find_first_not_of('_'));
  if (name.empty()) return "rows";
  std::string lower = name;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool has_digit = std::isdigit(static_cast<unsigned char>(name.front())) != 0;
  if (has_digit || lower.starts_with("sluice_")) name.insert(0, "s_");
  const auto& words = config::reserved_words();
  if (std::ranges::find(words, lower) != words.end()) name += "_rows";
  return name;
}

Result<InferredSource> infer(const InferRequest& request, std::stop_token stop) {
  const connector::Address from = connector::Address::parse(request.from.address);
  app::PipelineTarget target;
  target.name = name_of(from.scheme.empty() ? from.text : from.path);
  target.command = "sluice infer " + from.shown();
  target.checkpoint = target.name;
  if (!request.to.empty() && request.to == request.from.address) {
    return user_error("--to " + from.shown() + ": it is what is read; write to another place");
  }
  if (!request.to.empty()) {
    const connector::Registry registry = app::all_connectors();
    const auto files = app::make_file_system();
    SLUICE_ASSIGN(const app::AddressKind sink,
                  app::AddressKinds(registry, *files)
                      .sink(connector::Address::parse(request.to), /*kind=*/""));
    target.kind = sink.kind;
    target.options = sink.options;
    // What the console has shown, another sink has not.
    target.checkpoint += "_to_" + sink.kind;
    for (const ConfigValue::Entry& entry : registry.sink(sink.kind)->address.for_rows) {
      app::set_option(target.options, entry);
    }
  }
  SLUICE_ASSIGN(const app::Inference found, app::SourceLook(request, std::move(stop)).take());
  InferredSource made;
  made.pipeline = app::pipeline_text(found, target);
  made.schema = app::schema_lines(found, "", /*with_reasons=*/true);
  made.json = app::inference_json(found, made.pipeline);
  return made;
}

}  // namespace

Result<InferredSource> infer_source(const InferRequest& request, std::stop_token stop) {
  return at_border("look at the source", [&] { return infer(request, std::move(stop)); });
}

}  // namespace sluice
