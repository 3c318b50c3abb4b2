#pragma once

#include "http/routes.h"
#include "sluice/host.h"

namespace sluice::app {

/// Adds what /api/pipelines/{pipeline}/relations and /sql answer. `host` outlives the server.
void add_sql_api(http::Routes& routes, Host& host);

}  // namespace sluice::app
