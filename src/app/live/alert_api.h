#pragma once

#include "http/routes.h"
#include "sluice/host.h"

namespace sluice::app {

/// Adds what may be asked of alerts: to silence them. `host` outlives the routes.
void add_alert_api(http::Routes& routes, Host& host);

}  // namespace sluice::app
