#include "app/live/pipeline_handler.h"

#include <string>
#include <vector>

#include "base/nearest.h"

namespace sluice::app {

HostedPipeline* pipeline_of(Host& host, const http::Request& request) {
  return host.find(request.parameter("pipeline"));
}

http::Response no_such_pipeline(const Host& host, const http::Request& request) {
  std::vector<std::string> names;
  for (const HostedPipeline* pipeline : host.pipelines()) names.push_back(pipeline->name());
  const std::string name(request.parameter("pipeline"));
  return http::error_response(404,
                              "there is no pipeline '" + name + "'" + did_you_mean(name, names));
}

}  // namespace sluice::app
