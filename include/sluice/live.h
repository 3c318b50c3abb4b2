#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/base/secret.h"
#include "sluice/host.h"

namespace sluice {

struct LiveOptions {
  /// "127.0.0.1:8484", "8484" (of the loopback), "[::1]:0" (a port that is free).
  std::string address = "127.0.0.1:8484";
  /// When the port is taken, the next one that is free.
  bool next_free_port = true;
  /// What clients must know, 16 characters at least; any other address than the loopback needs it.
  Secret token{};
  /// PEM files for TLS; both or none.
  std::string certificate;
  std::string key;
  /// Another address than the loopback may be served without TLS.
  bool plain = false;
  /// Names, besides the address, by which clients may call it.
  std::vector<std::string> allowed_hosts{};
  /// Where in a pipeline file the address is: "pipeline.yaml:3:9". Messages begin with it and name
  /// keys of `ui`; "": they name options of the command line.
  std::string place{};
  /// The pipelines only look at tables: the page shows their charts alone.
  bool is_dashboard = false;
};

/// Whether the page may be served so, without trying the address: kUser, with what to change.
Status check_page(const LiveOptions& options);

/// The live page of a host's pipelines, their metrics and a REST API to control them, over HTTP
/// (docs/reference/live.md). It has threads of its own and holds no pipeline up.
///
///   sluice::LiveServer live({.address = "127.0.0.1:0"});
///   sluice::Host host({.listener = &live.listener()});
///   ... host.add(...)
///   if (auto begun = live.start(host); !begun) return fail(begun.error());
///   std::cerr << live.url();
///   host.wait();
///   live.stop();
class LiveServer {
 public:
  explicit LiveServer(LiveOptions options);
  /// As stop().
  ~LiveServer();
  LiveServer(const LiveServer&) = delete;
  LiveServer& operator=(const LiveServer&) = delete;

  /// By it the server learns what the pipelines do: the host's listener, or called by that one for
  /// all that it hears. It outlives the host.
  HostListener& listener();

  /// Listens and serves. `host` is there until stop() has returned. kUser, with what to change: the
  /// address cannot be had, or is not safe to serve as it is; a file of TLS cannot be used.
  Status start(Host& host);
  /// "http://127.0.0.1:8484"; "" before start().
  std::string url() const;
  /// Ends streams and waits for requests that run. Any thread may call.
  void stop();

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

/// The page of `sluice dev`: what was shown last (DevResult), and each later one as it comes. It
/// has a thread of its own and waits for no client.
class DevServer {
 public:
  explicit DevServer(LiveOptions options);
  /// Ends streams.
  ~DevServer();
  DevServer(const DevServer&) = delete;
  DevServer& operator=(const DevServer&) = delete;

  /// As LiveServer::start().
  Status start();
  /// "http://127.0.0.1:8484"; "" before start().
  std::string url() const;
  /// `json`: of dev_json().
  void show(std::string json);

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

/// The charts of pipelines as they are at this moment, microseconds since 1970: one HTML file that
/// draws them as the page does, needs no server and asks nobody for anything. With `tab` only those
/// of that tab. kUser: there are no charts, or there is no such tab.
Result<std::string> saved_page(const std::vector<const HostedPipeline*>& pipelines,
                               const std::string& tab, std::int64_t now_us);

/// Of the charts that saved_page() draws, those that have an error instead of rows: "chart
/// 'by_shop': its query has failed: ...".
std::vector<std::string> failed_charts(const std::vector<const HostedPipeline*>& pipelines,
                                       const std::string& tab);

/// The OpenAPI description of what LiveServer serves, as JSON.
std::string open_api();

}  // namespace sluice
