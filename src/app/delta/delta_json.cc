
#include "base/json.h"
#include "sluice/delta.h"

namespace sluice {
namespace {

std::string text(const OrderedJson& json) { return dump_json(json); }

OrderedJson object(const std::vector<std::pair<std::string, std::string>>& pairs) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [name, value] : pairs) out[name] = value;
  return out;
}

}  // namespace

std::string to_json(const DeltaDescription& from) {
  OrderedJson out = {{"path", from.path},
                     {"version", from.version},
                     {"checkpoint_version", from.checkpoint_version},
                     {"min_reader_version", from.min_reader_version},
                     {"min_writer_version", from.min_writer_version},
                     {"features", from.features},
                     {"columns", OrderedJson::array()},
                     {"partition_by", from.partition_by},
                     {"properties", from.properties},
                     {"files", from.files},
                     {"bytes", from.bytes},
                     {"rows", from.rows ? OrderedJson(*from.rows) : OrderedJson()},
                     {"files_with_deleted_rows", from.files_with_deleted_rows}};
  for (const auto& [name, type] : from.columns) {
    out["columns"].push_back({{"name", name}, {"type", type}});
  }
  return text(out);
}

std::string to_json(const std::vector<DeltaCommit>& history) {
  OrderedJson out = OrderedJson::array();
  for (const DeltaCommit& commit : history) {
    out.push_back({{"version", commit.version},
                   {"timestamp_ms", commit.timestamp_ms},
                   {"operation", commit.operation},
                   {"parameters", object(commit.parameters)},
                   {"metrics", object(commit.metrics)},
                   {"engine", commit.engine},
                   {"user_metadata", commit.user_metadata}});
  }
  return text(out);
}

std::string to_json(const DeltaOptimized& done) {
  return text({{"version", done.version < 0 ? OrderedJson() : OrderedJson(done.version)},
               {"files_removed", done.files_removed},
               {"files_added", done.files_added},
               {"bytes_removed", done.bytes_removed},
               {"bytes_added", done.bytes_added}});
}

std::string to_json(const DeltaVacuumed& done) {
  return text({{"files", done.files}, {"bytes", done.bytes}});
}

std::string to_json(const DeltaRestored& done) {
  return text({{"version", done.version < 0 ? OrderedJson() : OrderedJson(done.version)},
               {"from_version", done.from_version},
               {"files_removed", done.files_removed},
               {"files_restored", done.files_restored},
               {"metadata_restored", done.metadata_restored}});
}

}  // namespace sluice
