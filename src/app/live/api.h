#pragma once

#include <functional>

#include "app/live/feed.h"
#include "app/live/live_metrics.h"
#include "http/routes.h"
#include "sluice/host.h"

namespace sluice::app {

/// Adds what /healthz, /status, /metrics, /events and /api answer (docs/reference/live.md) to
/// `routes`. All outlive the server.
void add_api(http::Routes& routes, Host& host, Feed& feed,
             std::function<ServerCounts()> server_counts);

}  // namespace sluice::app
