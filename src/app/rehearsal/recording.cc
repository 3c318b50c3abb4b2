#include "sluice/recording.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "app/composition/secret_text.h"
#include "app/pipeline/pipeline_content.h"
#include "app/rehearsal/live_slice.h"
#include "app/rehearsal/mask.h"
#include "app/rehearsal/needed_rows.h"
#include "app/rehearsal/recording_place.h"
#include "app/rehearsal/recording_text.h"
#include "app/rehearsal/slice_draft.h"
#include "app/rehearsal/test_compare.h"
#include "app/rehearsal/test_file.h"
#include "base/border.h"
#include "base/nearest.h"
#include "base/quantity_text.h"
#include "config/file_text.h"
#include "config/yaml.h"
#include "io/file_system.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

std::string list_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

class Recorder {
 public:
  Recorder(const Pipeline::Content& content, const RecordRequest& request, std::stop_token stop)
      : content_(content),
        file_(content.file),
        request_(request),
        stop_(std::move(stop)),
        mask_(request.masked, random_.next()) {}

  Result<Recording> make() {
    SLUICE_ASSIGN(place_, app::choose_place(file_, request_, clock_.now()));
    head_.pipeline = place_.pipeline;
    SLUICE_TRY(check_parts());
    SLUICE_TRY(take());
    SLUICE_TRY(draft());
    SLUICE_TRY(expect());
    SLUICE_TRY(reduce_tables());
    SLUICE_TRY(compare_live());
    SLUICE_TRY(write_file());
    return Recording{.path = place_.path,
                     .test = place_.test,
                     .batches = static_cast<std::int64_t>(draft_.steps.size()),
                     .sources = std::move(taken_.sources),
                     .notes = std::move(notes_)};
  }

 private:
  Status check_parts() {
    if (file_.sources.empty()) {
      return user_error(file_.path + ": has no sources, and a test is recorded of what they give");
    }
    if (file_.sinks.empty()) {
      return user_error(file_.path + ": has no sinks, and a test compares what they get");
    }
    std::vector<std::string> known;
    for (const config::SinkEntry& sink : file_.sinks) known.push_back(sink.name);
    for (const std::string& sink : request_.sinks) {
      if (std::ranges::find(known, sink) != known.end()) continue;
      const std::string guess = did_you_mean(sink, known);
      return user_error(file_.path + ": has no sink '" + sink + "'" +
                        (guess.empty() ? "; it has " + list_text(known) : guess));
    }
    if (request_.from_end) {
      for (config::SourceEntry& source : file_.sources) SLUICE_TRY(start_at_end(source));
    }
    return app::check_recordable(file_);
  }

  Status start_at_end(config::SourceEntry& source) const {
    const connector::Registry registry = app::all_connectors();
    const auto& options = registry.source(source.connector.kind)->options;
    if (std::ranges::find(options, "start", &OptionSpec::name) == options.end()) {
      return ConfigValue::null(source.connector.location)
          .error("--from end: source '" + source.name + "', " + source.connector.kind +
                 ", has no end that a run could begin at; leave it out");
    }
    const Location& place = source.connector.options.location();
    std::vector<ConfigValue::Entry> entries;
    for (const ConfigValue::Entry& entry : source.connector.options.entries()) {
      if (entry.key != "start") entries.push_back(entry);
    }
    entries.push_back({"start", place, ConfigValue::scalar("latest", /*quoted=*/false, place)});
    source.connector.options = ConfigValue::map(std::move(entries), place);
    return {};
  }

  // --- the live run

  Status take() {
    const app::LiveRequest live{request_.batches_max, request_.records_max, request_.timeout};
    SLUICE_ASSIGN(slice_, app::take_slice(file_, live, stop_));
    const bool any = std::ranges::any_of(slice_.steps, &app::TakenStep::has_records);
    if (any) return {};
    return user_error(file_.path + ": nothing has come" +
                      (slice_.has_timed_out
                           ? " in " + duration_text(request_.timeout.count()) +
                                 "; a source may begin at its end: --timeout waits longer"
                           : ": there is nothing to record"));
  }

  Status draft() {
    SLUICE_ASSIGN(taken_, app::draft_slice(file_, request_, slice_, mask_));
    if (const std::vector<std::string> unused = mask_.unused(); !unused.empty()) {
      return user_error("--mask " + unused[0] +
                        ": no record and no table has a column of that name");
    }
    head_.columns = taken_.columns;
    draft_ = taken_.test;
    draft_.name = place_.test;
    draft_.variables = app::used_variables(file_, content_.variables);
    for (const auto& [name, rows] : taken_.tables) {
      draft_.tables.emplace_back(name, std::vector<std::string>());
    }
    draft_ = with_tables(taken_.tables);
    notes_ = std::move(taken_.notes);
    return {};
  }

