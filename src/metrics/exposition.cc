#include "metrics/exposition.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace sluice::metrics {
namespace {

std::string_view type_name(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "";
}

/// The shortest text that reads back as the same number.
std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

void append_escaped(std::string& text, std::string_view value, bool quotes) {
  for (const char c : value) {
    if (c == '\\') {
      text += "\\\\";
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '"' && quotes) {
      text += "\\\"";
    } else {
      text += c;
    }
  }
}

}  // namespace

std::string_view content_type(Form form) {
  return form == Form::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                    : "text/plain; version=0.0.4; charset=utf-8";
}

Form form_of(std::string_view accept) {
  return accept.find("application/openmetrics-text") == std::string_view::npos ? Form::kPrometheus
                                                                               : Form::kOpenMetrics;
}

void Exposition::begin(std::string_view name, MetricType type, std::string_view help,
                       std::string_view unit) {
  name_ = name;
  type_ = type;
  help_ = help;
  unit_ = unit;
  begun_ = false;
}

void Exposition::head() {
  if (begun_) return;
  begun_ = true;
  // In Prometheus' own form a counter's family is named as its sample.
  const bool total = type_ == MetricType::kCounter && form_ == Form::kPrometheus;
  const std::string family = name_ + (total ? "_total" : "");
  text_ += "# HELP " + family + " ";
  append_escaped(text_, help_, form_ == Form::kOpenMetrics);
  text_ += "\n# TYPE " + family + " " + std::string(type_name(type_)) + "\n";
  if (form_ == Form::kOpenMetrics && !unit_.empty())
    text_ += "# UNIT " + family + " " + unit_ + "\n";
}

void Exposition::line(std::string_view ending, const Labels& labels, std::string_view value) {
  head();
  text_ += name_;
  text_ += ending;
  if (!labels.empty()) {
    text_ += '{';
    bool first = true;
    for (const auto& [label, text] : labels) {
      if (!first) text_ += ',';
      first = false;
      text_ += label;
      text_ += "=\"";
      append_escaped(text_, text, /*quotes=*/true);
      text_ += '"';
    }
    text_ += '}';
  }
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

void Exposition::sample(const Labels& labels, double value) {
  line(type_ == MetricType::kCounter ? "_total" : "", labels, number_text(value));
}

void Exposition::sample(const Labels& labels, std::int64_t value) {
  line(type_ == MetricType::kCounter ? "_total" : "", labels, std::to_string(value));
}

void Exposition::histogram(const Labels& labels, std::span<const double> bounds,
                           std::span<const std::int64_t> counts, double sum) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    const std::string bound = i < bounds.size() ? number_text(bounds[i]) : "+Inf";
    Labels with_bound = labels;
    with_bound.emplace_back("le", bound);
    line("_bucket", with_bound, std::to_string(total));
  }
  line("_sum", labels, number_text(sum));
  line("_count", labels, std::to_string(total));
}

std::string Exposition::finish() {
  if (form_ == Form::kOpenMetrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace sluice::metrics
