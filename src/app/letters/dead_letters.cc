#include "sluice/dead_letters.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "app/composition/stores.h"
#include "app/letters/letter_index.h"
#include "app/letters/letter_query.h"
#include "app/letters/replay_request.h"
#include "app/letters/shard_letters.h"
#include "app/pipeline/pipeline_content.h"
#include "base/border.h"
#include "base/clock.h"
#include "base/random.h"
#include "io/spool.h"

namespace sluice {

namespace {

/// No SQL has one, nor has any name, reason or id.
Status check_text(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (text.find('\0') != std::string::npos) {
      return user_error("a text that letters are looked for by may not have a NUL (\\u0000)");
    }
  }
  return {};
}

Status check_text(const DeadLetterFilter& filter) {
  return check_text(std::vector<std::string>{filter.source, filter.reason, filter.contains});
}

}  // namespace

class DeadLetters::Content {
 public:
  explicit Content(const config::PipelineFile& file)
      : pipeline_(file.name), checkpoint_(file.checkpoint) {}

  Status open(const config::PipelineFile& file) {
    SLUICE_TRY(scratch_.make());
    SLUICE_ASSIGN(files_, app::make_file_system(file));
    spool_ = std::make_unique<io::Spool>(*files_, scratch_.path() + "/spool");
    context_ = std::make_unique<connector::Context>(
        connector::Context{pipeline_, "dead letters", clock_, random_, *files_, spool_.get()});
    SLUICE_ASSIGN(auto places, app::letter_places(file, registry_, *files_));
    index_ =
        std::make_unique<app::LetterIndex>(std::move(places), registry_, *context_, checkpoint_);
    return {};
  }

  std::vector<std::string> elsewhere() const {
    std::vector<std::string> words;
    for (const app::LetterPlace& place : index_->places()) {
      if (place.kind == app::LetterPlace::Kind::kElsewhere) words.push_back(elsewhere_text(place));
    }
    return words;
  }

  /// Runs `work` on an index that is up to date.
  template <class Work>
  auto with_index(const std::stop_token& stop, Work work)
      -> decltype(work(std::declval<app::LetterIndex&>())) {
    const std::lock_guard lock(mutex_);
    SLUICE_TRY(index_->open());
    const std::stop_callback interrupt(stop, [this] { index_->session().interrupt(); });
    SLUICE_TRY(index_->refresh(stop));
    return work(*index_);
  }

  Status check_source(const std::string& source) const {
    if (source.empty()) return {};
    std::string names;
    for (const app::LetterPlace& place : index_->places()) {
      if (place.source == source) {
        if (place.kind != app::LetterPlace::Kind::kElsewhere) return {};
        return user_error("E_DEAD_LETTER_ELSEWHERE: " + elsewhere_text(place));
      }
      names += (names.empty() ? "" : ", ") + place.source;
    }
    return user_error("there is no source '" + source + "'; there are: " + names);
  }

  Result<ReplayAnswer> replay(app::LetterIndex& index, const std::string& chosen, bool again) {
    return app::request_replay(index, {checkpoint_, chosen, again}, *files_, random_, clock_.now());
  }

  Result<CancelAnswer> cancel(const std::vector<std::string>& ids, const std::stop_token& stop) {
    const std::lock_guard lock(mutex_);
    SLUICE_TRY(index_->open());
    const std::stop_callback interrupt(stop, [this] { index_->session().interrupt(); });
    return app::cancel_replay(*index_, checkpoint_, ids, *files_, random_, clock_.now());
  }

 private:
  static std::string elsewhere_text(const app::LetterPlace& place) {
    return "the dead letters of source " + place.source + " go to " + place.words +
           ", which is not read back here: look there";
  }

  const std::string pipeline_;
  const std::string checkpoint_;
  const SystemClock clock_;
  SystemRandom random_;
  const connector::Registry registry_ = app::all_connectors();
  app::ScratchFolder scratch_;
  std::unique_ptr<io::FileSystem> files_;
  std::unique_ptr<io::Spool> spool_;
  std::unique_ptr<connector::Context> context_;
  std::mutex mutex_;  // guards what the index holds
  std::unique_ptr<app::LetterIndex> index_;
};

DeadLetters::DeadLetters(std::unique_ptr<Content> content) : content_(std::move(content)) {}
DeadLetters::~DeadLetters() = default;

Result<std::unique_ptr<DeadLetters>> DeadLetters::open(const Pipeline& pipeline) {
  return at_border("open the dead letters", [&]() -> Result<std::unique_ptr<DeadLetters>> {
    const config::PipelineFile& file = pipeline.content().file;
    SLUICE_TRY(app::check_shard_is_named(file));
    auto content = std::make_unique<Content>(file);
    SLUICE_TRY(content->open(file));
    return std::unique_ptr<DeadLetters>(new DeadLetters(std::move(content)));
  });
}

std::vector<std::string> DeadLetters::elsewhere() const { return content_->elsewhere(); }

Result<DeadLetterPage> DeadLetters::list(const DeadLetterFilter& filter, std::int64_t from,
                                         std::int64_t limit, std::size_t bytes_max,
                                         const std::stop_token& stop) {
  return at_border("list the dead letters", [&]() -> Result<DeadLetterPage> {
    SLUICE_TRY(check_text(filter));
    SLUICE_TRY(content_->check_source(filter.source));
    return content_->with_index(stop, [&](app::LetterIndex& index) {
      return app::letter_page(index, filter, {from, limit, bytes_max}, stop);
    });
  });
}

Result<DeadLetter> DeadLetters::find(const std::string& id, const std::stop_token& stop) {
  return at_border("find a dead letter", [&]() -> Result<DeadLetter> {
    SLUICE_TRY(check_text(std::vector<std::string>{id}));
    return content_->with_index(
        stop, [&](app::LetterIndex& index) { return app::find_letter(index, id); });
  });
}

Result<ReplayAnswer> DeadLetters::replay(const std::vector<std::string>& ids, bool again,
                                         const std::stop_token& stop) {
  return at_border("replay dead letters", [&]() -> Result<ReplayAnswer> {
    SLUICE_TRY(check_text(ids));
    return content_->with_index(stop, [&](app::LetterIndex& index) -> Result<ReplayAnswer> {
      SLUICE_ASSIGN(const std::string chosen, app::choose_letters(index, ids));
      return content_->replay(index, chosen, again);
    });
  });
}

Result<ReplayAnswer> DeadLetters::replay(const DeadLetterFilter& filter, bool again,
                                         const std::stop_token& stop) {
  return at_border("replay dead letters", [&]() -> Result<ReplayAnswer> {
    SLUICE_TRY(check_text(filter));
    SLUICE_TRY(content_->check_source(filter.source));
    return content_->with_index(stop, [&](app::LetterIndex& index) -> Result<ReplayAnswer> {
      SLUICE_ASSIGN(const std::string chosen, app::choose_letters(index, filter, stop));
      return content_->replay(index, chosen, again);
    });
  });
}

Result<CancelAnswer> DeadLetters::cancel(const std::vector<std::string>& ids,
                                         const std::stop_token& stop) {
  return at_border("take dead letters back", [&]() -> Result<CancelAnswer> {
    SLUICE_TRY(check_text(ids));
    return content_->cancel(ids, stop);
  });
}

}  // namespace sluice
