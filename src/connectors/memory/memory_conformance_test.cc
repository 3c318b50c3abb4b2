#include <atomic>

#include "connector/conformance.h"
#include "connectors/memory/memory_sink.h"
#include "connectors/memory/memory_source.h"

namespace sluice::connector {
namespace {

using connectors::MemorySink;
using connectors::MemorySource;
using connectors::MemoryStream;
using connectors::MemoryTable;

class MemorySourceRig {
 public:
  std::unique_ptr<Source> make() { return std::make_unique<MemorySource>(stream_); }
  void fill() {
    for (int i = 0; i < 30; ++i) stream_.append("record " + std::to_string(stream_.size()));
  }
  bool fill_more() {
    fill();
    return true;
  }

 private:
  MemoryStream stream_;
};

class MemorySinkRig {
 public:
  static constexpr bool kOutlivesProcess = false;
  static SinkKind kind() { return connectors::memory_sink_kind(); }

  explicit MemorySinkRig(const std::string& /*folder*/) : table_(std::make_unique<MemoryTable>()) {}

  std::unique_ptr<Sink> make() { return std::make_unique<MemorySink>(*table_); }
  std::vector<std::string> rows() {
    std::vector<std::string> texts;
    for (const auto& row : table_->rows()) texts.push_back(*row[0] + "|" + *row[1]);
    return texts;
  }
  std::size_t leftovers() { return table_->staged_batches(); }
  void put_foreign() {}
  bool foreign_is_intact() { return true; }

 private:
  std::unique_ptr<MemoryTable> table_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, SourceConformance, MemorySourceRig);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, SinkConformance, MemorySinkRig);

}  // namespace
}  // namespace sluice::connector
