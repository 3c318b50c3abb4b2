#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/composition/runnable.h"
#include "config/pipeline_file.h"
#include "io/file_system.h"
#include "io/lock_file.h"
#include "sluice/progress.h"

namespace sluice::app {

/// The file's pipeline for a run that reads again what another one has read, on the checkpoint
/// `folder`: its sources know nothing of it, and it has no sinks yet.
Result<std::unique_ptr<Runnable>> once_more(const config::PipelineFile& file,
                                            const std::string& folder);

/// `listener`, or one that does nothing.
RunListener& listener_or_none(RunListener* listener);

/// What sluice::shadow() makes of a pipeline, in the folder `shadow` of its checkpoint.
struct ShadowPlace {
  explicit ShadowPlace(const std::string& checkpoint)
      : database(checkpoint + "/state.db"), folder(checkpoint + "/shadow") {}

  std::string lock() const { return folder + "/lock"; }
  std::string note() const { return folder + "/shadow.json"; }
  /// Of the file of the last start, or as it is now.
  std::string checkpoint(bool now) const { return folder + (now ? "/after" : "/before"); }
  std::string rows(bool now) const { return folder + "/rows" + (now ? "/after" : "/before"); }

  const std::string database;  // of the pipeline
  const std::string folder;
};

/// Of which files and which checkpoint a shadow is, and up to which batch of that one it has read.
class ShadowNote {
 public:
  ShadowNote(const ShadowPlace& place, const config::PipelineFile& before,
             const config::PipelineFile& after, std::int64_t next_batch);

  /// What place.note() has; null: nothing that can be read.
  static std::optional<ShadowNote> read(const ShadowPlace& place);
  Status write(io::FileSystem& files, const ShadowPlace& place) const;

  /// A shadow of `this` can go on to what `now` says.
  bool leads_to(const ShadowNote& now) const {
    return database_ == now.database_ && before_ == now.before_ && after_ == now.after_ &&
           next_batch_ <= now.next_batch_;
  }
  /// Its version as it is now is the file, and its checkpoint is the one there.
  bool is_of(const config::PipelineFile& file, const ShadowPlace& place) const;
  std::int64_t next_batch() const { return next_batch_; }

  /// Whether the version has read a record. A checkpoint that has none is of no use: whether its
  /// sources begin where they should is not known.
  bool has_read(bool now) const { return now ? has_read_after_ : has_read_before_; }
  void set_read(bool now) { (now ? has_read_after_ : has_read_before_) = true; }
  void take_read(const ShadowNote& earlier) {
    has_read_before_ = earlier.has_read_before_;
    has_read_after_ = earlier.has_read_after_;
  }

 private:
  ShadowNote() = default;

  std::string database_;  // what distinguishes the checkpoint's from every other
  std::string before_;    // a hash of the file
  std::string after_;
  std::int64_t next_batch_ = 0;
  bool has_read_before_ = false;
  bool has_read_after_ = false;
};

/// Nobody else works on it as long as this lives: kConflict while somebody does. Makes the folder.
Result<io::LockFile> lock_shadow(const ShadowPlace& place);

}  // namespace sluice::app
