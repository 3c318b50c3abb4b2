#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::metrics {

enum class Form : unsigned char {
  kPrometheus,   ///< text/plain; version=0.0.4
  kOpenMetrics,  ///< application/openmetrics-text; version=1.0.0
};

/// The content type of an answer in this form.
std::string_view content_type(Form form);
/// The form that a client asks for by its Accept header; Prometheus' own where it asks for none.
Form form_of(std::string_view accept);

enum class MetricType : unsigned char { kCounter, kGauge, kHistogram };

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// Writes metrics as text, family by family. A family is begun once, and its samples follow; one
/// without samples is left out. Values of labels may hold anything, names come from the program.
class Exposition {
 public:
  explicit Exposition(Form form) : form_(form) {}

  /// `name`: of a counter without "_total". `unit`: "seconds", "bytes", or "" (it is the end of the
  /// name then, too).
  void begin(std::string_view name, MetricType type, std::string_view help,
             std::string_view unit = "");
  void sample(const Labels& labels, double value);
  void sample(const Labels& labels, std::int64_t value);
  /// `counts`: by bucket, not cumulative, one more than `bounds`.
  void histogram(const Labels& labels, std::span<const double> bounds,
                 std::span<const std::int64_t> counts, double sum);

  /// The whole text; ends the exposition.
  std::string finish();

 private:
  void line(std::string_view ending, const Labels& labels, std::string_view value);
  void head();

  Form form_;
  std::string text_;
  std::string name_;
  MetricType type_ = MetricType::kGauge;
  std::string help_;
  std::string unit_;
  bool begun_ = false;
};

}  // namespace sluice::metrics
