#include "connectors/cassandra/cql_type.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::connectors::cassandra {
namespace {

using data::TypeId;

struct Native {
  std::string_view name;
  CqlId id;
};

constexpr Native kNatives[] = {{"text", CqlId::kText},         {"ascii", CqlId::kText},
                               {"blob", CqlId::kBlob},         {"boolean", CqlId::kBoolean},
                               {"tinyint", CqlId::kTinyint},   {"smallint", CqlId::kSmallint},
                               {"int", CqlId::kInt},           {"bigint", CqlId::kBigint},
                               {"counter", CqlId::kCounter},   {"varint", CqlId::kVarint},
                               {"decimal", CqlId::kDecimal},   {"float", CqlId::kFloat},
                               {"double", CqlId::kDouble},     {"timestamp", CqlId::kTimestamp},
                               {"date", CqlId::kDate},         {"time", CqlId::kTime},
                               {"duration", CqlId::kDuration}, {"uuid", CqlId::kUuid},
                               {"timeuuid", CqlId::kTimeuuid}, {"inet", CqlId::kInet}};

constexpr Native kNested[] = {{"list", CqlId::kList}, {"set", CqlId::kSet},
                              {"map", CqlId::kMap},   {"tuple", CqlId::kTuple},
                              {"udt", CqlId::kUdt},   {"vector", CqlId::kVector}};

/// As deep as the server lets types be, and more.
constexpr int kDepthMax = 64;

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<CqlType> whole() {
    auto type = parse(0);
    return rest_.empty() ? std::move(type) : std::nullopt;
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string_view word() {
    const std::size_t end =
        std::min(rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), rest_.size());
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }

  std::optional<std::string> quoted() {
    if (!take("\"")) return std::nullopt;
    std::string name;
    while (!rest_.empty()) {
      if (take("\"\"")) {
        name += '"';
      } else if (take("\"")) {
        return name;
      } else {
        name += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    return std::nullopt;
  }

  std::optional<CqlType> parse(int depth) {
    if (depth > kDepthMax) return std::nullopt;
    CqlType type;
    type.name = word();
    if (const auto* native = std::ranges::find(kNatives, type.name, &Native::name);
        native != std::end(kNatives)) {
      type.id = native->id;
      return type;
    }
    const auto* nested = std::ranges::find(kNested, type.name, &Native::name);
    if (nested == std::end(kNested) || !take("<")) return std::nullopt;
    type.id = nested->id;
    do {
      if (type.id == CqlId::kVector && !type.children.empty()) {
        if (!number(type.dimensions)) return std::nullopt;
        continue;
      }
      if (type.id == CqlId::kUdt) {
        auto name = quoted();
        if (!name || !take(" ")) return std::nullopt;
        type.names.push_back(*std::move(name));
      }
      auto child = parse(depth + 1);
      if (!child) return std::nullopt;
      if (type.id == CqlId::kTuple) {
        type.names.push_back("_" + std::to_string(type.children.size() + 1));
      }
      type.children.push_back(*std::move(child));
    } while (take(", "));
    return take(">") ? std::optional(std::move(type)) : std::nullopt;
  }

  bool number(std::uint32_t& value) {
    const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return problem == std::errc();
  }

  std::string_view rest_;
};

data::Type duration_struct() {
  return data::Type::structure(
      {{"months", TypeId::kInteger}, {"days", TypeId::kInteger}, {"nanoseconds", TypeId::kBigint}});
}

bool is_signed_integer(TypeId id) {
  return id == TypeId::kTinyint || id == TypeId::kSmallint || id == TypeId::kInteger ||
         id == TypeId::kBigint || id == TypeId::kHugeint;
}

}  // namespace

Result<CqlType> CqlType::parse(std::string_view text) {
  auto type = Parser(text).whole();
  if (type) return *std::move(type);
  return user_error("the type " + std::string(text) + " is not known");
}

std::string CqlType::to_string() const {
  if (children.empty()) return name;
  std::string text = name + "<";
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (i > 0) text += ", ";
    if (id == CqlId::kUdt) text += quote_cql(names[i]) + " ";
    text += children[i].to_string();
  }
  if (id == CqlId::kVector) text += ", " + std::to_string(dimensions);
  return text + ">";
}