  app::TestDraft with_tables(const app::RowsOfTables& rows) const {
    app::TestDraft draft = draft_;
    for (auto& [name, lines] : draft.tables) {
      lines.clear();
      for (const app::WrittenRow& row : rows.at(name)) lines.push_back(row.text);
    }
    return draft;
  }

  // --- what comes of them

  Result<std::vector<app::CameStep>> replay(const app::TestDraft& draft) const {
    return replay(app::file_text(head_, draft, {}), draft.name);
  }

  Result<std::vector<app::CameStep>> replay(std::string text, const std::string& name) const {
    SLUICE_ASSIGN(const app::TestFile file, app::parse_test_file(std::move(text), place_.path));
    const auto test = std::ranges::find(file.tests, name, &app::TestCase::name);
    SLUICE_ASSIGN(app::CameSteps came, app::run_test(file, *test, content_.file, stop_));
    if (!came.error.empty()) {
      return user_error("the pipeline fails on what came, and a test cannot expect that: " +
                        came.error);
    }
    return std::move(came.steps);
  }

  Status expect() {
    SLUICE_ASSIGN(expected_.came, replay(draft_));
    drop_silent_end();
    for (const config::SinkEntry& sink : file_.sinks) {
      const bool is_wished = request_.sinks.empty() ||
                             std::ranges::find(request_.sinks, sink.name) != request_.sinks.end();
      if (is_wished) expected_.sinks.push_back(sink.name);
    }
    SLUICE_ASSIGN(const std::vector<app::CameStep> again, replay(draft_));
    for (std::string& note : app::leave_out_unstable(expected_, again)) {
      notes_.push_back(std::move(note));
    }
    return {};
  }

  /// Batches at the end to which nothing came, and of which nothing came.
  void drop_silent_end() {
    const auto is_silent = [](const app::CameStep& step) {
      const auto has_none = [](const auto& entry) { return entry.second.rows.empty(); };
      return step.late.empty() && std::ranges::all_of(step.sinks, has_none) &&
             std::ranges::all_of(step.dead_letters, has_none);
    };
    while (draft_.steps.size() > 1 && draft_.steps.back().rows.empty() &&
           is_silent(expected_.came.back())) {
      draft_.steps.pop_back();
      expected_.came.pop_back();
    }
  }

  Status reduce_tables() {
    if (taken_.tables.empty()) return {};
    const std::string wished = expected_.comparable();
    const auto gives_same = [&](const app::RowsOfTables& rows) -> Result<bool> {
      app::Expectation other = expected_;
      SLUICE_ASSIGN(other.came, replay(with_tables(rows)));
      return other.comparable() == wished;
    };
    SLUICE_ASSIGN(const app::RowsOfTables needed,
                  app::needed_rows(taken_.tables, taken_.values, gives_same));
    for (const auto& [name, rows] : taken_.tables) {
      const std::size_t kept = needed.at(name).size();
      if (kept == rows.size()) continue;
      notes_.push_back("of table " + name + " the test has " +
                       count_text(static_cast<std::int64_t>(kept)) + " of " +
                       counted(static_cast<std::int64_t>(rows.size()), "row", "rows") +
                       ": without the others the same comes");
    }
    draft_ = with_tables(needed);
    return {};
  }

  /// The live run and the test must agree where they were given the same.
  Status compare_live() {
    if (!slice_.has_sinks || !taken_.is_whole || !mask_.is_empty()) return {};
    for (const std::string& sink : expected_.sinks) {
      for (std::size_t i = 0; i < expected_.came.size(); ++i) {
        app::Expectation test{
            .came = std::vector<app::CameStep>(1), .sinks = {sink}, .left_out = expected_.left_out};
        app::Expectation live = test;
        const auto add = [&sink](const app::CameStep& step, app::Expectation& to) {
          const auto found = step.sinks.find(sink);
          if (found != step.sinks.end()) to.came[0].sinks[sink] = found->second;
        };
        add(expected_.came[i], test);
        add(slice_.steps[i].came, live);
        if (test.comparable() == live.comparable()) continue;
        notes_.push_back("sink " + sink + " got other rows from the live run, in batch " +
                         std::to_string(i + 1) +
                         ": they depend on more than the test has; it has what it gives itself");
        break;
      }
    }
    return {};
  }

