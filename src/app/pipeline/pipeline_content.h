#pragma once

#include <map>
#include <memory>
#include <string>

#include "app/composition/runnable.h"
#include "config/pipeline_file.h"
#include "sluice/pipeline.h"

namespace sluice {

struct Pipeline::Content {
  std::string path;
  std::map<std::string, std::string> variables;
  config::PipelineFile file;
  std::unique_ptr<app::Runnable> parts;  ///< to describe and check it; never run
};

}  // namespace sluice
