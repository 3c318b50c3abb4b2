#include "sql/duckdb/duckdb_vector.h"

#include <cstddef>

#include "base/check.h"

namespace sluice::sql {
namespace {

using data::Type;
using data::TypeId;
using data::VectorWriter;

static_assert(sizeof(duckdb_string_t) == sizeof(data::StringSlot));
static_assert(offsetof(duckdb_string_t, value.pointer.length) == offsetof(data::StringSlot, bytes));
static_assert(offsetof(duckdb_string_t, value.pointer.prefix) ==
              offsetof(data::StringSlot, prefix));
static_assert(offsetof(duckdb_string_t, value.pointer.ptr) == offsetof(data::StringSlot, pointer));
static_assert(sizeof(duckdb_list_entry) == sizeof(data::ListSlot));
static_assert(offsetof(duckdb_list_entry, offset) == offsetof(data::ListSlot, offset));
static_assert(offsetof(duckdb_list_entry, length) == offsetof(data::ListSlot, length));

static_assert(sizeof(duckdb_interval) == sizeof(data::IntervalSlot));
static_assert(offsetof(duckdb_interval, days) == offsetof(data::IntervalSlot, days));
static_assert(offsetof(duckdb_interval, micros) == offsetof(data::IntervalSlot, micros));
static_assert(sizeof(duckdb_hugeint) == 16 && offsetof(duckdb_hugeint, lower) == 0);

duckdb_vector vector_of(const VectorWriter& writer) {
  return static_cast<duckdb_vector>(writer.handle);
}

/// Reads the pointers again after the vector's memory has moved.
void refresh(VectorWriter& writer) {
  // Only a STRUCT has no values of its own.
  if (writer.values == nullptr) {
    for (VectorWriter& child : writer.children) refresh(child);
  } else {
    writer.values = duckdb_vector_get_data(vector_of(writer));
  }
  if (writer.validity != nullptr) writer.validity = duckdb_vector_get_validity(vector_of(writer));
}

class DuckdbVectorOwner final : public data::VectorOwner {
 public:
  void make_validity(VectorWriter& vector) override {
    duckdb_vector_ensure_validity_writable(vector_of(vector));
    vector.validity = duckdb_vector_get_validity(vector_of(vector));
  }

  void reserve_list(VectorWriter& vector, std::uint64_t elements) override {
    const duckdb_state state = duckdb_list_vector_reserve(vector_of(vector), elements);
    SLUICE_CHECK(state == DuckDBSuccess);
    refresh(vector.children[0]);
  }
};

data::VectorOwner& owner() {
  static DuckdbVectorOwner instance;
  return instance;
}

/// The element of a LIST; of a MAP the STRUCT of key and value.
Type element_type(const Type& type) {
  return type.id() == TypeId::kMap ? Type::structure(type.children()) : type.children()[0].type;
}

}  // namespace

VectorWriter make_writer(const Type& type) {
  VectorWriter writer;
  writer.owner = &owner();
  if (type.id() == TypeId::kStruct) {
    for (const data::Field& field : type.children()) {
      writer.children.push_back(make_writer(field.type));
    }
  } else if (type.id() == TypeId::kList || type.id() == TypeId::kMap) {
    writer.children.push_back(make_writer(element_type(type)));
  }
  return writer;
}

void aim_writer(VectorWriter& writer, duckdb_vector vector, const Type& type) {
  writer.handle = vector;
  writer.validity = nullptr;
  writer.list_elements = 0;
  if (type.id() == TypeId::kStruct) {
    writer.values = nullptr;
    for (std::size_t i = 0; i < writer.children.size(); ++i) {
      aim_writer(writer.children[i], duckdb_struct_vector_get_child(vector, i),
                 type.children()[i].type);
    }
    return;
  }
  writer.values = duckdb_vector_get_data(vector);
  if (type.id() == TypeId::kList || type.id() == TypeId::kMap) {
    aim_writer(writer.children[0], duckdb_list_vector_get_child(vector), element_type(type));
  }
}

void finish_writer(const VectorWriter& writer, const Type& type) {
  if (type.id() == TypeId::kStruct) {
    for (std::size_t i = 0; i < writer.children.size(); ++i) {
      finish_writer(writer.children[i], type.children()[i].type);
    }
  } else if (type.id() == TypeId::kList || type.id() == TypeId::kMap) {
    duckdb_list_vector_set_size(vector_of(writer), writer.list_elements);
    finish_writer(writer.children[0], element_type(type));
  }
}

data::VectorReader make_reader(const Type& type) {
  data::VectorReader reader;
  if (type.id() == TypeId::kStruct) {
    for (const data::Field& field : type.children()) {
      reader.children.push_back(make_reader(field.type));
    }
  } else if (type.id() == TypeId::kList || type.id() == TypeId::kMap) {
    reader.children.push_back(make_reader(element_type(type)));
  }
  return reader;
}

void aim_reader(data::VectorReader& reader, duckdb_vector vector, const Type& type) {
  reader.validity = duckdb_vector_get_validity(vector);
  if (type.id() == TypeId::kStruct) {
    for (std::size_t i = 0; i < reader.children.size(); ++i) {
      aim_reader(reader.children[i], duckdb_struct_vector_get_child(vector, i),
                 type.children()[i].type);
    }
    return;
  }
  if (type.id() == TypeId::kOther) return;
  reader.values = duckdb_vector_get_data(vector);
  if (type.id() == TypeId::kList || type.id() == TypeId::kMap) {
    aim_reader(reader.children[0], duckdb_list_vector_get_child(vector), element_type(type));
  }
}

data::VectorReader read_vector(duckdb_vector vector, const Type& type) {
  data::VectorReader reader = make_reader(type);
  aim_reader(reader, vector, type);
  return reader;
}

}  // namespace sluice::sql
