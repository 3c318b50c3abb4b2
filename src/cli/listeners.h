#pragma once

#include <vector>

#include "sluice/host.h"

namespace sluice::cli {

/// Calls several listeners, in their order.
class Listeners final : public HostListener {
 public:
  /// Not owned, and none is null.
  explicit Listeners(std::vector<HostListener*> all) : all_(std::move(all)) {}

  void on_state(const std::string& pipeline, PipelineState state, const Error* error) override {
    for (HostListener* one : all_) one->on_state(pipeline, state, error);
  }
  void on_start(const std::string& pipeline, std::int64_t next_batch, int redone) override {
    for (HostListener* one : all_) one->on_start(pipeline, next_batch, redone);
  }
  void on_batch(const std::string& pipeline, const BatchProgress& progress) override {
    for (HostListener* one : all_) one->on_batch(pipeline, progress);
  }
  void on_retry(const std::string& pipeline, const std::string& what, int attempt,
                std::int64_t pause_ms) override {
    for (HostListener* one : all_) one->on_retry(pipeline, what, attempt, pause_ms);
  }
  bool wants_row_counts(const std::string& pipeline) override {
    bool any = false;
    for (HostListener* one : all_) any = one->wants_row_counts(pipeline) || any;
    return any;
  }

 private:
  std::vector<HostListener*> all_;
};

}  // namespace sluice::cli
