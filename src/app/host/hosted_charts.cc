#include <utility>

#include "app/host/hosted.h"
#include "app/pipeline/pipeline_content.h"
#include "base/border.h"

namespace sluice::app {

void Hosted::declare_charts(const Pipeline& version) {
  const config::PipelineFile& file = version.content().file;
  board_.declare(chart_entries(file), file.ui);
}

Result<HostedPipeline::ChartNews> Hosted::chart_news(const std::string& chart,
                                                     std::uint64_t seen) const {
  return at_border("show a chart", [&]() -> Result<ChartNews> {
    SLUICE_ASSIGN(charts::ChartBoard::News news, board_.news(chart, seen));
    return ChartNews{.json = std::move(news.json), .seen = news.seen};
  });
}

Result<std::string> Hosted::chart_csv(const std::string& chart) const {
  return at_border("write a chart as CSV", [&] { return board_.csv(chart); });
}

}  // namespace sluice::app
