#pragma once

#include <utility>

#include "http/routes.h"
#include "sluice/host.h"

namespace sluice::app {

/// The pipeline that the path names; null: there is none.
HostedPipeline* pipeline_of(Host& host, const http::Request& request);

/// 404, with the nearest name.
http::Response no_such_pipeline(const Host& host, const http::Request& request);

/// A handler of one pipeline.
template <class Handle>
http::Handler of_pipeline(Host& host, Handle handle) {
  return
      [&host, handle = std::move(handle)](const http::Request& request) -> Result<http::Response> {
        HostedPipeline* const pipeline = pipeline_of(host, request);
        if (pipeline == nullptr) return no_such_pipeline(host, request);
        return handle(*pipeline, request);
      };
}

}  // namespace sluice::app
