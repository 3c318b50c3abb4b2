#include "formats/csv_options.h"

namespace sluice::formats {
namespace {

// One character; "\t" and "tab" stand for the tabulator.
Result<char> read_character(const Options& options, const char* name) {
  const std::string& text = options.text(name);
  if (text == "\\t" || text == "tab") return '\t';
  if (text.size() == 1 && text[0] != '\n' && text[0] != '\r' && text[0] != '\0') return text[0];
  return options.value(name).error(std::string("'") + name +
                                   "' must be one character, such as \";\" or \"\\t\"");
}

}  // namespace

std::vector<OptionSpec> csv_writing_options() {
  return {
      {.name = "delimiter",
       .text = "The character between fields; \"\\t\" or tab for the tabulator.",
       .default_text = ",",
       .example = "\";\""},
      {.name = "quote",
       .text = "The character around fields that hold delimiters, quotes or line ends.",
       .default_text = "\""},
      {.name = "escape",
       .text = "The character before a quote inside quotes. Default: the quote itself, doubled.",
       .example = "\"\\\\\""},
  };
}

std::vector<OptionSpec> csv_text_options() {
  std::vector<OptionSpec> options = csv_writing_options();
  options[1].text.insert(options[1].text.size() - 1, "; empty: quotes mean nothing");
  options.push_back({.name = "trim",
                     .type = OptionType::kBoolean,
                     .text = "Blanks around fields do not count, nor do those around their quotes.",
                     .default_text = "false"});
  options.push_back(
      {.name = "columns_in_file",
       .type = OptionType::kTextList,
       .text = "The names of a record's fields in their order, when they are not the schema's "
               "columns in the schema's order; fields without a column are skipped.",
       .example = "[id, name, remark, price]"});
  return options;
}

Result<CsvStyle> read_csv_style(const Options& options) {
  CsvStyle style;
  SLUICE_ASSIGN(style.delimiter, read_character(options, "delimiter"));
  style.trim = options.has("trim") && options.boolean("trim");
  style.quote = '\0';
  style.escape = '\0';
  if (options.text("quote").empty()) return style;
  SLUICE_ASSIGN(style.quote, read_character(options, "quote"));
  style.escape = style.quote;
  if (options.has("escape")) {
    SLUICE_ASSIGN(style.escape, read_character(options, "escape"));
  }
  if (style.quote == style.delimiter || style.escape == style.delimiter) {
    return options.value("delimiter").error("'delimiter', 'quote' and 'escape' must differ");
  }
  return style;
}

}  // namespace sluice::formats
