// What the two processes of a question say to each other: see sandbox.h.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/json.h"
#include "questions/sandbox.h"

namespace sluice::questions {
namespace {

template <class Number>
void add_number(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// The error that a message is, if it is one.
Status error_in(const OrderedJson& message) {
  if (!message.is_object()) return internal_error("a question's process gives no answer");
  const auto found = message.find("error");
  if (found == message.end() || !found->is_string()) return {};
  const bool is_user = message.value("user", true);
  return Error(is_user ? Kind::kUser : Kind::kInternal, found->get<std::string>());
}

}  // namespace

std::string request_text(const SandboxRequest& request) {
  OrderedJson json;
  json["sql"] = request.sql;
  json["rows_max"] = request.rows_max;
  json["form"] = static_cast<int>(request.form);
  json["time_zone"] = request.time_zone;
  json["relations"] = OrderedJson::array();
  for (const engine::WatchedRelation& relation : request.relations) {
    OrderedJson columns = OrderedJson::array();
    for (const data::Field& field : relation.schema.fields()) {
      columns.push_back({field.name, field.type.to_string()});
    }
    json["relations"].push_back({{"name", relation.name}, {"columns", std::move(columns)}});
  }
  return dump_json(json);
}

Result<std::vector<RelationWish>> wish_in(const std::string& message) {
  const OrderedJson json = parse_ordered_json(message);
  SLUICE_TRY(error_in(json));
  std::vector<RelationWish> wish;
  for (const OrderedJson& one : json.value("reads", OrderedJson::array())) {
    RelationWish& relation = wish.emplace_back();
    relation.name = one.value("name", "");
    for (const OrderedJson& column : one.value("columns", OrderedJson::array())) {
      relation.columns.push_back(column.get<std::size_t>());
    }
  }
  return wish;
}

std::vector<std::string_view> copies_parts(const std::vector<PackedRows>& copies,
                                           std::vector<std::string>& heads) {
  heads.clear();
  std::size_t count = copies.size();
  for (const PackedRows& relation : copies) count += relation.chunks.size();
  heads.reserve(count);  // so that none moves
  std::vector<std::string_view> parts;
  for (const PackedRows& relation : copies) {
    std::string& head = heads.emplace_back();
    add_number(head, static_cast<std::uint64_t>(relation.chunks.size()));
    parts.emplace_back(head);
    for (const PackedRows::Chunk& chunk : relation.chunks) {
      std::string& size = heads.emplace_back();
      add_number(size, std::uint64_t{chunk.rows});
      add_number(size, static_cast<std::uint64_t>(chunk.bytes.size()));
      parts.emplace_back(size);
      parts.emplace_back(chunk.bytes);
    }
  }
  return parts;
}

Result<std::string> answer_in(std::string message) {
  // An answer may be large; its first letters say whether it is one.
  if (!message.starts_with("{\"columns\":") || !message.ends_with('}')) {
    SLUICE_TRY(error_in(parse_ordered_json(message)));
    return internal_error("a question's process gives no answer");
  }
  message.pop_back();
  message.erase(0, 1);
  return message;
}

PlacedMessage placed(const std::string& message) {
  PlacedMessage found{.message = message};
  const char* at = message.data();
  const char* const end = at + message.size();
  int line = 0;
  int column = 0;
  const auto after_line = std::from_chars(at, end, line);
  if (after_line.ec != std::errc() || after_line.ptr == end || *after_line.ptr != ':') return found;
  const auto after_column = std::from_chars(after_line.ptr + 1, end, column);
  if (after_column.ec != std::errc() ||
      !std::string_view(after_column.ptr, end).starts_with(": ")) {
    return found;
  }
  found.message.assign(after_column.ptr + 2, end);
  found.line = line;
  found.column = column;
  return found;
}

}  // namespace sluice::questions
