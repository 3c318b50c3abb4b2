#pragma once

#include <memory>

#include "sluice/host.h"

namespace sluice::cli {

enum class ProgressStyle : unsigned char {
  kLine,  ///< one live line on the terminal
  kLog,   ///< one INFO line a batch
  kJson,  ///< one JSON object a batch
  kNone,
};

/// Shows to people and scripts what pipelines do while they run. Everything goes to standard error,
/// so that standard output holds nothing but what the console sink writes.
class RunReport : public HostListener {
 public:
  /// The stop signal has come.
  virtual void on_stopping() = 0;
  /// Takes away what is live, so that other text may follow.
  virtual void close() = 0;
};

/// `alone`: there is one pipeline, and its end is for the command to tell.
std::unique_ptr<RunReport> make_run_report(ProgressStyle style, bool alone);

}  // namespace sluice::cli
