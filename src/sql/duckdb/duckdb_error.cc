#include "sql/duckdb/duckdb_error.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/border.h"
#include "base/system_kind.h"

namespace sluice::sql {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// An I/O error is the machine's (full disk, too many open files) unless it is a path of the
/// user's.
Kind io_kind(std::string_view message) {
  if (contains(message, "Conflicting lock") || contains(message, "Could not set lock")) {
    return Kind::kUser;
  }
  if (contains(message, "not a valid DuckDB database") ||
      contains(message, "Trying to read a database") || contains(message, "Corrupt") ||
      contains(message, "checksum")) {
    return Kind::kCorruption;
  }
  if (contains(message, "Cannot open database") || lasting_errno_in(message) != 0) {
    return Kind::kUser;
  }
  return Kind::kTransient;
}

/// DuckDB's internal errors come with its stack, and ask people to report them to DuckDB.
std::string without_stack(const std::string& message) {
  std::size_t end = message.size();
  for (const char* mark :
       {"\nStack Trace:", "\n\nStack Trace", "\nThis error signals an assertion"}) {
    end = std::min(end, message.find(mark));
  }
  std::string text = message.substr(0, end);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// What is spilled counts as memory, too.
bool is_full_disk(std::string_view message) { return contains(message, "max_temp_directory_size"); }

/// With ways out that a pipeline has, in the place of DuckDB's settings. The same rows would need
/// the same memory again, so that another try is of no use.
std::string in_our_words(const std::string& message) {
  const std::string what = message.substr(0, message.find('\n'));
  if (is_full_disk(message)) {
    return "E_SPILL_FULL: SQL has no space left in the checkpoint's folder for what does not fit "
           "into memory (" +
           what + "); free some space, or give SQL more memory (engine: {memory_limit: ...})";
  }
  return "E_OUT_OF_MEMORY: SQL needs more memory than it may use, even with everything on disk "
         "that can be there (" +
         what +
         "); give SQL more (engine: {memory_limit: ...}), let a batch take fewer rows "
         "(max_records_per_trigger), use fewer threads (engine: {threads: 1}), or keep less per "
         "key than list, string_agg and the like do";
}

Kind kind_of(duckdb_error_type type, std::string_view message) {
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_UNKNOWN_TYPE:
    case DUCKDB_ERROR_DECIMAL:
    case DUCKDB_ERROR_MISMATCH_TYPE:
    case DUCKDB_ERROR_DIVIDE_BY_ZERO:
    case DUCKDB_ERROR_OBJECT_SIZE:
    case DUCKDB_ERROR_INVALID_TYPE:
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
    case DUCKDB_ERROR_EXPRESSION:
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_CONSTRAINT:
    case DUCKDB_ERROR_INVALID_INPUT:
    case DUCKDB_ERROR_PERMISSION:
    case DUCKDB_ERROR_PARAMETER_NOT_RESOLVED:
    case DUCKDB_ERROR_PARAMETER_NOT_ALLOWED:
    case DUCKDB_ERROR_DEPENDENCY:
    case DUCKDB_ERROR_MISSING_EXTENSION:
    case DUCKDB_ERROR_AUTOLOAD:
    case DUCKDB_ERROR_SETTINGS:
    case DUCKDB_INVALID_CONFIGURATION:
      return Kind::kUser;
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return is_full_disk(message) ? Kind::kTransient : Kind::kUser;
    case DUCKDB_ERROR_IO:
      return io_kind(message);
    case DUCKDB_ERROR_SERIALIZATION:
      return Kind::kCorruption;
    case DUCKDB_ERROR_INTERRUPT:
      return Kind::kCancelled;
    default:
      return Kind::kInternal;
  }
}

constexpr std::array<std::pair<std::string_view, duckdb_error_type>, 23> kPrefixes = {{
    {"Parser Error: ", DUCKDB_ERROR_PARSER},
    {"Syntax Error: ", DUCKDB_ERROR_SYNTAX},
    {"Binder Error: ", DUCKDB_ERROR_BINDER},
    {"Catalog Error: ", DUCKDB_ERROR_CATALOG},
    {"Conversion Error: ", DUCKDB_ERROR_CONVERSION},
    {"Out of Range Error: ", DUCKDB_ERROR_OUT_OF_RANGE},
    {"Invalid Input Error: ", DUCKDB_ERROR_INVALID_INPUT},
    {"Not implemented Error: ", DUCKDB_ERROR_NOT_IMPLEMENTED},
    {"Constraint Error: ", DUCKDB_ERROR_CONSTRAINT},
    {"IO Error: ", DUCKDB_ERROR_IO},
    {"Out of Memory Error: ", DUCKDB_ERROR_OUT_OF_MEMORY},
    {"INTERRUPT Error: ", DUCKDB_ERROR_INTERRUPT},
    {"Serialization Error: ", DUCKDB_ERROR_SERIALIZATION},
    {"TransactionContext Error: ", DUCKDB_ERROR_TRANSACTION},
    {"Mismatch Type Error: ", DUCKDB_ERROR_MISMATCH_TYPE},
    {"Permission Error: ", DUCKDB_ERROR_PERMISSION},
    {"FATAL Error: ", DUCKDB_ERROR_FATAL},
    {"Decimal Error: ", DUCKDB_ERROR_DECIMAL},
    {"Divide by Zero Error: ", DUCKDB_ERROR_DIVIDE_BY_ZERO},
    {"Invalid type Error: ", DUCKDB_ERROR_INVALID_TYPE},
    {"Expression Error: ", DUCKDB_ERROR_EXPRESSION},
    {"Object Size Error: ", DUCKDB_ERROR_OBJECT_SIZE},
    {"Missing Extension Error: ", DUCKDB_ERROR_MISSING_EXTENSION},
}};

}  // namespace

Error make_error(duckdb_error_type type, const std::string& message) {
  const Kind kind = kind_of(type, message);
  std::string text = without_stack(message);
  for (const auto& [prefix, prefix_type] : kPrefixes) {
    if (prefix_type == type && text.starts_with(prefix)) text.erase(0, prefix.size());
  }
  // What a callback of ours threw (sql/duckdb/callback.h), which DuckDB takes for the user's.
  if (text.starts_with(kExceptionCode)) return internal_error(text);
  return {kind, type == DUCKDB_ERROR_OUT_OF_MEMORY ? in_our_words(text) : text};
}

Error make_error(const std::string& message) {
  for (const auto& [prefix, type] : kPrefixes) {
    if (message.starts_with(prefix)) return make_error(type, message);
  }
  return internal_error(without_stack(message));
}

}  // namespace sluice::sql
