#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "formats/avro_bytes.h"
#include "formats/avro_plan.h"

namespace sluice::formats {
namespace {

Error no_default() { return user_error("the default does not fit the type"); }

/// Bytes are written as text whose characters, below U+0100, are the bytes.
Result<std::string> bytes_of(const OrderedJson& json) {
  if (!json.is_string()) return no_default();
  const auto& text = json.get_ref<const std::string&>();
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      bytes += text[i];
    } else if ((byte == 0xc2 || byte == 0xc3) && i + 1 < text.size()) {
      const auto low = static_cast<unsigned char>(text[++i]);
      bytes += static_cast<char>((byte & 3U) << 6 | (low & 0x3fU));
    } else {
      return no_default();
    }
  }
  return bytes;
}

class DefaultWriter {
 public:
  DefaultWriter(const AvroSchema& schema, std::string& out) : schema_(schema), out_(out) {}

  // NOLINTNEXTLINE(misc-no-recursion): a default is as deep as its schema.
  Status append(AvroNodeId id, const OrderedJson& json) {
    const AvroNode& node = schema_.at(id);
    switch (node.kind) {
      case AvroKind::kNull:
        return json.is_null() ? Status() : no_default();
      case AvroKind::kBoolean:
        if (!json.is_boolean()) return no_default();
        out_ += json.get<bool>() ? '\1' : '\0';
        return {};
      case AvroKind::kInt:
      case AvroKind::kLong:
        if (!json.is_number_integer()) return no_default();
        append_avro_long(out_, json.get<std::int64_t>());
        return {};
      case AvroKind::kFloat:
        if (!json.is_number()) return no_default();
        append_avro_real(out_, json.get<float>());
        return {};
      case AvroKind::kDouble:
        if (!json.is_number()) return no_default();
        append_avro_real(out_, json.get<double>());
        return {};
      case AvroKind::kBytes:
      case AvroKind::kFixed:
        return bytes(node, json);
      case AvroKind::kString:
        if (!json.is_string()) return no_default();
        append_avro_bytes(out_, json.get_ref<const std::string&>());
        return {};
      case AvroKind::kEnum:
        return symbol(node, json);
      case AvroKind::kArray:
      case AvroKind::kMap:
        return container(node, json);
      case AvroKind::kUnion:
        return branch(node, json);
      case AvroKind::kRecord:
        return record(node, json);
    }
    return no_default();
  }

 private:
  Status bytes(const AvroNode& node, const OrderedJson& json) {
    SLUICE_ASSIGN(const std::string content, bytes_of(json));
    if (node.kind == AvroKind::kBytes) {
      append_avro_bytes(out_, content);
    } else {
      if (content.size() != node.size) return no_default();
      out_ += content;
    }
    return {};
  }

  Status symbol(const AvroNode& node, const OrderedJson& json) {
    const auto found = json.is_string()
                           ? std::ranges::find(node.symbols, json.get_ref<const std::string&>())
                           : node.symbols.end();
    if (found == node.symbols.end()) return no_default();
    append_avro_long(out_, found - node.symbols.begin());
    return {};
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Status container(const AvroNode& node, const OrderedJson& json) {
    const bool is_map = node.kind == AvroKind::kMap;
    if (is_map ? !json.is_object() : !json.is_array()) return no_default();
    if (!json.empty()) append_avro_long(out_, static_cast<std::int64_t>(json.size()));
    for (auto entry = json.begin(); entry != json.end(); ++entry) {
      if (is_map) append_avro_bytes(out_, entry.key());
      SLUICE_TRY(append(node.children[0], *entry));
    }
    append_avro_long(out_, 0);
    return {};
  }

  /// Up to Avro 1.11 the first branch, since then any.
  // NOLINTNEXTLINE(misc-no-recursion)
  Status branch(const AvroNode& node, const OrderedJson& json) {
    const std::size_t start = out_.size();
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      append_avro_long(out_, static_cast<std::int64_t>(i));
      if (append(node.children[i], json)) return {};
      out_.resize(start);
    }
    return no_default();
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Status record(const AvroNode& node, const OrderedJson& json) {
    if (!json.is_object()) return no_default();
    for (const AvroField& field : node.fields) {
      if (const auto given = json.find(field.name); given != json.end()) {
        SLUICE_TRY(append(field.node, *given));
      } else if (field.default_json) {
        SLUICE_TRY(append(field.node, OrderedJson::parse(*field.default_json)));
      } else {
        return no_default();
      }
    }
    return {};
  }

  const AvroSchema& schema_;
  std::string& out_;
};

}  // namespace

Status append_avro_default(const AvroSchema& schema, AvroNodeId node, std::string_view json,
                           std::string& out) {
  const OrderedJson value = OrderedJson::parse(json, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return no_default();
  return DefaultWriter(schema, out).append(node, value);
}

}  // namespace sluice::formats
