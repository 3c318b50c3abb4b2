#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connector/inbox.h"
#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/files/stdin_reader.h"

namespace sluice::connectors {

struct StdinOptions {
  std::uint64_t record_bytes_max = 64 << 20;
  std::uint64_t buffer_bytes = 256 << 20;  ///< of the inbox
};

/// The lines of standard input, one a record. A pipe gives nothing twice, so a thread writes them
/// into an inbox (connector::Inbox) and batches read those. After a kill the next run goes on with
/// what the inbox holds, then with its own standard input; lost is only what the dead process had
/// taken from the pipe and not yet written: a block, for the time that a write takes.
class StdinSource final : public connector::Source {
 public:
  /// `input` is a file descriptor, open for the source's life and not closed by it.
  StdinSource(StdinOptions options, const connector::Context& context, int input);

  const data::Schema& schema() const override { return connector::inbox_columns(); }
  bool has_payload() const override { return true; }
  Status open(std::stop_token stop) override;
  Status probe(connector::Probe& probe) override {
    probe.skip("nothing to connect to");
    return {};
  }
  Result<data::Offset> initial() override { return inbox_.initial(); }
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override { return {}; }
  Status freeze_now() override;
  connector::Ending ending(const data::Offset& from) const override;
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& offset) override { inbox_.release(offset); }
  Result<connector::Lag> lag(const data::Offset& from) override;
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  const StdinOptions options_;
  const std::string folder_;
  const std::string former_folder_;
  const int input_;
  io::FileSystem& files_;
  connector::Inbox inbox_;
  std::optional<data::Offset> frozen_end_;
  std::optional<StdinReader> reader_;  // from the first latest() on: it says which numbers are next
};

/// The kind `stdin`.
connector::SourceKind stdin_source_kind();

}  // namespace sluice::connectors
