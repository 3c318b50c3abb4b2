#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/composition/composition.h"
#include "app/composition/source_composition.h"
#include "app/kafka/scanned_records.h"
#include "connectors/kafka/connection.h"
#include "formats/encoder.h"
#include "sluice/kafka.h"

namespace sluice::app {

/// Shows records as the columns that a Kafka source makes of them, one of a pipeline file or one of
/// a format alone: the same decoder and the same scan as in a run, without an engine. One thread.
class TopicDecoder {
 public:
  TopicDecoder() = default;

  /// Once, first. Reads the file, or takes the format with the topic and connection of `from`;
  /// connects to nothing but a schema registry. kUser errors as of Pipeline::load.
  Status open(const DecodeRequest& request, const ConsumeRequest& from);

  const connectors::kafka::Connection& connection() const { return connection_; }

  /// The source's topic; kUser error when it has not exactly one.
  Result<std::string> topic() const;

  /// The rows of `messages` as text: JSON objects, a line each, or a table. `complain` as in
  /// consume_decoded(), which counts the calls.
  Result<std::string> decode(const data::RecordBatch& messages,
                             const std::function<void(const std::string& line)>& complain);

 private:
  Status read_file(const DecodeRequest& request);
  Status take_format(const RecordFormat& given, const ConsumeRequest& from);
  Status make(const config::SourceEntry& entry, const config::PipelineFile& file);
  Result<std::string> rows_text(const data::RecordBatch& batch);

  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  connector::Registry registry_ = all_connectors();
  bool table_style_ = false;
  connectors::kafka::Connection connection_;
  std::vector<std::string> topics_;  ///< empty: the source has a pattern
  MadeSource made_;
  std::unique_ptr<ScannedRecords> rows_;
  std::unique_ptr<formats::Encoder> encoder_;  ///< of a row as a line
};

}  // namespace sluice::app
