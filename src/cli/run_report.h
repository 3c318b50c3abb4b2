#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "sluice/pipeline.h"
#include "sluice/progress.h"

namespace sluice::cli {

enum class ProgressStyle : unsigned char {
  kLine,  ///< one live line on the terminal
  kLog,   ///< one INFO line a batch
  kJson,  ///< one JSON object a batch
  kNone,
};

/// Shows a run to people and scripts while it goes. Everything goes to standard error, so that
/// standard output holds nothing but what the console sink writes.
class RunReport : public RunListener {
 public:
  /// The stop signal has come.
  virtual void on_stopping() = 0;
  /// Takes away what is live, so that other text may follow.
  virtual void close() = 0;
};

std::unique_ptr<RunReport> make_run_report(ProgressStyle style, const std::string& pipeline);

}  // namespace sluice::cli
