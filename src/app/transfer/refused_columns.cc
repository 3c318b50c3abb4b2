#include "app/transfer/refused_columns.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "app/composition/scratch_folder.h"
#include "app/composition/source_composition.h"
#include "app/transfer/source_text.h"
#include "config/variables.h"
#include "data/arena.h"

namespace sluice::app {
namespace {

/// Of one batch.
constexpr std::int64_t kBatchBytes = 32 << 20;

/// Decodes all records, for their errors only.
void add_refused(const data::Decoder& decoder, const data::RecordBatch& records,
                 std::set<std::size_t>& refused) {
  std::vector<std::size_t> all(decoder.schema().size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  data::Arena arena;
  const auto reader = decoder.reader({}, all, arena);
  std::vector<std::uint32_t> kept;
  std::vector<data::Reject> rejects;
  const auto payloads = records.payloads();
  for (std::size_t first = 0; first < payloads.size(); first += data::kChunkRowsMax) {
    kept.clear();
    rejects.clear();
    reader->read(payloads, first, std::min(data::kChunkRowsMax, payloads.size() - first), {}, kept,
                 rejects);
    for (const data::Reject& reject : rejects) {
      if (reject.column != data::Reject::kNoColumn) refused.insert(reject.column);
    }
  }
}

}  // namespace

Result<std::set<std::size_t>> refused_columns(const std::string& kind,
                                              const connector::AddressOptions& options,
                                              const std::string& file, std::int64_t bytes,
                                              const connector::Registry& registry,
                                              const connector::Context& context) {
  ScratchFolder scratch;
  SLUICE_TRY(scratch.make());
  config::PipelineFile pipeline;
  pipeline.checkpoint = scratch.path();
  SLUICE_ASSIGN(const ConfigValue given, config::put_in_variables(ConfigValue::map(options, {}),
                                                                  config::system_variables({})));
  connector::AddressOptions all = given.entries();
  set_option(all, connector::address_option("path", file));
  config::SourceEntry entry;
  entry.name = context.name;
  entry.connector = {kind, ConfigValue::map(std::move(all), {}), {}};
  SLUICE_ASSIGN(const MadeSource made, make_source(entry, pipeline,
                                                   {registry, context.clock, context.random,
                                                    context.files, context.spool}));
  std::set<std::size_t> refused;
  if (made.part.decoder == nullptr) return refused;
  connector::Source& source = *made.part.source;
  SLUICE_TRY(source.open({}));
  SLUICE_ASSIGN(data::Offset at, source.initial());
  SLUICE_TRY(source.freeze());
  data::ReadLimit limit;
  limit.bytes = kBatchBytes;
  for (std::int64_t left = bytes; left > 0;) {
    SLUICE_ASSIGN(data::Offset to, source.latest(at, limit));
    if (to == at) break;
    SLUICE_ASSIGN(const auto batch, source.read(at, to, {}));
    left -= std::max<std::int64_t>(1, static_cast<std::int64_t>(batch->bytes()));
    SLUICE_TRY(made.part.decoder->prepare(*batch));
    const auto presented = made.part.decoder->present(*batch);
    add_refused(*made.part.decoder, presented ? *presented : *batch, refused);
    at = std::move(to);
  }
  return refused;
}

}  // namespace sluice::app
