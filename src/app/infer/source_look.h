#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "app/composition/scratch_folder.h"
#include "app/infer/inference.h"
#include "app/transfer/address_kind.h"
#include "data/record_batch.h"
#include "io/file_system.h"
#include "sluice/base/result.h"
#include "sluice/infer.h"

namespace sluice::app {

/// Looks at a source by its own connector, and finds out what its records are. One thread, once.
class SourceLook {
 public:
  /// `request` outlives it.
  SourceLook(const InferRequest& request, std::stop_token stop);

  Result<Inference> take();

 private:
  /// The beginning of what there is, of one file.
  struct Head {
    std::string text;  ///< records, a line each
    std::int64_t records = 0;
    std::int64_t objects = 0;  ///< that are JSON objects
    std::int64_t lists = 0;    ///< of JSON objects
    std::int64_t utf8 = 0;
    std::int64_t absent = 0;    ///< without a value
    std::int64_t numbered = 0;  ///< that begin as those of a schema registry
    std::string first;
    std::string file;  ///< that they are of; "": of none
  };
  /// Gets a record, and whether it is there.
  using Use = std::function<void(std::string_view record, bool is_there)>;

  Result<AddressKind> find_kind();
  Status begin(const AddressKind& kind);
  Result<Head> head(const std::string& yaml);
  Status read_records(const std::string& yaml, const Use& use);

  Status csv(const Head& head);
  Status json(bool lists);
  Status text_file();
  Status topic();
  Status typed();
  Status add_typed(const std::string& yaml);

  /// Columns that do not decode as what they look like become texts; counts what still does not
  /// decode. `is_sound` is false for records whose other columns would not decode either.
  Status verify(const std::function<bool(std::string_view)>& is_sound);
  Result<bool> decode(const std::function<bool(std::string_view)>& is_sound);
  /// Puts the options that the user gives in the place of those that were found.
  Status put_in_given();
  std::optional<char> given_delimiter() const;
  Error nothing(const std::string& why) const;

  const InferRequest& request_;
  const std::stop_token stop_;
  ScratchFolder scratch_;
  std::unique_ptr<io::FileSystem> files_;
  connector::Address address_;
  std::string shown_;                ///< the address, for messages
  std::string path_;                 ///< "": it is none
  connector::AddressOptions given_;  ///< by --from-option
  std::int64_t not_utf8_ = 0;
  Inference found_;
};

}  // namespace sluice::app
