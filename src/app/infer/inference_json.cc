#include <nlohmann/json.hpp>

#include "app/infer/inference.h"
#include "base/json.h"

namespace sluice::app {
namespace {

OrderedJson column_json(const InferredColumn& column) {
  OrderedJson made;
  made["name"] = column.name;
  made["type"] = column.is_left_out ? OrderedJson() : OrderedJson(column.what.type.to_string());
  made["records"] = column.records;
  made["values"] = column.values;
  made["nulls"] = column.records - column.values;
  made["distinct"] = column.distinct ? OrderedJson(*column.distinct) : OrderedJson();
  made["reason"] = column.what.reason;
  made["is_key"] = column.what.is_key;
  made["is_time"] = column.what.is_time;
  made["one_of"] = column.what.values;
  if (!column.what.meaning.empty()) {
    made["meaning"] = {{"sql", column.what.meaning}, {"type", column.what.meaning_type}};
  }
  if (!column.fields.empty()) {
    made["fields"] = OrderedJson::array();
    for (const InferredColumn& field : column.fields) made["fields"].push_back(column_json(field));
  }
  return made;
}

}  // namespace

std::string inference_json(const Inference& found, const std::string& pipeline) {
  OrderedJson made;
  made["version"] = 1;
  made["connector"] = found.kind;
  made["format"] = found.format.empty() ? OrderedJson() : OrderedJson(found.format);
  made["words"] = found.words;
  made["records"] = found.records;
  made["all"] = found.all;
  made["undecoded"] = found.undecoded;
  made["undecoded_examples"] = found.undecoded_words;
  made["notes"] = found.notes;
  made["columns"] = OrderedJson::array();
  OrderedJson keys = OrderedJson::array();
  OrderedJson times = OrderedJson::array();
  for (const InferredColumn& column : found.columns) {
    made["columns"].push_back(column_json(column));
    if (column.what.is_key) keys.push_back(column.name);
    if (column.what.is_time) {
      times.push_back({{"column", column.name},
                       {"delay", column.what.disorder.empty() ? OrderedJson()
                                                              : OrderedJson(column.what.disorder)},
                       {"by_view", !column.what.meaning.empty()}});
    }
  }
  made["keys"] = std::move(keys);
  made["event_times"] = std::move(times);
  made["pipeline"] = pipeline;
  // A name that is not UTF-8 cannot come from here; if one does, it is shown all the same.
  return made.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace sluice::app
