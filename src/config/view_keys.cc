#include "config/keys.h"

namespace sluice::config {

const std::vector<OptionSpec>& view_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "sql",
       .type = OptionType::kText,
       .text = "The view's SELECT statement.",
       .example = "SELECT seller, amount FROM orders WHERE amount > 0"},
      {.name = "from",
       .type = OptionType::kText,
       .text = "The source or view whose rows the view has, in place of `sql`: SELECT * FROM it.",
       .example = "orders"},
      {.name = "deduplicate",
       .type = OptionType::kAny,
       .text = "Only the first row of each key comes out. Spark's dropDuplicates and "
               "dropDuplicatesWithinWatermark.",
       .example = "{by: [id], within: 10m}"},
      {.name = "watermark",
       .type = OptionType::kAny,
       .text = "When the events of the view's rows happened and how late they may come, as of a "
               "source: for event times that are decoded in SQL, joined from a table or taken out "
               "of a list. Spark's withWatermark. Nothing that the view reads may have one, too.",
       .example = "{column: ts, delay: 10m}"},
      {.name = "late",
       .type = OptionType::kAny,
       .text = "Where the rows that came too late for the view go, instead of only being counted.",
       .example = "{to: late_orders}"},
  };
  return kKeys;
}

const std::vector<OptionSpec>& function_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "args",
       .type = OptionType::kAny,
       .text =
           "Its arguments: a list of names, or a map of name to SQL type. An SQL expression "
           "casts what it is given to the type. A function of Python or of a library needs types, "
           "and takes what DuckDB turns into them by itself; write a CAST for the rest.",
       .example = "{price: \"DECIMAL(18,2)\", rate: DOUBLE}",
       .schema_json = R"({"oneOf":[{"type":"array","items":{"type":"string"}},)"
                      R"({"type":"object","additionalProperties":{"type":"string"}}]})"},
      {.name = "returns",
       .type = OptionType::kText,
       .text = "The SQL type of what it gives. Of an SQL expression it may be left out.",
       .example = "DOUBLE"},
      {.name = "sql",
       .type = OptionType::kText,
       .text = "An SQL expression over the arguments, which takes the place of each call; it may "
               "have aggregates, and may call functions that are above it in the file.",
       .example = "price * (1 - rate)"},
      {.name = "python",
       .type = OptionType::kText,
       .text = "A Python file, and after a colon the function in it where that has another name. "
               "It gets its arguments as Arrow arrays, all rows of a chunk at once, and gives an "
               "array, a list, or a Series of pandas or Polars with as many values. It runs in "
               "processes of its own, by `python3` or what SLUICE_PYTHON names.",
       .example = "model.py:score"},
      {.name = "library",
       .type = OptionType::kText,
       .text = "A shared library, and after a colon the function in it where that has another "
               "name. It gets and gives columns by Arrow's C data interface "
               "(include/sluice/function.h), in this process.",
       .example = "libgeo.so:distance"},
  };
  return kKeys;
}

const std::vector<OptionSpec>& deduplicate_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "by",
       .type = OptionType::kTextList,
       .text = "The columns of the view in which rows are the same. By default all.",
       .example = "[id]"},
      {.name = "within",
       .type = OptionType::kDuration,
       .text = "How long a key is remembered: until the watermark has passed the event time of "
               "its first row by this much. Needs a watermark in the source or in a view that this "
               "one reads. By default a key is "
               "remembered for ever, or, when the event time is among the columns of `by`, until "
               "the watermark passes it.",
       .minimum = 1'000,
       .maximum = 86'400'000'000.0 * 3650,
       .example = "10m"},
  };
  return kKeys;
}

const std::vector<OptionSpec>& late_keys() {
  static const std::vector<OptionSpec> kKeys = {
      {.name = "to",
       .type = OptionType::kText,
       .text = "The name of a stream that other views and sinks read like a view: the input rows "
               "that came too late, with all columns of what the view reads.",
       .required = true,
       .example = "late_orders"},
  };
  return kKeys;
}

}  // namespace sluice::config
