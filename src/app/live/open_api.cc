#include <array>
#include <string>
#include <string_view>

#include "base/json.h"
#include "sluice/live.h"
#include "sluice/question.h"
#include "sluice/reference.h"

namespace sluice {
namespace {

struct Operation {
  std::string_view method;
  std::string_view path;
  std::string_view id;
  std::string_view summary;
  std::string_view answer;  ///< a schema's name; "": none, the content type says it
  std::string_view type = "application/json";
  bool open = false;           ///< asks for no token
  std::string_view body = "";  ///< what is posted, a schema's name; "": {}
};

constexpr std::array kOperations = {
    Operation{"get", "/healthz", "health", "Whether the process answers", "Health",
              "application/json", true},
    Operation{"get", "/readyz", "readiness",
              "Whether every pipeline has got as far as its first batch and none has failed",
              "Health", "application/json", true},
    Operation{"get", "/openapi.json", "openApi", "This description", "", "application/json", true},
    Operation{"get", "/status", "status", "All pipelines", "Status"},
    Operation{"get", "/metrics", "metrics", "Metrics, as Prometheus and OpenMetrics take them", "",
              "text/plain"},
    Operation{"get", "/events", "events", "What happens, as it happens (docs/reference/live.md)",
              "", "text/event-stream"},
    Operation{"get", "/api/pipelines", "listPipelines", "All pipelines", "Pipelines"},
    Operation{"get", "/api/pipelines/{pipeline}", "getPipeline", "How a pipeline is", "Pipeline"},
    Operation{"get", "/api/pipelines/{pipeline}/config", "getConfig",
              "A pipeline's file, secrets as ***", "Config"},
    Operation{"get", "/api/pipelines/{pipeline}/charts/{chart}", "getChart",
              "The rows of a chart; with ?format=csv as CSV", "Chart"},
    Operation{
        "get", "/api/pipelines/{pipeline}/dashboard.html", "getDashboard",
        "Its charts as they are now, as one HTML file that needs no server; with ?tab= those of "
        "a tab",
        "", "text/html"},
    Operation{"post", "/api/watch", "watch", "The charts that a stream of events gets from now on",
              "Nothing", "application/json", false, "Watched"},
    Operation{"post", "/api/pipelines/{pipeline}/start", "start", "Begins a run", "Done"},
    Operation{"post", "/api/pipelines/{pipeline}/pause", "pause",
              "Begins no batch after the one in hand", "Done"},
    Operation{"post", "/api/pipelines/{pipeline}/resume", "resume", "Goes on", "Done"},
    Operation{"post", "/api/pipelines/{pipeline}/trigger", "trigger",
              "A batch now instead of at the next tick", "Done"},
    Operation{"post", "/api/pipelines/{pipeline}/drain", "drain",
              "Processes what the sources have now, then ends", "Done"},
    Operation{"post", "/api/pipelines/{pipeline}/stop", "stop", "Ends after the batch in hand",
              "Done"},
    Operation{"post", "/api/pipelines/{pipeline}/reload", "reload",
              "Reads the file again and takes it over between two batches, or says why not",
              "Done"},
    Operation{
        "post", "/api/pipelines/{pipeline}/savepoint", "savepoint",
        "A copy of the checkpoint between two batches, as backups are, from which another run "
        "can start: {to: \"FOLDER\"}, or {} for the folder of the file's backup",
        "Savepoint"},
    Operation{"post", "/api/pipelines/{pipeline}/alerts/{alert}/silence", "silenceAlert",
              "Nobody is informed of an alert, or of one key of it, for some time; {for: \"1h\", "
              "key?}, \"0s\" ends it",
              "Silenced"},
    Operation{"get", "/api/pipelines/{pipeline}/relations", "listRelations",
              "What SQL may read of a running pipeline", "Relations"},
    Operation{"post", "/api/pipelines/{pipeline}/sql", "ask",
              "One SELECT over a running pipeline's sources, views and tables; 429: others ask, "
              "503: no batch came",
              "Answer", "application/json", false, "Question"},
    Operation{"get", "/api/pipelines/{pipeline}/dead-letters", "listDeadLetters",
              "Records that did not decode, the newest first: from, limit, source, reason, q (a "
              "text in the record)",
              "DeadLetters"},
    Operation{"get", "/api/pipelines/{pipeline}/dead-letters/{id}/bytes", "getDeadLetterBytes",
              "A record that did not decode, as it came", "", "application/octet-stream"},
    Operation{"post", "/api/pipelines/{pipeline}/dead-letters/replay", "replayDeadLetters",
              "Sends records that did not decode through the pipeline once more, with its next "
              "batch: {ids: [...]}, or all that match {source, reason, q}; again: true takes those "
              "that were replayed before, too",
              "Replay"},
};

OrderedJson text_of(std::string_view description) {
  return {{"type", "string"}, {"description", description}};
}

OrderedJson reference(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

OrderedJson object(OrderedJson properties, OrderedJson required) {
  return {
      {"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

OrderedJson pipeline_schema() {
  const OrderedJson states = {"ready",    "starting", "running",  "paused",  "reloading",
                              "draining", "stopping", "finished", "stopped", "failed"};
  OrderedJson properties;
  properties["name"] = text_of("The pipeline");
  properties["file"] = text_of("Its file");
  properties["state"] = {{"type", "string"}, {"enum", states}};
  properties["batches"] = {{"type", "integer"}};
  properties["verdict"] = reference("Verdict");
  properties["error"] = {{"type", {"object", "null"}}};
  OrderedJson schema = object(std::move(properties), {"name", "state", "batches", "verdict"});
  schema["description"] = "docs/reference/several.md has all fields";
  return schema;
}

OrderedJson verdict_schema() {
  const OrderedJson states = {"ok",       "idle",    "behind", "paused",  "starting",
                              "retrying", "stopped", "failed", "finished"};
  OrderedJson properties;
  properties["state"] = {{"type", "string"}, {"enum", states}};
  properties["head"] = text_of("One sentence: whether it keeps up, and how large its lag is");
  properties["text"] = text_of("What bounds it, and what would help");
  properties["bound"] = {{"type", {"string", "null"}}};
  properties["spare"] = {{"type", {"number", "null"}}};
  properties["could"] = {{"type", {"number", "null"}}};
  return object(std::move(properties), {"state", "head", "text"});
}

OrderedJson dead_letters_schema() {
  OrderedJson letter;
  letter["id"] = text_of("Stays what it is");
  letter["source"] = text_of("Whose record it is");
  letter["place"] = text_of("Where it came from, in words");
  letter["batch"] = {{"type", "integer"}};
  letter["time"] = {{"type", "integer"}, {"description", "Milliseconds since 1970"}};
  letter["reason"] = text_of("Why it did not decode");
  letter["column"] = text_of("Which column did not; absent: the record as a whole");
  letter["size"] = {{"type", "integer"}, {"description", "Bytes of the record"}};
  letter["text"] = text_of("The first 4 KiB, where they are UTF-8");
  letter["base64"] = text_of("Otherwise");
  letter["replayed"] = {{"type", {"object", "null"}},
                        {"description", "{batch: n or null, waits: whether it is still to be}"}};
  OrderedJson properties;
  properties["total"] = {{"type", "integer"}, {"description", "That match"}};
  properties["reasons"] = {{"type", "array"}, {"description", "[{reason, count}]"}};
  properties["rows"] = {
      {"type", "array"},
      {"items", object(std::move(letter),
                       {"id", "source", "place", "batch", "time", "reason", "size", "replayed"})}};
  properties["elsewhere"] = {{"type", "array"},
                             {"items", text_of("Of a source whose letters are not read back")}};
  return object(std::move(properties), {"total", "reasons", "rows", "elsewhere"});
}

OrderedJson replay_schema() {
  OrderedJson properties;
  properties["accepted"] = {{"type", "integer"}};
  properties["rejected"] = {{"type", "integer"},
                            {"description", "Replayed before, or waiting for it"}};
  return object(std::move(properties), {"accepted", "rejected"});
}

OrderedJson savepoint_schema() {
  OrderedJson properties;
  properties["batch"] = {{"type", "integer"},
                         {"description", "The last one that is in it; -1: none"}};
  properties["folder"] = text_of("Where it is: a folder of backups");
  properties["number"] = {{"type", "integer"}, {"description", "Of the backup in it"}};
  properties["bytes"] = {{"type", "integer"}};
  properties["restore"] = text_of("The command that restores it");
  return object(std::move(properties), {"batch", "folder", "number", "bytes", "restore"});
}

OrderedJson error_schema() {
  OrderedJson inner;
  inner["code"] = {{"type", {"string", "null"}}, {"description", "E_..., where it has one"}};
  inner["message"] = text_of("What is wrong, and what to do");
  inner["line"] = {{"type", "integer"}};
  inner["column"] = {{"type", "integer"}};
  OrderedJson properties;
  properties["error"] = object(std::move(inner), {"code", "message"});
  return object(std::move(properties), {"error"});
}

/// docs/reference/live.md has all of it.
OrderedJson chart_schema() {
  OrderedJson properties;
  properties["pipeline"] = text_of("The pipeline");
  properties["chart"] = text_of("Its name in the file");
  properties["mode"] = {{"type", "string"}, {"enum", {"replace", "append", "upsert"}}};
  properties["columns"] = {{"type", "array"}, {"items", {{"type", "object"}}}};
  properties["data"] = {{"type", "array"},
                        {"items", {{"type", "array"}}},
                        {"description", "The values of each column"}};
  properties["none"] = text_of("Why there are no rows yet");
  properties["error"] = {{"type", "object"}};
  return object(std::move(properties), {"pipeline", "chart"});
}

OrderedJson watched_schema() {
  OrderedJson properties;
  properties["stream"] = text_of("The stream's id, as its first event says it");
  properties["charts"] = {{"type", "array"},
                          {"items", {{"type", "array"}, {"items", {{"type", "string"}}}}},
                          {"description", "Each as [pipeline, chart]"}};
  return object(std::move(properties), {"stream", "charts"});
}

OrderedJson columns_schema() {
  OrderedJson column;
  column["name"] = text_of("Its name");
  column["type"] = text_of("SQL's");
  return {{"type", "array"}, {"items", object(std::move(column), {"name", "type"})}};
}

void add_sql_schemas(OrderedJson& all) {
  OrderedJson relation;
  relation["name"] = text_of("As SQL reads it");
  relation["kind"] = {{"type", "string"}, {"enum", {"source", "view", "table"}}};
  relation["of"] = {{"type", "string"},
                    {"enum", {"batch", "result"}},
                    {"description", "batch: it has rows only while one is in hand"}};
  relation["columns"] = columns_schema();
  relation["lacking"] = text_of("Why it cannot be read; absent: it can");
  all["Relations"] = {{"type", "array"},
                      {"items", object(std::move(relation), {"name", "kind", "of", "columns"})}};
  OrderedJson question;
  question["sql"] = text_of("One SELECT");
  question["limit"] = {{"type", "integer"}, {"minimum", 1}, {"maximum", kQuestionRowsMax}};
  question["format"] = {{"type", "string"}, {"enum", {"rows", "table", "csv", "json"}}};
  all["Question"] = object(std::move(question), {"sql"});
  OrderedJson answer;
  answer["columns"] = columns_schema();
  answer["rows"] = {
      {"type", "array"}, {"items", {{"type", "array"}}}, {"description", "The values of each row"}};
  answer["text"] = text_of("Instead of rows, in the formats table, csv and json");
  answer["truncated"] = {{"type", "boolean"}, {"description", "There are more rows"}};
  answer["batch"] = {{"type", {"integer", "null"}}};
  answer["at"] = {{"type", {"integer", "null"}}, {"description", "Milliseconds since 1970"}};
  answer["of"] = {{"type", "string"}, {"enum", {"batch", "state"}}};
  answer["copied_rows"] = {{"type", "integer"}};
  answer["ms"] = {{"type", "object"}, {"description", "{waited, copied, ran}"}};
  all["Answer"] = object(std::move(answer), {"columns", "truncated", "batch", "at", "of", "ms"});
}

OrderedJson setting_schema() {
  OrderedJson properties;
  properties["name"] = text_of("Its path in the file: sources.orders.kafka.topic");
  properties["value"] = text_of("As it holds; *** for a secret");
  properties["origin"] = text_of("file, default, environment NAME, --var NAME or file PATH");
  properties["line"] = {{"type", "integer"}, {"description", "In the file, where it is there"}};
  properties["column"] = {{"type", "integer"}};
  return object(std::move(properties), {"name", "value", "origin"});
}

OrderedJson schemas() {
  OrderedJson all;
  all["Error"] = error_schema();
  OrderedJson health;
  health["status"] = text_of("ok, or not ready");
  health["pipelines"] = {{"type", "object"}, {"description", "Of each that is not ready: why"}};
  all["Health"] = object(std::move(health), {"status"});
  all["Verdict"] = verdict_schema();
  all["Pipeline"] = pipeline_schema();
  all["Pipelines"] = {{"type", "array"}, {"items", reference("Pipeline")}};
  OrderedJson status;
  status["version"] = text_of("Of the program");
  status["run"] = text_of("Of this run of the program; another one after a start");
  status["pipelines"] = reference("Pipelines");
  all["Status"] = object(std::move(status), {"version", "run", "pipelines"});
  OrderedJson config;
  config["file"] = text_of("Its path");
  config["text"] = text_of("Its text, with *** in the place of secrets");
  config["settings"] = {{"type", "array"}, {"items", setting_schema()}};
  all["Config"] = object(std::move(config), {"file", "text", "settings"});
  OrderedJson done;
  done["state"] = text_of("The pipeline's state now");
  all["Done"] = object(std::move(done), {"state"});
  all["Chart"] = chart_schema();
  all["Watched"] = watched_schema();
  all["Nothing"] = {{"type", "object"}};
  OrderedJson silenced;
  silenced["until"] = {{"type", "integer"}, {"description", "Milliseconds since 1970"}};
  all["Silenced"] = object(std::move(silenced), {"until"});
  all["DeadLetters"] = dead_letters_schema();
  all["Replay"] = replay_schema();
  all["Savepoint"] = savepoint_schema();
  add_sql_schemas(all);
  return all;
}

OrderedJson error_answer(std::string_view description) {
  return {{"description", description},
          {"content", {{"application/json", {{"schema", reference("Error")}}}}}};
}

OrderedJson operation_json(const Operation& operation) {
  OrderedJson json;
  json["operationId"] = operation.id;
  json["summary"] = operation.summary;
  const bool of_pipeline = operation.path.find("{pipeline}") != std::string_view::npos;
  for (std::string_view rest = operation.path; rest.find('{') != std::string_view::npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    json["parameters"].push_back({{"name", rest.substr(0, rest.find('}'))},
                                  {"in", "path"},
                                  {"required", true},
                                  {"schema", {{"type", "string"}}}});
  }
  if (operation.method == "post") {
    const OrderedJson body =
        operation.body.empty() ? OrderedJson{{"type", "object"}} : reference(operation.body);
    json["requestBody"] = {{"required", true},
                           {"content", {{"application/json", {{"schema", body}}}}}};
  }
  OrderedJson content;
  content[std::string(operation.type)] = OrderedJson::object();
  if (!operation.answer.empty()) {
    content[std::string(operation.type)]["schema"] = reference(operation.answer);
  }
  json["responses"]["200"] = {{"description", "Done"}, {"content", content}};
  if (operation.id == "readiness") {
    json["responses"]["503"] = {{"description", "Not ready"}, {"content", content}};
  }
  if (!operation.open) json["responses"]["401"] = error_answer("The token is missing or wrong");
  json["responses"]["403"] = error_answer("Another host or origin than this server's");
  if (of_pipeline || !operation.body.empty())
    json["responses"]["404"] = error_answer("What is named is not there");
  if (operation.method == "post") {
    json["responses"]["400"] = error_answer("What is asked is wrong; how");
    json["responses"]["409"] = error_answer("Not possible in the pipeline's state; why");
    json["responses"]["415"] = error_answer("The body is not application/json");
  }
  json["security"] = operation.open
                         ? OrderedJson::array()
                         : OrderedJson{{{"token", OrderedJson::array()}}, OrderedJson::object()};
  return json;
}

}  // namespace

std::string open_api() {
  OrderedJson json;
  json["openapi"] = "3.1.0";
  json["info"] = {{"title", "sluice"},
                  {"version", version_text()},
                  {"description",
                   "Pipelines of a running sluice: how they are, and what may be asked of them. A "
                   "token is asked for where the server has one, as the header Authorization: "
                   "Bearer."}};
  for (const Operation& operation : kOperations) {
    json["paths"][std::string(operation.path)][std::string(operation.method)] =
        operation_json(operation);
  }
  json["components"]["schemas"] = schemas();
  json["components"]["securitySchemes"]["token"] = {{"type", "http"}, {"scheme", "bearer"}};
  return dump_json(json, 2);
}

}  // namespace sluice
