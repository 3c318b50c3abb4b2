#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/base/secret.h"
#include "sluice/question.h"

namespace sluice {

/// Where a running sluice is to be asked, as its LiveServer serves it.
struct RemoteOptions {
  std::string address = "127.0.0.1:8484";  ///< or a URL: "https://host:8484"
  Secret token{};
  std::string ca_file;  ///< of the authority that signed its certificate; "": the system's
};

/// A pipeline of a running sluice, as it says itself.
struct RemotePipeline {
  std::string name;
  std::string state;    ///< "running", "paused" ...
  std::string verdict;  ///< its verdict's state: "ok", "behind" ...
  std::string head;     ///< how it is, in a sentence
  std::string text;     ///< why that is so
  std::string error;    ///< "": none
  std::int64_t batches = 0;
};

enum class RemoteOrder : unsigned char {
  kStart,
  kPause,
  kResume,
  kTrigger,
  kDrain,
  kStop,
  kReload,
};

struct RemoteSilence {
  std::string alert;
  std::string key;       ///< "": all
  std::string duration;  ///< "1h"
};

struct RemoteSavepoint {
  std::int64_t batch = -1;  ///< the last one that is in it; -1: none
  std::string folder;       ///< of backups
  std::int64_t number = 0;  ///< in that folder
  std::uint64_t bytes = 0;
  std::string restore;  ///< the command that restores it
};

/// What a question in SQL got.
struct RemoteAnswer {
  std::string text;           ///< the rows, in the question's form
  bool is_truncated = false;  ///< there are more than were asked for
};

/// Asks a running sluice. One thread at a time. Errors: kUser when it refuses, with its reason, or
/// is no sluice; kTransient when nobody answers.
class Remote {
 public:
  /// kUser: the address is none. Connects to nothing.
  static Result<Remote> make(RemoteOptions options);
  Remote(Remote&&) noexcept;
  Remote& operator=(Remote&&) noexcept;
  ~Remote();

  Result<std::vector<RemotePipeline>> pipelines(const std::stop_token& stop);
  /// The answer of /status as it came.
  Result<std::string> status_json(const std::stop_token& stop);
  /// The charts of a pipeline as one HTML file (saved_page() of include/sluice/live.h), of one tab
  /// unless that is
  /// "". `pipeline` as in order().
  Result<std::string> saved_page(const std::string& pipeline, const std::string& tab,
                                 const std::stop_token& stop);
  /// The state of the pipeline afterwards. Of a process with one pipeline `pipeline` may be "".
  Result<std::string> order(const std::string& pipeline, RemoteOrder order,
                            const std::stop_token& stop);

  /// Nobody is informed of the alert, or of one key of it ("": of all), for so long: "1h"; "0s"
  /// ends that. Until when, microseconds since 1970. `pipeline` as in order().
  Result<std::int64_t> silence(const std::string& pipeline, const RemoteSilence& silence,
                               const std::stop_token& stop);

  /// A copy of the checkpoint in the folder `to`, of the machine on which the pipeline runs or of a
  /// store ("": that of the file's `backup`). `pipeline` as in order().
  Result<RemoteSavepoint> savepoint(const std::string& pipeline, const std::string& to,
                                    const std::stop_token& stop);

  /// Asks SQL of a pipeline, as order() takes it. kTransient: ask again, nothing was wrong with the
  /// question. REQUIRES: its form is a text.
  Result<RemoteAnswer> ask(const std::string& pipeline, const Question& question,
                           const std::stop_token& stop);

 private:
  struct Content;
  explicit Remote(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace sluice
