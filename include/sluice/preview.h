#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"

namespace sluice {

enum class PreviewFormat : unsigned char {
  kTable,  ///< for people
  kJson,   ///< one object per line
  kCsv,    ///< with a header
};

struct PreviewRequest {
  /// Names of sources, views and sinks, each once; of a sink: what it would get. Empty: every sink.
  std::vector<std::string> parts;
  std::size_t rows = 20;               ///< of each part
  std::int64_t records_max = 100'000;  ///< read of each source
  std::chrono::microseconds timeout{10'000'000};
  /// Where more may come, it is no longer waited for once so much time has passed without any.
  std::chrono::microseconds quiet{1'000'000};
  std::size_t truncate = 20;  ///< characters of a cell of a table; 0: all
  PreviewFormat format = PreviewFormat::kTable;
  bool for_page = false;  ///< gives PreviewedPart::columns and `values`, too
};

struct PreviewedColumn {
  std::string name;
  std::string type;  ///< as SQL names it
};

struct PreviewedPart {
  std::string title;  ///< "view totals: what the rows read so far give"
  std::string rows;   ///< in the format that was asked for
  std::string note;   ///< why there are no rows, for people; "": there are
  /// With PreviewRequest::for_page, once a batch has come.
  std::vector<PreviewedColumn> columns{};
  /// The same rows, each a JSON array, whose values are those of `POST .../sql` of the live page;
  /// of a value of more than 10,000 bytes its beginning, as a text.
  std::vector<std::string> values{};
  bool has_more = false;  ///< rows than those in `values`, of which there is at most a MiB
};

struct PreviewedSource {
  std::string name;
  std::int64_t records = 0;            ///< read
  std::int64_t dead_letters = 0;       ///< of them, those that do not decode
  std::vector<std::string> undecoded;  ///< of them, each reason: where its first is, and why
};

struct Preview {
  std::vector<PreviewedPart> parts;
  std::vector<PreviewedSource> sources;
  bool has_timed_out = false;  ///< before there were enough rows, or all that there is was read
};

/// Runs the pipeline on what its sources have until each part has its rows, with sinks that write
/// nothing and a checkpoint of its own, which is gone at the end: it commits no offset, removes no
/// file that was read, and neither reads nor makes the pipeline's checkpoint. Where little is
/// there it waits for more. Blocks at most `timeout`, and as long as the batch
/// takes that is at work then. Errors: kUser (a part that is not there ...), kTransient (a source
/// does not answer), kCancelled (`stop`).
Result<Preview> preview(const Pipeline& pipeline, const PreviewRequest& request,
                        std::stop_token stop);

}  // namespace sluice
