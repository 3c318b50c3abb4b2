#include "sluice/host.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include "app/host/budget.h"
#include "app/host/hosted.h"
#include "app/pipeline/pipeline_content.h"
#include "base/border.h"
#include "base/log.h"
#include "questions/question_room.h"

namespace sluice {
namespace {

/// The same folder has one such text, however it is written; a store's path stays as it is.
std::string whole_path(const std::string& path) {
  std::error_code problem;
  const auto absolute = std::filesystem::absolute(path, problem);
  std::string whole = std::filesystem::weakly_canonical(absolute, problem).lexically_normal();
  if (problem) whole = path;
  while (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
  return whole;
}

/// What no two pipelines of a process may have in common.
struct Identity {
  std::string path;  ///< of the file
  std::string name;
  std::string checkpoint;  ///< "": none
};

/// Why the two cannot be in one process; "": they can.
std::string conflict(const Identity& one, const Identity& other) {
  const std::string both = one.path + " and " + other.path;
  if (one.path == other.path) return one.path + " is given twice";
  if (!one.checkpoint.empty() && whole_path(one.checkpoint) == whole_path(other.checkpoint)) {
    return both + " have the same checkpoint, " + one.checkpoint +
           "; give each pipeline a checkpoint of its own";
  }
  if (one.name == other.name) {
    return both + " have the same name, '" + one.name +
           "', by which sinks know whose rows they hold; give each pipeline a name of its own";
  }
  return "";
}

Identity identity_of(const Pipeline& pipeline) {
  const config::PipelineFile& file = pipeline.content().file;
  return {pipeline.path(), file.name, file.checkpoint};
}

}  // namespace

std::string_view state_name(PipelineState state) {
  switch (state) {
    case PipelineState::kReady:
      return "ready";
    case PipelineState::kStarting:
      return "starting";
    case PipelineState::kRunning:
      return "running";
    case PipelineState::kPaused:
      return "paused";
    case PipelineState::kReloading:
      return "reloading";
    case PipelineState::kDraining:
      return "draining";
    case PipelineState::kStopping:
      return "stopping";
    case PipelineState::kFinished:
      return "finished";
    case PipelineState::kStopped:
      return "stopped";
    case PipelineState::kFailed:
      return "failed";
  }
  return "";
}

bool is_active(PipelineState state) {
  return state != PipelineState::kReady && state != PipelineState::kFinished &&
         state != PipelineState::kStopped && state != PipelineState::kFailed;
}

struct Host::Content {
  explicit Content(HostOptions given) : options(std::move(given)) {
    if (!options.question_program.empty()) {
      room = std::make_unique<questions::QuestionRoom>(options.question_program);
    }
  }

  app::Limits share_of(const HostedPipeline& self) {
    std::vector<app::Limits> asked;
    std::size_t place = 0;
    const std::lock_guard lock(mutex);
    for (const auto& pipeline : pipelines) {
      if (pipeline.get() == &self) place = asked.size();
      asked.push_back(pipeline->asked());
    }
    if (asked.size() < 2) return asked[place];
    return app::divide(all_limits(), asked)[place];
  }

  /// What there is for all; mutex is held.
  const app::Limits& all_limits() {
    if (all.threads > 0) return all;
    all = {options.memory_bytes, options.threads};
    if (all.memory_bytes > 0 && all.threads > 0) return all;
    auto machine = app::machine_limits();
    if (!machine) {
      log_warn("what the machine has is not known: " + machine.error().message());
      machine = app::Limits{std::int64_t{1} << 30, 1};
    }
    if (all.memory_bytes == 0) all.memory_bytes = machine->memory_bytes;
    if (all.threads == 0) all.threads = machine->threads;
    return all;
  }

  const HostOptions options;
  std::unique_ptr<questions::QuestionRoom> room;  // null: no questions are answered
  std::mutex mutex;                               // guards all below
  app::Limits all;                                // threads 0: not known yet
  std::vector<std::unique_ptr<app::Hosted>> pipelines;
};

Host::Host(HostOptions options) : content_(std::make_unique<Content>(std::move(options))) {}

Host::~Host() {
  stop();
  wait();
}

std::vector<Result<HostedPipeline*>> Host::add(std::vector<Pipeline> pipelines) {
  const std::lock_guard lock(content_->mutex);
  std::vector<Identity> there;
  for (const auto& pipeline : content_->pipelines) {
    there.push_back({pipeline->path(), pipeline->name(), pipeline->checkpoint()});
  }
  std::vector<Identity> fresh;
  for (const Pipeline& pipeline : pipelines) fresh.push_back(identity_of(pipeline));
  std::vector<Result<HostedPipeline*>> results;
  for (std::size_t i = 0; i < pipelines.size(); ++i) {
    std::string problem;
    for (const Identity& other : there) {
      if (problem.empty()) problem = conflict(other, fresh[i]);
    }
    for (std::size_t j = 0; j < fresh.size(); ++j) {
      if (problem.empty() && j != i)
        problem = conflict(fresh[std::min(i, j)], fresh[std::max(i, j)]);
    }
    if (!problem.empty()) {
      results.emplace_back(user_error(problem));
      continue;
    }
    content_->pipelines.push_back(std::make_unique<app::Hosted>(
        std::move(pipelines[i]), content_->options,
        [content = content_.get()](const HostedPipeline& self) { return content->share_of(self); },
        content_->room.get()));
    results.emplace_back(content_->pipelines.back().get());
  }
  std::vector<app::Limits> asked;
  for (const auto& pipeline : content_->pipelines) asked.push_back(pipeline->asked());
  if (asked.size() > 1) {
    const std::string warning = app::overcommitment(content_->all_limits(), asked);
    if (!warning.empty()) log_warn(warning);
  }
  return results;
}

Result<HostedPipeline*> Host::add(Pipeline pipeline) {
  return at_border("add the pipeline", [&]() -> Result<HostedPipeline*> {
    std::vector<Pipeline> one;
    one.push_back(std::move(pipeline));
    return std::move(add(std::move(one)).front());
  });
}

std::vector<HostedPipeline*> Host::pipelines() const {
  const std::lock_guard lock(content_->mutex);
  std::vector<HostedPipeline*> all;
  for (const auto& pipeline : content_->pipelines) all.push_back(pipeline.get());
  return all;
}

HostedPipeline* Host::find(std::string_view name) const {
  const std::vector<HostedPipeline*> all = pipelines();
  const auto found = std::ranges::find(all, name, &HostedPipeline::name);
  return found == all.end() ? nullptr : *found;
}

void Host::stop() {
  for (HostedPipeline* pipeline : pipelines()) static_cast<void>(pipeline->stop());
}

void Host::wait() {
  // One may be started while another is waited for.
  const auto active = [](const HostedPipeline* pipeline) {
    return is_active(pipeline->snapshot().state);
  };
  do {
    for (HostedPipeline* pipeline : pipelines()) pipeline->wait();
  } while (std::ranges::any_of(pipelines(), active));
}

}  // namespace sluice
