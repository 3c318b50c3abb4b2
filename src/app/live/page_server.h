#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "base/random.h"
#include "http/routes.h"
#include "http/server.h"
#include "sluice/live.h"

namespace sluice::app {

/// The files of the page, and whatever else it asks for, served as LiveOptions say.
class PageServer {
 public:
  explicit PageServer(LiveOptions options) : options_(std::move(options)) {}

  const LiveOptions& options() const { return options_; }
  /// Names this run of the program: ids of events begin with it, and those of another are not gone
  /// on with.
  std::string run_name();

  /// As LiveServer::start. `routes`: all but the page's files; what they name outlives stop().
  Status start(http::Routes routes);
  /// "" unless it serves.
  std::string url() const;
  http::Server::Counts counts() const;
  /// Any thread may call.
  void stop();

 private:
  const LiveOptions options_;
  SystemRandom random_;
  mutable std::mutex mutex_;  // guards what follows
  std::unique_ptr<http::Server> server_;
};

}  // namespace sluice::app
