#include "questions/answer_writer.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/csv_text.h"
#include "base/json.h"
#include "base/options.h"
#include "connectors/console/show_table.h"
#include "formats/csv_encoder.h"
#include "formats/json_encoder.h"
#include "formats/json_writer.h"
#include "formats/page_value.h"
#include "formats/shown_row.h"
#include "sql/files/text_replacements.h"
#include "sql/scan/scan.h"

namespace sluice::questions {
namespace {

Status check_json(const data::Schema& schema) {
  for (const data::Field& field : schema.fields()) {
    if (formats::has_json(field.type)) continue;
    return user_error("column '" + field.name + "' is a " + field.type.to_string() +
                      ", which has no JSON form: CAST it AS VARCHAR");
  }
  return {};
}

}  // namespace

template <class Add>
Status AnswerWriter::read(connector::BatchTable& table, std::string& out, Add add) {
  std::uint64_t count = 0;
  return table.read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      if (count == rows_max_) {
        is_truncated_ = true;
        return false;
      }
      const std::size_t before = out.size();
      SLUICE_TRY(add(chunk.columns, row));
      if (out.size() > kAnswerBytes) {
        if (count == 0) {
          return user_error("E_QUESTION_TOO_LARGE: one row of the answer is more than " +
                            std::to_string(kAnswerBytes >> 20U) + " MiB; ask for less of it");
        }
        out.resize(before);
        is_truncated_ = true;
        return false;
      }
      ++count;
    }
    return true;
  });
}

Result<std::string> AnswerWriter::rows(connector::BatchTable& table) {
  const data::Schema schema = connector::chunk_schema(table.schema());
  SLUICE_TRY(check_json(schema));
  std::vector<formats::PageValue> writers;
  for (const data::Field& field : schema.fields()) writers.emplace_back(field.type, table.zone());
  std::string out;
  SLUICE_TRY(read(table, out, [&](data::ChunkReader columns, std::size_t row) -> Status {
    out += out.empty() ? "[" : ",[";
    for (std::size_t i = 0; i < writers.size(); ++i) {
      if (i > 0) out += ',';
      writers[i].append(out, columns[i], row);
    }
    out += ']';
    return {};
  }));
  return "\"rows\":[" + out + "]";
}

Result<std::string> AnswerWriter::table(connector::BatchTable& table) {
  std::vector<std::string> names;
  for (const data::Field& field : table.schema().fields()) names.push_back(field.name);
  connectors::ShowTable shown(names, {.truncate = 0});
  formats::ShownRow texts(connector::chunk_schema(table.schema()), table.zone());
  std::string weight;  // as large as what is shown
  SLUICE_TRY(read(table, weight, [&](data::ChunkReader columns, std::size_t row) -> Status {
    shown.add_row(texts.at(columns, row));
    weight.resize(shown.bytes());
    return {};
  }));
  std::string text = shown.text(is_truncated_);
  if (!text.ends_with('\n')) text += '\n';
  return "\"text\":" + dump_json(Json(std::move(text)));
}

Result<std::string> AnswerWriter::lines(connector::BatchTable& table) {
  SLUICE_ASSIGN(const auto encoder,
                formats::make_json_encoder(connector::chunk_schema(table.schema()),
                                           formats::JsonForm::kLines, table.zone()));
  std::string out;
  const auto add = [&](data::ChunkReader columns, std::size_t row) -> Status {
    SLUICE_TRY(encoder->append(columns, row, out));
    out += '\n';
    return {};
  };
  SLUICE_TRY(read(table, out, add));
  return "\"text\":" + dump_json(Json(std::move(out)));
}

Result<std::string> AnswerWriter::csv(connector::BatchTable& table,
                                      const std::vector<std::string>& header) {
  std::string out;
  for (const std::string& name : header) {
    if (!out.empty()) out += ',';
    append_csv_field(out, name);
  }
  out += '\n';
  SLUICE_ASSIGN(const Options options,
                Options::validate(formats::csv_encoder_options(), ConfigValue(), "csv"));
  SLUICE_ASSIGN(const auto encoder,
                formats::make_csv_encoder(options, table.schema(), table.zone()));
  const auto add = [&](data::ChunkReader columns, std::size_t row) -> Status {
    SLUICE_TRY(encoder->append(columns, row, out));
    out += '\n';
    return {};
  };
  SLUICE_TRY(read(table, out, add));
  return "\"text\":" + dump_json(Json(std::move(out)));
}

Result<std::string> AnswerWriter::write(sql::Session& session, const std::string& select) {
  SLUICE_ASSIGN(auto found, sql::make_batch_table(session, select));
  OrderedJson columns = OrderedJson::array();
  for (const data::Field& field : found->schema().fields()) {
    columns.push_back({{"name", field.name}, {"type", field.type.to_string()}});
  }
  auto written = [&]() -> Result<std::string> {
    switch (form_) {
      case AnswerForm::kRows:
        return rows(*found);
      case AnswerForm::kTable:
        return table(*found);
      case AnswerForm::kLines:
        return lines(*found);
      case AnswerForm::kCsv: {
        // By their places, since names may be there twice.
        std::vector<std::string> header;
        std::string names;
        std::string texts;
        for (const data::Field& field : found->schema().fields()) {
          const std::string name = "c" + std::to_string(header.size());
          names += (header.empty() ? "" : ", ") + name;
          texts += (header.empty() ? "CAST(" : ", CAST(") + name + " AS VARCHAR)";
          header.push_back(field.name);
        }
        const std::string rows = sql::csv_rows("SELECT * FROM (" + select + "\n)", found->schema());
        SLUICE_ASSIGN(found,
                      sql::make_batch_table(session, "SELECT " + texts + " FROM (" + rows +
                                                         "\n) AS sluice_rows(" + names + ")"));
        return csv(*found, header);
      }
    }
    return internal_error("an answer has no such form");
  }();
  if (!written) return std::move(written).error();
  return "\"columns\":" + dump_json(columns) + "," + *written +
         ",\"truncated\":" + (is_truncated_ ? "true" : "false");
}

}  // namespace sluice::questions
