#include "app/infer/source_look.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "app/composition/stores.h"
#include "app/infer/json_tree.h"
#include "app/infer/sampled_source.h"
#include "app/transfer/source_text.h"
#include "app/transfer/yaml_text.h"
#include "base/quantity_text.h"
#include "base/utf8_text.h"
#include "data/arena.h"
#include "engine/dead_letters.h"

namespace sluice::app {
namespace {

constexpr std::int64_t kHeadRecords = 2000;
constexpr std::size_t kHeadBytes = 256 << 10;
constexpr std::size_t kWordsMax = 3;

std::string path_lines(const std::string& kind, const connector::AddressOptions& options) {
  return "    " + kind + ": " + yaml_text(ConfigValue::map(options, {})) + "\n";
}

}  // namespace

SourceLook::SourceLook(const InferRequest& request, std::stop_token stop)
    : request_(request),
      stop_(std::move(stop)),
      files_(make_file_system()),
      address_(connector::Address::parse(request.from.address)),
      shown_(address_.shown()) {}

Error SourceLook::nothing(const std::string& why) const {
  return user_error("E_NOTHING_TO_INFER: " + shown_ + ": " + why);
}

/// By the address, or by what is in a file whose name says nothing.
Result<AddressKind> SourceLook::find_kind() {
  const connector::Registry registry = all_connectors();
  const AddressKinds kinds(registry, *files_);
  auto found = kinds.source(address_);
  if (found || !address_.scheme.empty()) return found;
  const auto there = files_->find(address_.text);
  if (!there || !*there || (*there)->is_folder) return found;
  AddressKind file;
  file.kind = "files";
  file.path = address_.text;
  file.options = {connector::address_option("path", address_.text)};
  file.exists = true;
  return file;
}

Result<Inference> SourceLook::take() {
  SLUICE_TRY(scratch_.make());
  SLUICE_TRY(set_options(given_, request_.from.options, "--from-option"));
  SLUICE_ASSIGN(const AddressKind kind, find_kind());
  SLUICE_TRY(begin(kind));
  return std::move(found_);
}

Status SourceLook::begin(const AddressKind& kind) {
  path_ = kind.path;
  found_.kind = kind.kind;
  found_.options = kind.options;
  if (!request_.from.format.empty()) return typed();
  if (found_.kind == "csv") {
    SLUICE_ASSIGN(const Head seen, head(path_lines("files", kind.options)));
    return csv(seen);
  }
  if (found_.kind == "json_lines") {
    SLUICE_ASSIGN(const Head seen, head(path_lines("files", kind.options)));
    if (seen.records == 0) return nothing("there is no record in it; put some in first");
    if (seen.objects + seen.lists == 0 &&
        (seen.first.front() == '{' || seen.first.front() == '[')) {
      return nothing(
          "its lines by themselves are not JSON, and a record is a line. Write a value over "
          "several "
          "lines as lines: jq -c . FILE, or jq -c '.[]' FILE for the elements of a list");
    }
    return json(seen.objects == 0 && seen.lists > 0);
  }
  if (found_.kind == "files") return text_file();
  if (found_.kind == "kafka") return topic();
  return typed();
}

Status SourceLook::read_records(const std::string& yaml, const Use& use) {
  SLUICE_ASSIGN(const auto source, SampledSource::make(yaml));
  SLUICE_TRY(source->read(request_.records, stop_, [&](const data::RecordBatch& batch) {
    for (const data::Payload& payload : batch.payloads()) {
      ++found_.records;
      use(payload.bytes == nullptr ? std::string_view() : payload.text(), payload.bytes != nullptr);
    }
    return Result<bool>(true);
  }));
  found_.all = source->at_end();
  return {};
}

Result<SourceLook::Head> SourceLook::head(const std::string& yaml) {
  Head made;
  SLUICE_ASSIGN(const auto source, SampledSource::make(yaml));
  SLUICE_TRY(source->read(
      std::min(request_.records, kHeadRecords), stop_,
      [&](const data::RecordBatch& batch) -> Result<bool> {
        const auto payloads = batch.payloads();
        for (std::size_t i = 0; i < payloads.size(); ++i) {
          const data::Payload& payload = payloads[i];
          if (made.text.size() > kHeadBytes) return false;
          // The next file has a header of its own.
          const data::RecordOrigin origin = batch.origin(i);
          if (origin.is_file && !made.file.empty() && origin.origin != made.file) return false;
          if (origin.is_file) made.file = origin.origin;
          ++made.records;
          if (payload.bytes == nullptr) {
            ++made.absent;
            continue;
          }
          const std::string_view text = payload.text();
          if (made.first.empty()) made.first = text.substr(0, kHeadBytes);
          made.numbered += text.size() > 5 && text.front() == '\0' ? 1 : 0;
          made.utf8 += is_utf8(text) ? 1 : 0;
          const auto events = json_events(text);
          if (!events.empty()) {
            made.objects += events.front().kind == JsonEvent::Kind::kBeginObject ? 1 : 0;
            made.lists += JsonTree::is_list_of_objects(events) ? 1 : 0;
          }
          made.text += text;
          made.text += '\n';
        }
        return true;
      }));
  return made;
}

Status SourceLook::put_in_given() {
  for (const ConfigValue::Entry& entry : given_) set_option(found_.options, entry);
  return {};
}

std::optional<char> SourceLook::given_delimiter() const {
  const auto there = std::ranges::find(given_, "delimiter", &ConfigValue::Entry::key);
  if (there == given_.end()) return std::nullopt;
  const std::string& text = there->value.text();
  if (text == "tab" || text == "\\t") return '\t';
  return text.size() == 1 ? std::optional(text.front()) : std::nullopt;
}

Status SourceLook::verify(const std::function<bool(std::string_view)>& is_sound) {
  while (true) {
    SLUICE_ASSIGN(const bool fits, decode(is_sound));
    if (fits) return {};
  }
}

/// False: a column was made a text.
Result<bool> SourceLook::decode(const std::function<bool(std::string_view)>& is_sound) {
  SLUICE_ASSIGN(const auto source, SampledSource::make(source_lines(found_, false)));
  const data::Decoder& decoder = *source->part().decoder;
  std::vector<InferredColumn*> columns;
  for (InferredColumn& column : found_.columns) {
    if (!column.is_left_out) columns.push_back(&column);
  }
  std::vector<std::size_t> all(decoder.schema().size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  bool fits = true;
  found_.undecoded = 0;
  found_.undecoded_words.clear();
  const auto look = [&](const data::RecordBatch& batch) -> Result<bool> {
    SLUICE_TRY(source->part().decoder->prepare(batch));
    const auto presented = decoder.present(batch);
    const data::RecordBatch& records = presented ? *presented : batch;
    data::Arena arena;
    const auto reader = decoder.reader({}, all, arena);
    std::vector<std::uint32_t> kept;
    std::vector<data::Reject> rejects;
    const auto payloads = records.payloads();
    for (std::size_t first = 0; first < payloads.size(); first += data::kChunkRowsMax) {
      kept.clear();
      reader->read(payloads, first, std::min(data::kChunkRowsMax, payloads.size() - first), {},
                   kept, rejects);
    }
    for (const data::Reject& reject : rejects) {
      const bool has_column = reject.column != data::Reject::kNoColumn;
      if (!has_column || !is_sound(payloads[reject.row].text())) continue;
      ColumnType& what = columns[reject.column]->what;
      if (what.type.id() == data::TypeId::kVarchar || what.type.id() == data::TypeId::kJson)
        continue;
      const bool is_nested = !columns[reject.column]->fields.empty();
      what = {.type = is_nested ? data::TypeId::kJson : data::TypeId::kVarchar,
              .reason = "no " + what.type.to_string() + ": " + decoder.reason_text(reject)};
      columns[reject.column]->fields.clear();
      fits = false;
    }
    found_.undecoded += static_cast<std::int64_t>(rejects.size());
    if (!rejects.empty() && found_.undecoded_words.size() < kWordsMax) {
      const engine::DeadLetterBatch letters(records, rejects, decoder, 0, source->part().name);
      for (std::size_t i = 0; i < letters.size() && found_.undecoded_words.size() < kWordsMax;
           ++i) {
        found_.undecoded_words.push_back(letters.in_words(i));
      }
    }
    return fits;
  };
  SLUICE_TRY(source->read(request_.records, stop_, look));
  return fits;
}

}  // namespace sluice::app
