#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/live/messages.h"
#include "base/border.h"
#include "base/json.h"
#include "base/nearest.h"
#include "sluice/live.h"
#include "web/web_files.h"

namespace sluice {
namespace {

/// Its charts and filters, as the event `snapshot` has them; charts of `tab` only unless that is
/// "".
OrderedJson snapshot_of(const HostedPipeline& pipeline, const std::string& tab,
                        std::vector<std::string>& tabs) {
  OrderedJson snapshot;
  snapshot["pipeline"] = pipeline.name();
  const OrderedJson declared = parse_ordered_json(pipeline.charts_json());
  snapshot["filters"] = declared["filters"];
  snapshot["charts"] = OrderedJson::array();
  for (const OrderedJson& chart : declared["charts"]) {
    tabs.push_back(chart["tab"].get<std::string>());
    if (tab.empty() || tabs.back() == tab) snapshot["charts"].push_back(chart);
  }
  return snapshot;
}

/// The names of those with rows.
std::vector<std::string> charts_of(const OrderedJson& snapshot) {
  std::vector<std::string> names;
  for (const OrderedJson& chart : snapshot["charts"]) {
    if (chart["kind"] != "markdown") names.push_back(chart["id"].get<std::string>());
  }
  return names;
}

/// `json` with nothing that could end the element around it.
std::string inside_script(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

Result<std::string> page_of(const std::vector<const HostedPipeline*>& pipelines,
                            const std::string& tab, std::int64_t now_us) {
  OrderedJson hello = {{"protocol", 1},
                       {"mode", "dashboard"},
                       {"run", "saved"},
                       {"now", now_us / 1000},
                       {"saved", now_us / 1000},
                       {"version", app::version_number()},
                       {"pipelines", OrderedJson::array()},
                       {"features", {"charts"}}};
  OrderedJson snapshots = OrderedJson::array();
  std::string charts;
  std::vector<std::string> tabs;
  for (const HostedPipeline* pipeline : pipelines) {
    OrderedJson snapshot = snapshot_of(*pipeline, tab, tabs);
    if (snapshot["charts"].empty()) continue;
    for (const std::string& chart : charts_of(snapshot)) {
      // It may have gone with a reload since.
      const auto news = pipeline->chart_news(chart, 0);
      if (news) charts += (charts.empty() ? "" : ",") + news->json;
    }
    hello["pipelines"].push_back(pipeline->name());
    snapshots.push_back(std::move(snapshot));
  }
  if (tabs.empty())
    return user_error("there are no charts to save; `charts` in a file declares them");
  if (snapshots.empty()) {
    return user_error("there is no tab '" + tab + "' with charts" + did_you_mean(tab, tabs));
  }
  const web::SavedPage page = web::saved_page();
  std::string out(page.before);
  out += inside_script("{\"hello\":" + dump_json(hello) + ",\"snapshots\":" + dump_json(snapshots) +
                       ",\"charts\":[" + charts + "]}");
  out += page.after;
  return out;
}

}  // namespace

Result<std::string> saved_page(const std::vector<const HostedPipeline*>& pipelines,
                               const std::string& tab, std::int64_t now_us) {
  return at_border("save a dashboard", [&] { return page_of(pipelines, tab, now_us); });
}

std::vector<std::string> failed_charts(const std::vector<const HostedPipeline*>& pipelines,
                                       const std::string& tab) {
  std::vector<std::string> failed;
  std::vector<std::string> tabs;
  for (const HostedPipeline* pipeline : pipelines) {
    for (const std::string& chart : charts_of(snapshot_of(*pipeline, tab, tabs))) {
      const auto rows = pipeline->chart_csv(chart);
      if (!rows) failed.push_back(rows.error().message());
    }
  }
  return failed;
}

}  // namespace sluice
