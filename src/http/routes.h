#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/static_file.h"
#include "http/target.h"
#include "sluice/base/result.h"

namespace sluice::http {

class Broadcast;

/// On which thread a handler runs.
enum class Pace : unsigned char {
  kQuick,  ///< the io thread: it waits for nobody, and takes a millisecond or a few
  kLong,   ///< one of a few threads; when all are busy and enough wait, the answer is 503
};

/// Whether a path asks for the token, where the server has one.
enum class Access : unsigned char { kToken, kOpen };

/// Answers one request. What it throws, or gives as an error, becomes an error's JSON.
using Handler = std::function<Result<Response>(const Request&)>;

struct Route {
  std::string method;  ///< "GET" answers HEAD, too
  std::vector<std::string> segments;
  Handler handler;
  Broadcast* broadcast = nullptr;  ///< instead of the handler: the events of this one
  Pace pace = Pace::kQuick;
  Access access = Access::kToken;
};

/// Which handler answers which path. Made before the server starts, and unchanged from then on.
class Routes {
 public:
  /// `pattern`: "/api/pipelines/{pipeline}/start"; a part in braces takes any text that is not
  /// empty. Of two routes that both take a path, the one that was added first answers.
  void add(std::string_view method, std::string_view pattern, Handler handler,
           Pace pace = Pace::kQuick, Access access = Access::kToken);
  /// GET gives a stream of events. `broadcast` outlives the server.
  void add_stream(std::string_view pattern, Broadcast& broadcast, Access access = Access::kToken);
  /// GET gives the bytes, which outlive the server; no token is asked for.
  void add_files(std::span<const StaticFile> files);

  struct Found {
    const Route* route = nullptr;      ///< null: no such path, or not with this method
    const StaticFile* file = nullptr;  ///< instead of a route
    Pairs parameters{};
    std::vector<std::string> methods{};  ///< those that the path has; empty: there is no such path
  };
  /// `method`: as it came; HEAD finds what GET finds.
  Found find(std::string_view method, const Target& target) const;

 private:
  std::vector<Route> routes_;
  std::vector<StaticFile> files_;
};

}  // namespace sluice::http
