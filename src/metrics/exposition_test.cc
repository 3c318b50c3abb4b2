#include "metrics/exposition.h"

#include <array>
#include <limits>

#include <gtest/gtest.h>

namespace sluice::metrics {
namespace {

TEST(Exposition, WritesFamiliesInPrometheusForm) {
  Exposition out(Form::kPrometheus);
  out.begin("sluice_batches", MetricType::kCounter, "Batches published");
  out.sample({{"pipeline", "orders"}}, std::int64_t{3});
  out.begin("sluice_lag_seconds", MetricType::kGauge, "Age", "seconds");
  out.sample({}, 0.25);
  EXPECT_EQ(out.finish(),
            "# HELP sluice_batches_total Batches published\n"
            "# TYPE sluice_batches_total counter\n"
            "sluice_batches_total{pipeline=\"orders\"} 3\n"
            "# HELP sluice_lag_seconds Age\n"
            "# TYPE sluice_lag_seconds gauge\n"
            "sluice_lag_seconds 0.25\n");
}

TEST(Exposition, OpenMetricsNamesFamiliesWithoutTotalAndHasAnEnd) {
  Exposition out(Form::kOpenMetrics);
  out.begin("sluice_cpu_seconds", MetricType::kCounter, "CPU", "seconds");
  out.sample({}, 1.5);
  EXPECT_EQ(out.finish(),
            "# HELP sluice_cpu_seconds CPU\n"
            "# TYPE sluice_cpu_seconds counter\n"
            "# UNIT sluice_cpu_seconds seconds\n"
            "sluice_cpu_seconds_total 1.5\n"
            "# EOF\n");
}

TEST(Exposition, AFamilyWithoutSamplesIsLeftOut) {
  Exposition out(Form::kPrometheus);
  out.begin("a", MetricType::kGauge, "nothing");
  EXPECT_EQ(out.finish(), "");
}

TEST(Exposition, EscapesWhatLabelsHold) {
  Exposition out(Form::kPrometheus);
  out.begin("a", MetricType::kGauge, "one\\two\nthree \"four\"");
  out.sample({{"name", "a\"b\\c\nd"}}, std::int64_t{1});
  EXPECT_EQ(
      out.finish(),
      "# HELP a one\\\\two\\nthree \"four\"\n# TYPE a gauge\na{name=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(Exposition, BucketsAddUp) {
  Exposition out(Form::kPrometheus);
  out.begin("d_seconds", MetricType::kHistogram, "Time", "seconds");
  const std::array<double, 2> bounds = {0.1, 2.5};
  const std::array<std::int64_t, 3> counts = {2, 0, 5};
  out.histogram({{"p", "x"}}, bounds, counts, 12.75);
  const std::string text = out.finish();
  EXPECT_NE(text.find("d_seconds_bucket{p=\"x\",le=\"0.1\"} 2\n"
                      "d_seconds_bucket{p=\"x\",le=\"2.5\"} 2\n"
                      "d_seconds_bucket{p=\"x\",le=\"+Inf\"} 7\n"
                      "d_seconds_sum{p=\"x\"} 12.75\n"
                      "d_seconds_count{p=\"x\"} 7\n"),
            std::string::npos)
      << text;
}

TEST(Exposition, NumbersThatAreNone) {
  Exposition out(Form::kPrometheus);
  out.begin("a", MetricType::kGauge, "h");
  out.sample({}, std::numeric_limits<double>::infinity());
  out.sample({}, std::numeric_limits<double>::quiet_NaN());
  EXPECT_NE(out.finish().find("a +Inf\na NaN\n"), std::string::npos);
}

TEST(Form, IsWhatTheClientAsksFor) {
  EXPECT_EQ(form_of(""), Form::kPrometheus);
  EXPECT_EQ(form_of("*/*"), Form::kPrometheus);
  EXPECT_EQ(form_of("application/openmetrics-text; version=1.0.0,text/plain;q=0.5"),
            Form::kOpenMetrics);
}

}  // namespace
}  // namespace sluice::metrics
