#pragma once

#include <string>
#include <string_view>

namespace sluice::sql {

/// What to write instead of a function that other engines have and this one lacks: "write
/// window(ts, ...)". "": nothing is known of it. `name` in lower case.
std::string_view function_advice(std::string_view name);

/// What to write instead, where `sql` does not parse because of syntax that other engines have; ""
/// when nothing is known. `message` is DuckDB's, and names the word it stops at.
std::string syntax_advice(std::string_view sql, std::string_view message);

}  // namespace sluice::sql
