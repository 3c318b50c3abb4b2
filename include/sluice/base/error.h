#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// What the caller does about a failure; the kind decides, never the text of the message.
enum class Kind : unsigned char {
  kUser,            ///< The input is wrong: stop, show where and how to fix it, exit code 2.
  kData,            ///< This row is wrong: it goes to the dead letter. Never leaves a batch.
  kTransient,       ///< May pass: retry a bounded number of times with back-off.
  kConflict,        ///< Someone else committed: re-read, then rebase or stop.
  kUnknownOutcome,  ///< It may have happened: look before retrying, delete nothing.
  kCorruption,      ///< What is stored contradicts itself: stop, touch nothing.
  kCancelled,       ///< The user asked to stop.
  kInternal,        ///< A bug of ours, or a library's answer that nobody expected.
};

/// The kind's name as it is in logs: "user", "transient", ...
std::string_view kind_name(Kind kind);

/// A failure: its kind and a message that reads from the outside in, each layer adding its context
/// in front ("sink bronze: stage: open file ..."). Lower case, what failed, then key=value, then
/// how to fix it. A code such as E_FENCED is at the front of the part that explains it and is
/// what docs/reference/errors.md lists. Cheap to move, one allocation to make.
class [[nodiscard]] Error {
 public:
  Error(Kind kind, std::string message)
      : rep_(std::make_unique<Rep>(Rep{kind, std::move(message)})) {}

  Kind kind() const { return rep_->kind; }
  const std::string& message() const { return rep_->message; }

  /// Adds "context: " in front of the message.
  Error with(std::string_view context) && {
    rep_->message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }

  Error clone() const { return {rep_->kind, rep_->message}; }

 private:
  struct Rep {
    Kind kind;
    std::string message;
  };
  std::unique_ptr<Rep> rep_;
};

inline Error user_error(std::string message) { return {Kind::kUser, std::move(message)}; }
inline Error transient_error(std::string message) { return {Kind::kTransient, std::move(message)}; }
inline Error corruption_error(std::string message) {
  return {Kind::kCorruption, std::move(message)};
}
inline Error internal_error(std::string message) { return {Kind::kInternal, std::move(message)}; }

}  // namespace sluice
