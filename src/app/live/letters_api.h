#pragma once

#include "http/routes.h"
#include "sluice/host.h"

namespace sluice::app {

/// Adds what /api/pipelines/{pipeline}/dead-letters answers. `host` outlives the server.
void add_letters_api(http::Routes& routes, Host& host);

}  // namespace sluice::app