  // --- the file

  void add_comments() {
    std::vector<std::string>& lines = head_.comments;
    lines.push_back("Recorded from " + fs::path(file_.path).filename().string() + " on " +
                    app::clock_text(clock_.now()).substr(0, 16) +
                    " UTC: what came, and what the pipeline made of it.");
    lines.emplace_back(
        "It says what the pipeline does, not that this is right: read it before you rely on it.");
    for (std::size_t i = 0; i < taken_.sources.size(); ++i) {
      const RecordedSource& source = taken_.sources[i];
      const config::KindUse& kind = file_.sources[i].connector;
      std::string place = kind.kind;
      for (const char* option : {"topic", "path"}) {
        const ConfigValue* value = kind.options.find(option);
        if (value != nullptr && value->shape() == ConfigValue::Shape::kScalar && !value->secret()) {
          place += " " + app::without_url_secrets(value->text());
        }
      }
      lines.push_back(source.name + " (" + place +
                      "): " + counted(source.records, "record", "records") +
                      (source.dead_letters == 0
                           ? ""
                           : ", " + count_text(source.dead_letters) + " of them not decoded") +
                      (request_.from_end ? ", from the end on" : ""));
    }
    if (!request_.masked.empty()) {
      lines.push_back("Others are in the place of the values of " + list_text(request_.masked) +
                      ".");
    }
    for (const std::string& note : notes_) lines.push_back(note);
    for (std::string& line : lines) std::ranges::replace(line, '\n', ' ');
  }

  Status write_file() {
    if (expected_.sinks.empty()) {
      return user_error("no sink gets the same rows twice, so that there is nothing to expect: " +
                        list_text(notes_));
    }
    add_comments();
    std::string text;
    if (place_.is_there) {
      SLUICE_ASSIGN(const std::string there,
                    config::read_text_file(place_.path, config::kYamlBytesMax));
      SLUICE_ASSIGN(text, app::appended_text(there, place_.path, head_, draft_, expected_));
    } else {
      text = app::file_text(head_, draft_, expected_);
    }
    SLUICE_TRY(check(text));
    const auto files = io::make_local_file_system();
    if (place_.is_there) return files->write_atomic(place_.path, text);
    SLUICE_ASSIGN(const bool written, files->write_if_absent(place_.path, text));
    if (!written) return user_error(place_.path + ": is there already, and stays as it is");
    return {};
  }

  /// That `sluice test`, which reads all of it again, passes.
  Status check(const std::string& text) const {
    SLUICE_ASSIGN(const app::TestFile file, app::parse_test_file(text, place_.path));
    const auto test = std::ranges::find(file.tests, draft_.name, &app::TestCase::name);
    if (test == file.tests.end()) return Error(Kind::kInternal, "the test is not in its file");
    std::map<std::string, std::string> variables = file.variables;
    for (const auto& [name, value] : test->variables) variables[name] = value;
    std::set<std::string> unused;
    config::Variables values = config::system_variables(variables);
    values.unused = &unused;
    const connector::Registry registry = app::all_connectors();
    SLUICE_ASSIGN(const config::PipelineFile pipeline,
                  config::read_pipeline_file(file.pipeline, app::known_kinds(registry), values));
    SLUICE_ASSIGN(const app::CameSteps came, app::run_test(file, *test, pipeline, stop_));
    SLUICE_ASSIGN(const auto differences, app::compare(*test, came.steps));
    if (differences.empty() && came.error.empty()) return {};
    std::string why = came.error;
    for (const TestDifference& difference : differences) {
      why += (why.empty() ? "" : "; ") + difference.what;
      if (!difference.missing.empty()) why += " - " + difference.missing[0];
      if (!difference.unexpected.empty()) why += " + " + difference.unexpected[0];
    }
    return user_error("the test does not give the same twice, and is not written: " + why);
  }

  const Pipeline::Content& content_;
  config::PipelineFile file_;  // with another start, perhaps
  const RecordRequest& request_;
  const std::stop_token stop_;
  SystemClock clock_;
  SystemRandom random_;
  app::Mask mask_;
  app::RecordingPlace place_;
  app::LiveSlice slice_;
  app::SliceDraft taken_;
  app::FileHead head_;
  app::TestDraft draft_;
  app::Expectation expected_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<Recording> record_test(const Pipeline& pipeline, const RecordRequest& request,
                              std::stop_token stop) {
  return at_border("record a test",
                   [&] { return Recorder(pipeline.content(), request, std::move(stop)).make(); });
}

}  // namespace sluice
