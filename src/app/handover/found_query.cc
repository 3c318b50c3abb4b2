#include "app/handover/found_query.h"

#include <optional>
#include <utility>

namespace sluice::app {
namespace {

constexpr std::size_t kApartShownMax = 160;

std::string shown(const std::string& text) {
  return text.size() <= kApartShownMax ? text : text.substr(0, kApartShownMax) + "...";
}

Result<FoundQuery> find_query(const PlacedQuery& placed, const HandoverJob& job) {
  FoundQuery found;
  found.placed = &placed;
  SLUICE_ASSIGN(found.query, read_spark_query(placed.folder, job.files()));
  if (found.query.planned < 0) {
    return user_error("E_HANDOVER_NOTHING: Spark's query in " + placed.folder +
                      " has done no batch; sluice may begin by itself");
  }
  const std::size_t count = found.query.batch.places.size();
  const std::size_t wanted = placed.query.sources.size();
  if (count != wanted) {
    return user_error("E_HANDOVER_SOURCE: Spark's query in " + placed.folder + " has " +
                      std::to_string(count) + " sources, and sink '" + placed.query.name +
                      "' of the pipeline has " + std::to_string(wanted) +
                      "; the two must read the same");
  }
  if (!placed.query.stateful.empty()) SLUICE_TRY(check_no_state(found.query, job.files()));
  const config::SinkEntry* sink = placed.query.sink;
  if (sink == nullptr || sink->connector.kind != "delta") return found;
  const ConfigValue* path = sink->connector.options.find("path");
  SLUICE_ASSIGN(found.table,
                TableHead::open(path->text(), job.files(), job.file.name + "/" + sink->name));
  return found;
}

/// What became of the planned batch, by the table that the query writes.
Result<TableHead::End> end_by_table(FoundQuery& found, const HandoverJob& job,
                                    const HandoverEntry& entry) {
  if (!found.table) return TableHead::End::kUnknown;
  const SparkQuery& query = found.query;
  // Spark's own sink writes under the query's id; with foreachBatch the job chooses.
  SLUICE_ASSIGN(auto end, found.table->settle(query.id, query.planned, false, entry));
  if (end != TableHead::End::kUnknown) return end;
  const bool is_given = !job.request.app_id.empty();
  const std::string app_id =
      is_given ? job.request.app_id : job.file.name + "/" + found.placed->query.name;
  // A job that sluice has made writes so.
  SLUICE_ASSIGN(const auto note, job.files().find(io::join_path(job.spark, kHandoverNote)));
  const bool certain = is_given || !job.is_one_query || note.has_value();
  return found.table->settle(app_id, query.planned, certain, entry);
}

Error undecided(const FoundQuery& found) {
  return user_error("E_HANDOVER_UNDECIDED: Spark has planned batch " +
                    std::to_string(found.query.planned) + " of the query in " + found.query.folder +
                    " and not committed it, and nothing says whether its rows are written" +
                    (found.table
                         ? ": the Delta table has no txn of the query's; name the job's txnAppId "
                           "(--app-id), or start"
                         : "; start") +
                    " Spark's job once more and stop it between two batches");
}

void take(FoundQuery& found, const SparkBatch& batch, std::int64_t number,
          std::int64_t next_watermark_ms) {
  found.done = number;
  found.places = batch.places;
  found.watermark_ms = batch.watermark_ms;
  found.next_watermark_ms = std::max(batch.watermark_ms, next_watermark_ms);
}

Error apart(const config::SourceEntry& source, const FoundQuery& one, const std::string& place,
            const FoundQuery& other, const std::string& other_place) {
  return user_error("E_HANDOVER_APART: Spark's queries are not at the same place in source '" +
                    source.name + "': " + one.placed->query.name + " is at " + shown(place) + ", " +
                    other.placed->query.name + " at " + shown(other_place) +
                    "; sluice reads a source once for all its sinks. Let them finish while nothing "
                    "new comes (trigger available_now), or remove the folder of dead letters that "
                    "the job does not write, then hand over");
}

}  // namespace

Result<std::vector<FoundQuery>> find_queries(const HandoverJob& job) {
  std::vector<FoundQuery> all;
  for (const PlacedQuery& placed : job.queries) {
    if (placed.query.sink == nullptr) {
      SLUICE_ASSIGN(const bool there, is_spark_query(placed.folder, job.files()));
      if (!there) continue;
    }
    SLUICE_ASSIGN(FoundQuery found, find_query(placed, job));
    all.push_back(std::move(found));
  }
  return all;
}

Status settle(FoundQuery& found, const HandoverJob& job, const std::string& plan_hash) {
  SLUICE_ASSIGN(found.query, read_spark_query(found.query.folder, job.files()));
  const SparkQuery& query = found.query;
  if (!query.is_in_flight()) {
    take(found, query.batch, query.planned, query.next_watermark_ms);
    return {};
  }
  auto end = TableHead::End::kNotThere;
  // A batch without anything new is the same whether it is there or not.
  if (query.before.places != query.batch.places) {
    HandoverEntry entry{job.file.name, found.placed->query.name, 0, 0, plan_hash};
    SLUICE_ASSIGN(end, end_by_table(found, job, entry));
  }
  if (end == TableHead::End::kUnknown) return undecided(found);
  if (end == TableHead::End::kThere) {
    take(found, query.batch, query.planned, query.batch.watermark_ms);
    return {};
  }
  if (query.before.places.empty()) {
    return user_error("E_HANDOVER_NOTHING: Spark's query in " + query.folder +
                      " has done no batch; sluice may begin by itself");
  }
  take(found, query.before, query.planned - 1, query.next_watermark_ms);
  return {};
}

Result<std::map<std::string, NativePlace>> common_places(
    const HandoverJob& job, const std::vector<FoundQuery>& found,
    const std::map<std::string, NativePlace>& known) {
  std::map<std::string, NativePlace> places;
  for (const config::SourceEntry& source : job.file.sources) {
    const FoundQuery* first = nullptr;
    std::string first_place;
    for (const FoundQuery& query : found) {
      const auto& sources = query.placed->query.sources;
      for (std::size_t i = 0; i < sources.size(); ++i) {
        if (sources[i]->name != source.name) continue;
        SparkPlace spark{query.places[i], {}, false};
        SLUICE_ASSIGN(spark.files, read_seen_files(query.query.folder, i, job.files()));
        const auto before = known.find(source.name);
        SLUICE_ASSIGN(
            NativePlace place,
            to_native_place(source, spark, before == known.end() ? NativePlace() : before->second,
                            job.files()));
        if (first != nullptr && !(places[source.name] == place)) {
          return apart(source, *first, first_place, query, spark.place);
        }
        if (first == nullptr) first_place = spark.place;
        first = &query;
        places[source.name] = std::move(place);
      }
    }
    if (first != nullptr) continue;
    return user_error(source.location.to_string() +
                      ": E_HANDOVER_SOURCE: no query of Spark's "
                      "reads source '" +
                      source.name + "'; take it out of the pipeline for the handover");
  }
  return places;
}

}  // namespace sluice::app
