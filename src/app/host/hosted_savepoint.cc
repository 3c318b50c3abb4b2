#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "app/host/hosted.h"
#include "app/pipeline/pipeline_content.h"
#include "base/border.h"

namespace sluice::app {
namespace {

/// Where an answer comes, and is waited for. Shared by both sides: the one that asks may be gone.
struct Answer {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<Result<engine::Savepoint>> given;  // guarded by mutex

  void give(Result<engine::Savepoint> made) {
    const std::lock_guard lock(mutex);
    given.emplace(std::move(made));
    changed.notify_all();
  }
};

/// What the file says makes clear that there can be none.
Status check_place(const config::PipelineFile& file, io::FileSystem& files, const std::string& to) {
  if (file.checkpoint.empty()) {
    return user_error("pipeline '" + file.name + "' has no checkpoint to make a savepoint of");
  }
  if (!to.empty()) {
    SLUICE_TRY(files.check_path(to));
    if (!files.is_local(to) || to.front() == '/') return {};
    return user_error("'" + to +
                      "' must be a whole path, such as /backups/orders: of the machine on which "
                      "the pipeline runs; or a store's, such as s3://backups/orders");
  }
  if (file.backup) return {};
  return user_error("pipeline '" + file.name +
                    "' has no `backup` in its file; say where the savepoint goes: --to FOLDER");
}

}  // namespace

Result<PipelineSavepoint> Hosted::savepoint(const std::string& to, const std::stop_token& stop) {
  return at_border("make a savepoint", [&]() -> Result<PipelineSavepoint> {
    const std::unique_lock one(savepoint_mutex_, std::try_to_lock);
    if (!one.owns_lock()) {
      return user_error("pipeline '" + name_ +
                        "' makes a savepoint for somebody else; ask again when it is there");
    }
    std::shared_ptr<engine::Control> control;
    bool is_local = true;
    {
      const std::lock_guard lock(mutex_);
      SLUICE_TRY(can_save());
      const Pipeline::Content& content = version_.content();
      SLUICE_TRY(check_place(content.file, *content.parts->files, to));
      is_local = content.parts->files->is_local(
          to.empty() ? content.parts->composition.pipeline.backup->to : to);
      control = control_;
    }
    const auto answer = std::make_shared<Answer>();
    control->save(
        {to, [answer](Result<engine::Savepoint> made) { answer->give(std::move(made)); }});
    std::unique_lock lock(answer->mutex);
    if (!answer->changed.wait(lock, stop, [&] { return answer->given.has_value(); })) {
      return Error(Kind::kCancelled, "nobody waits for the savepoint any more");
    }
    Result<engine::Savepoint> made = *std::exchange(answer->given, std::nullopt);
    if (!made && made.error().kind() == Kind::kCancelled) {
      return user_error("pipeline '" + name_ +
                        "' ended, or took over a new version of its file, before the savepoint was "
                        "there; ask again while it runs");
    }
    if (!made) return std::move(made).error().with("no savepoint, the pipeline goes on");
    PipelineSavepoint found{made->folder, made->number, made->batch, made->bytes};
    found.restore = "sluice checkpoint restore " + made->folder + " FOLDER --backup " +
                    std::to_string(made->number) + (is_local ? "" : " --pipeline " + path());
    return found;
  });
}

Status Hosted::can_save() const {
  if (resting_) {
    return user_error("pipeline '" + name_ +
                      "' makes no savepoint: it waits to start again after an error; ask again "
                      "once it runs, or stop it and copy " +
                      version_.content().file.checkpoint);
  }
  if (!is_active(now_.state)) {
    const std::string& checkpoint = version_.content().file.checkpoint;
    return user_error("pipeline '" + name_ + "' makes no savepoint: it is " +
                      std::string(state_name(now_.state)) + ", and nothing writes its checkpoint" +
                      (checkpoint.empty() ? "" : "; copy " + checkpoint));
  }
  const bool can =
      now_.state != PipelineState::kStopping && now_.state != PipelineState::kReloading;
  return can ? Status() : refusal("make a savepoint");
}

}  // namespace sluice::app