std::size_t fixed_bytes(const CqlType& type) {
  switch (type.id) {
    case CqlId::kBoolean:
      return 1;
    case CqlId::kInt:
    case CqlId::kFloat:
      return 4;
    case CqlId::kBigint:
    case CqlId::kDouble:
    case CqlId::kTimestamp:
      return 8;
    case CqlId::kUuid:
    case CqlId::kTimeuuid:
      return 16;
    case CqlId::kVector:
      return fixed_bytes(type.children[0]) * type.dimensions;
    default:
      // The server gives tinyint, smallint, date and time a length of their own in a vector.
      return 0;
  }
}

data::Type natural_type(const CqlType& type) {
  switch (type.id) {
    case CqlId::kText:
    case CqlId::kInet:
      return TypeId::kVarchar;
    case CqlId::kBlob:
      return TypeId::kBlob;
    case CqlId::kBoolean:
      return TypeId::kBoolean;
    case CqlId::kTinyint:
      return TypeId::kTinyint;
    case CqlId::kSmallint:
      return TypeId::kSmallint;
    case CqlId::kInt:
      return TypeId::kInteger;
    case CqlId::kBigint:
    case CqlId::kCounter:
      return TypeId::kBigint;
    case CqlId::kVarint:
      return TypeId::kHugeint;
    case CqlId::kDecimal:
      return data::Type::decimal(38, 18);
    case CqlId::kFloat:
      return TypeId::kReal;
    case CqlId::kDouble:
      return TypeId::kDouble;
    case CqlId::kTimestamp:
      return TypeId::kTimestampTz;
    case CqlId::kDate:
      return TypeId::kDate;
    case CqlId::kTime:
      return TypeId::kTime;
    case CqlId::kDuration:
      return TypeId::kInterval;
    case CqlId::kUuid:
    case CqlId::kTimeuuid:
      return TypeId::kUuid;
    case CqlId::kList:
    case CqlId::kSet:
    case CqlId::kVector:
      return data::Type::list(natural_type(type.children[0]));
    case CqlId::kMap:
      return data::Type::map(natural_type(type.children[0]), natural_type(type.children[1]));
    case CqlId::kTuple:
    case CqlId::kUdt:
      break;
  }
  std::vector<data::Field> fields;
  for (std::size_t i = 0; i < type.children.size(); ++i) {
    fields.push_back({type.names[i], natural_type(type.children[i])});
  }
  return data::Type::structure(std::move(fields));
}

std::optional<std::string> cannot_be(const CqlType& type, const data::Type& wanted) {
  if (wanted == natural_type(type)) return std::nullopt;
  std::string natural = natural_type(type).to_string();
  switch (type.id) {
    case CqlId::kVarint:
      if (is_signed_integer(wanted.id()) || wanted.id() == TypeId::kVarchar) return std::nullopt;
      [[fallthrough]];
    case CqlId::kDecimal:
      if (wanted.id() == TypeId::kDecimal || wanted.id() == TypeId::kVarchar) return std::nullopt;
      return "it can be " + natural + ", another DECIMAL, or VARCHAR";
    case CqlId::kTime:
      if (wanted.id() == TypeId::kBigint) return std::nullopt;
      return "it can be TIME, or BIGINT for its nanoseconds";
    case CqlId::kDuration:
      if (wanted == duration_struct()) return std::nullopt;
      return "it can be INTERVAL or " + duration_struct().to_string();
    case CqlId::kList:
    case CqlId::kSet:
    case CqlId::kVector:
      if (wanted.id() != TypeId::kList) break;
      return cannot_be(type.children[0], wanted.children()[0].type);
    case CqlId::kMap:
      if (wanted.id() != TypeId::kMap) break;
      if (auto why = cannot_be(type.children[0], wanted.children()[0].type)) return why;
      return cannot_be(type.children[1], wanted.children()[1].type);
    case CqlId::kTuple:
    case CqlId::kUdt:
      if (wanted.id() != TypeId::kStruct || wanted.children().size() != type.children.size()) break;
      for (std::size_t i = 0; i < type.children.size(); ++i) {
        if (wanted.children()[i].name != type.names[i]) return "its fields are " + natural;
        if (auto why = cannot_be(type.children[i], wanted.children()[i].type)) return why;
      }
      return std::nullopt;
    default:
      break;
  }
  return "it is " + natural;
}

std::string quote_cql(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    text += c;
    if (c == '"') text += c;
  }
  return text + "\"";
}

std::string quote_cql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

}  // namespace sluice::connectors::cassandra
