#include <utility>

#include "connectors/http/http_source.h"

namespace sluice::connectors::http {
namespace {

constexpr const char* kPageSchema = R"json({"type": "object", "additionalProperties": false,
  "properties": {"next": {"type": "string"}, "link": {"type": "boolean"}, "cursor": {"type": "string"},
   "parameter": {"type": "string"}}})json";
constexpr const char* kSinceSchema = R"json({"type": "object", "additionalProperties": false,
  "required": ["value", "parameter"], "properties": {"value": {"type": "string"},
   "parameter": {"type": "string"}, "start": {"type": ["string", "number"]}}})json";

std::vector<OptionSpec> page_options() {
  return {{.name = "next", .text = "Pointer of the next page's URL."},
          {.name = "link",
           .type = OptionType::kBoolean,
           .text = "The header Link names it.",
           .default_text = "false"},
          {.name = "cursor", .text = "Pointer of the next page's cursor."},
          {.name = "parameter", .text = "Of the query, which takes the cursor."}};
}

std::vector<OptionSpec> since_options() {
  return {{.name = "value", .text = "Pointer of the value in a record.", .required = true},
          {.name = "parameter", .text = "Of the query, which takes it.", .required = true},
          {.name = "start", .text = "Its first value."}};
}

std::vector<OptionSpec> request_options() {
  return {
      {.name = "method",
       .type = OptionType::kChoice,
       .text = "Of the requests.",
       .default_text = "GET",
       .choices = {"GET", "POST"}},
      {.name = "body",
       .text = "What a POST sends, with its Content-Type among `headers`.",
       .example = "\"{\\\"query\\\": \\\"{ orders { id } }\\\"}\""},
      {.name = "every",
       .type = OptionType::kDuration,
       .text = "How often the URL is asked. A server that answers 429 or 503 with Retry-After is "
               "not asked before that.",
       .default_text = "10s",
       .minimum = 10'000},
      {.name = "stream",
       .type = OptionType::kChoice,
       .text = "Instead of polls: one answer without an end, of server-sent `events` (the next "
               "connection goes on after the newest event's id, by Last-Event-ID) or of `lines`.",
       .choices = {"events", "lines"}},
      {.name = "silence_timeout",
       .type = OptionType::kDuration,
       .text = "A stream from which nothing came for so long, not even a comment, is connected "
               "again.",
       .default_text = "2m",
       .minimum = 1000},
  };
}

std::vector<OptionSpec> record_options() {
  return {
      {.name = "answer",
       .type = OptionType::kChoice,
       .text = "How an answer becomes records. json: the elements of the array at `records`, or an "
               "object there; lines: each line that is not blank (also with a content type of JSON "
               "in lines); whole: all of it is one record.",
       .default_text = "json",
       .choices = {"json", "lines", "whole"}},
      {.name = "records",
       .text = "JSON pointer of the array whose elements are the records. Default: the document "
               "itself.",
       .example = "/features"},
      {.name = "skip_lines",
       .type = OptionType::kInteger,
       .text = "Lines at the beginning of an answer that are not records, such as a CSV header.",
       .default_text = "0",
       .minimum = 0},
      {.name = "page",
       .type = OptionType::kAny,
       .text = "Where an answer names the page after it: `{next: <pointer of its URL>}`, `{link: "
               "true}` (the header Link with rel=\"next\") or `{cursor: <pointer>, parameter: "
               "<name>}`. Without `unique`, pages must only grow at their end: the last one is "
               "asked for again, and what it had before is left out.",
       .example = "{cursor: /next_cursor, parameter: cursor}",
       .schema_json = kPageSchema},
      {.name = "unique",
       .type = OptionType::kTextList,
       .text = "JSON pointers of what makes a record unique, for answers that have old records "
               "again: those that came before are left out. With a value that changes (an update's "
               "time) each change is a record.",
       .example = "[/id, /properties/updated]"},
      {.name = "remember",
       .type = OptionType::kInteger,
       .text = "Of so many records it is remembered that they came (16 bytes each), those that "
               "an answer has had last. One answer with all its pages must not have more.",
       .default_text = "100000",
       .minimum = 1,
       .maximum = 10'000'000},
      {.name = "since",
       .type = OptionType::kAny,
       .text = "Asks for what is new only: `{value: <pointer in a record>, parameter: <name>, "
               "start: <first value>}`. The greatest value so far, as a number or a text, goes "
               "into the query. Where the server gives records of just that value again, use "
               "`unique`, too.",
       .example = "{value: /updated_at, parameter: updated_after, start: \"2024-01-01\"}",
       .schema_json = kSinceSchema},
  };
}

std::vector<OptionSpec> limit_options() {
  return {
      {.name = "max_answer_bytes",
       .type = OptionType::kByteSize,
       .text = "A longer answer, or of a stream a longer record, stops the pipeline. An answer is "
               "held in memory three times while it is stored.",
       .default_text = "64MiB",
       .minimum = 1024,
       .maximum = 1 << 30},
      {.name = "buffer",
       .type = OptionType::kByteSize,
       .text = "Once so much is stored and not yet in a published batch, nothing more is fetched.",
       .default_text = "256MiB",
       .minimum = 1 << 20},
      {.name = "max_records_per_trigger",
       .type = OptionType::kInteger,
       .text = "Records that one batch takes at most. Default: no limit.",
       .minimum = 1},
      {.name = "max_bytes_per_trigger",
       .type = OptionType::kByteSize,
       .text = "Bytes that one batch takes at most; one record always gets through.",
       .default_text = "32MiB",
       .minimum = 1},
  };
}

Status check_pointer(const ConfigValue& place, const std::string& pointer) {
  if (formats::is_json_pointer(pointer)) return {};
  return place.error("'" + pointer +
                     "' is not a JSON pointer: it begins with a slash, as /data/id");
}

Status read_paging(const Options& options, Paging& paging) {
  if (!options.has("page")) return {};
  const ConfigValue& place = options.value("page");
  SLUICE_ASSIGN(const Options page, Options::validate(page_options(), place, "'page' of http"));
  paging.link = page.boolean("link");
  if (page.has("next")) paging.next = page.text("next");
  if (page.has("cursor")) paging.cursor = page.text("cursor");
  if (page.has("parameter")) paging.cursor_parameter = page.text("parameter");
  const int ways =
      (paging.link ? 1 : 0) + (paging.next.empty() ? 0 : 1) + (paging.cursor.empty() ? 0 : 1);
  if (ways != 1) return place.error("'page' takes one of next, link and cursor");
  if (paging.cursor.empty() != paging.cursor_parameter.empty()) {
    return place.error("'cursor' and 'parameter' of page belong together");
  }
  SLUICE_TRY(check_pointer(place, paging.next));
  return check_pointer(place, paging.cursor);
}

Status read_since(const Options& options, HttpSourceOptions& out) {
  if (!options.has("since")) return {};
  const ConfigValue& place = options.value("since");
  SLUICE_ASSIGN(const Options since, Options::validate(since_options(), place, "'since' of http"));
  SLUICE_TRY(check_pointer(place, since.text("value")));
  out.intake.since = since.text("value");
  out.feed.since_parameter = since.text("parameter");
  if (since.has("start")) out.feed.since_start = since.text("start");
  return {};
}

Status read_unique(const Options& options, HttpSourceOptions& out) {
  if (!options.has("unique")) return {};
  out.intake.unique = options.text_list("unique");
  if (out.intake.unique.empty()) {
    return options.value("unique").error("the list of pointers is empty");
  }
  for (const std::string& pointer : out.intake.unique) {
    SLUICE_TRY(check_pointer(options.value("unique"), pointer));
  }
  out.feed.is_unique = true;
  return {};
}

/// What does not go together.
Status check_together(const Options& options, const HttpSourceOptions& out) {
  if (out.is_stream) {
    for (const char* name : {"page", "records", "method", "body"}) {
      const bool is_default = std::string_view(name) == "method" && options.text(name) == "GET";
      if (options.has(name) && !is_default) {
        return options.value(name).error(std::string("a stream has no '") + name +
                                         "'; remove it, or 'stream'");
      }
    }
    return {};
  }
  const bool is_json = out.feed.answer == AnswerForm::kJson;
  if (!is_json && options.has("records")) {
    return options.value("records").error("'records' is for answer: json");
  }
  if (!is_json && out.feed.paging.any() && !out.feed.paging.link) {
    return options.value("page").error("only JSON has pointers; use page: {link: true}");
  }
  if (out.intake.since && out.feed.paging.any() && !out.feed.is_unique) {
    return options.value("since").error(
        "'since' with 'page' needs 'unique': records of a page that was begun come again");
  }
  if (options.has("body") && options.text("method") == "GET") {
    return options.value("body").error("'body' is for method: POST");
  }
  return {};
}

Result<std::unique_ptr<connector::Source>> make_source(const Options& options,
                                                       const connector::Context& context) {
  HttpSourceOptions out;
  SLUICE_ASSIGN(out.feed.endpoint, read_endpoint(options));
  out.feed.endpoint.request.method = options.text("method");
  if (options.has("body")) out.feed.endpoint.request.body = options.text("body");
  out.feed.endpoint.request.limits.silence_timeout =
      std::chrono::milliseconds(options.integer("silence_timeout") / 1000);
  out.is_stream = options.has("stream");
  out.intake.is_stream = out.is_stream;
  out.feed.is_events = out.is_stream && options.text("stream") == "events";
  const std::string& answer = options.text("answer");
  out.feed.answer = answer == "json"    ? AnswerForm::kJson
                    : answer == "lines" ? AnswerForm::kLines
                                        : AnswerForm::kWhole;
  if (options.has("records")) {
    out.feed.records = options.text("records");
    SLUICE_TRY(check_pointer(options.value("records"), out.feed.records));
  }
  out.feed.skip_lines = static_cast<std::uint64_t>(options.integer("skip_lines"));
  out.feed.every = std::chrono::milliseconds(options.integer("every") / 1000);
  out.feed.answer_bytes_max = static_cast<std::uint64_t>(options.integer("max_answer_bytes"));
  out.intake.ids_max = static_cast<std::size_t>(options.integer("remember"));
  out.buffer_bytes = static_cast<std::uint64_t>(options.integer("buffer"));
  SLUICE_TRY(read_paging(options, out.feed.paging));
  SLUICE_TRY(read_since(options, out));
  SLUICE_TRY(read_unique(options, out));
  SLUICE_TRY(check_together(options, out));
  return std::unique_ptr<connector::Source>(std::make_unique<HttpSource>(std::move(out), context));
}

}  // namespace

connector::SourceKind http_source_kind() {
  connector::SourceKind kind;
  kind.name = "http";
  kind.address = {
      .schemes = {"http", "https"},
      .example = "https://HOST/PATH",
      .options = [](const connector::Address& address) {
        return Result<connector::AddressOptions>({connector::address_option("url", address.text)});
      }};
  kind.text =
      "The records of an HTTP endpoint that is asked again and again (JSON or lines, pages, "
      "ETags), or of a stream (server-sent events, lines). What is fetched is stored in the "
      "checkpoint with the place at which the feed goes on, so that each record counts once; "
      "trigger: available_now asks once, for all pages.";
  kind.options = endpoint_options();
  for (auto* part : {&request_options, &record_options, &limit_options}) {
    for (OptionSpec& spec : part()) kind.options.push_back(std::move(spec));
  }
  kind.make = make_source;
  return kind;
}

}  // namespace sluice::connectors::http
