#include "connectors/cassandra/cluster.h"

#include <functional>
#include <utility>

#include "connectors/cassandra/cql_value.h"
#include "io/bridge_error.h"
#include "rust/cxx.h"
#include "sluice_bridge/src/cassandra.rs.h"

namespace sluice::connectors::cassandra {
namespace {

namespace bridge = sluice::bridge::cassandra;
using io::bridge_call;

constexpr std::string_view kDefaultPort = ":9042";

rust::Str view(std::string_view text) { return {text.data(), text.size()}; }

rust::Slice<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

template <class Bytes>
std::string_view text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

rust::Vec<std::uint8_t> copy_of(std::string_view text) {
  rust::Vec<std::uint8_t> bytes;
  bytes.reserve(text.size());
  for (const char c : text) bytes.push_back(static_cast<std::uint8_t>(c));
  return bytes;
}

/// Ends what waits in the bridge when `token` is stopped.
class StopLink {
 public:
  explicit StopLink(const std::stop_token& token)
      : stop_(bridge::new_stop()), callback_(token, [this] { stop_->request(); }) {}
  const bridge::Stop& operator*() const { return *stop_; }

 private:
  rust::Box<bridge::Stop> stop_;
  std::stop_callback<std::function<void()>> callback_;
};

Result<CqlColumn> column_of(const bridge::Column& column) {
  SLUICE_ASSIGN(CqlType type, CqlType::parse(text_of(column.type_text)));
  data::Type target = natural_type(type);
  return CqlColumn{std::string(column.name), std::move(type), std::move(target)};
}

class BridgeScan final : public Scan {
 public:
  BridgeScan(rust::Box<bridge::Scan> scan, std::string what)
      : scan_(std::move(scan)), what_(std::move(what)) {}

  Result<Page> next(std::chrono::milliseconds wait) override {
    SLUICE_ASSIGN(bridge::Page got, bridge_call(what_, [&] {
                    return scan_->next(static_cast<std::uint64_t>(wait.count()));
                  }));
    Page page;
    page.found = got.found;
    page.ended = got.ended;
    page.range = got.range;
    page.is_last = got.is_last;
    page.position = text_of(got.position);
    const auto bytes = std::make_shared<const rust::Vec<std::uint8_t>>(std::move(got.cells));
    const std::string_view cells = text_of(*bytes);
    page.rows.reserve(got.ends.size());
    std::size_t begin = 0;
    for (const std::uint32_t end : got.ends) {
      page.rows.push_back(cells.substr(begin, end - begin));
      begin = end;
    }
    page.bytes = bytes;
    return page;
  }

 private:
  rust::Box<bridge::Scan> scan_;
  const std::string what_;
};

class BridgeWriter final : public Writer {
 public:
  BridgeWriter(rust::Box<bridge::Writer> writer, std::string what)
      : writer_(std::move(writer)), what_(std::move(what)), stop_(bridge::new_stop()) {}

  Status write(std::string_view block) override {
    return bridge_call(what_, [&] { writer_->write(bytes_of(block), *stop_); });
  }

 private:
  rust::Box<bridge::Writer> writer_;
  const std::string what_;
  const rust::Box<bridge::Stop> stop_;  // nobody's: the requests' own time-out bounds them
};

class BridgeCluster final : public Cluster {
 public:
  BridgeCluster(rust::Box<bridge::Cluster> cluster, std::string address)
      : cluster_(std::move(cluster)), address_(std::move(address)) {}

  Result<std::vector<std::vector<std::string>>> ask(const std::string& cql,
                                                    std::stop_token stop) override {
    const StopLink link(stop);
    SLUICE_ASSIGN(const bridge::Rows rows,
                  bridge_call(step("ask"), [&] { return cluster_->query(view(cql), *link); }));
    std::vector<std::vector<std::string>> found;
    std::size_t begin = 0;
    for (const std::uint32_t end : rows.ends) {
      std::string_view cells = text_of(rows.cells).substr(begin, end - begin);
      begin = end;
      found.emplace_back();
      std::string_view value;
      while (!cells.empty() && take_cell(cells, value)) found.back().emplace_back(value);
    }
    return found;
  }

  Status execute(const std::string& cql, std::stop_token stop) override {
    SLUICE_TRY(ask(cql, std::move(stop)));
    return {};
  }

  Result<Described> describe(const std::string& cql, std::stop_token stop) override {
    const StopLink link(stop);
    SLUICE_ASSIGN(const bridge::Described got, bridge_call(step("prepare"), [&] {
                    return cluster_->describe(view(cql), *link);
                  }));
    Described described;
    for (const bridge::Column& column : got.columns) {
      SLUICE_ASSIGN(CqlColumn one, column_of(column));
      described.columns.push_back(std::move(one));
    }
    for (const bridge::Column& column : got.markers) {
      SLUICE_ASSIGN(CqlColumn one, column_of(column));
      described.markers.push_back(std::move(one));
    }
    described.key_markers.assign(got.key_markers.begin(), got.key_markers.end());
    return described;
  }

  Result<std::unique_ptr<Scan>> scan(const ScanRequest& request, std::stop_token stop) override {
    const StopLink link(stop);
    const std::string what = step("scan");
    SLUICE_ASSIGN(
        rust::Box<bridge::Scan> scan, bridge_call(what, [&] {
          bridge::ScanRequest asked;
          asked.cql = request.cql;
          asked.by_tokens = request.by_tokens;
          asked.cells = copy_of(request.cells);
          for (const CqlColumn& column : request.columns) {
            asked.columns.push_back({column.name, column.type.to_string()});
          }
          for (const TokenRange& range : request.ranges) {
            asked.ranges.push_back({range.index, range.begin, range.end, copy_of(range.position)});
          }
          asked.page_rows = request.page_rows;
          asked.parallel = request.parallel;
          return bridge::scan(*cluster_, asked, *link);
        }));
    return {std::make_unique<BridgeScan>(std::move(scan), what)};
  }

  Result<std::unique_ptr<Writer>> writer(const std::vector<std::string>& statements,
                                         std::uint32_t parallel) override {
    const StopLink link({});
    SLUICE_ASSIGN(rust::Box<bridge::Writer> writer, bridge_call(step("prepare"), [&] {
                    std::vector<rust::String> texts;
                    for (const std::string& text : statements) texts.emplace_back(text);
                    return bridge::writer(*cluster_, {texts.data(), texts.size()}, parallel, *link);
                  }));
    return {std::make_unique<BridgeWriter>(std::move(writer), step("write"))};
  }

 private:
  std::string step(const char* name) const {
    return "cassandra: " + std::string(name) + " contact_points=" + address_;
  }

  const rust::Box<bridge::Cluster> cluster_;
  const std::string address_;
};

}  // namespace

std::string ClusterSettings::address() const {
  std::string text;
  for (const std::string& point : contact_points) text += (text.empty() ? "" : ",") + point;
  return text;
}

std::vector<OptionSpec> cluster_options() {
  return {{.name = "contact_points",
           .type = OptionType::kTextList,
           .text = "Nodes to begin with, as host or host:port; the others are learnt from them.",
           .required = true,
           .example = "[cassandra-1, \"cassandra-2:9142\"]"},
          {.name = "user", .text = "Who logs in. Default: nobody, for a cluster that lets all in."},
          {.name = "password",
           .type = OptionType::kSecret,
           .text = "The user's password.",
           .example = "\"${file:/run/secrets/cassandra}\""},
          {.name = "datacenter",
           .text = "Only nodes of this data centre are asked. Default: of any.",
           .example = "eu-west"},
          {.name = "consistency",
           .type = OptionType::kChoice,
           .text = "How many replicas must answer.",
           .default_text = "local_quorum",
           .choices = {"one", "two", "three", "quorum", "all", "local_quorum", "each_quorum",
                       "local_one"}},
          {.name = "tls",
           .type = OptionType::kBoolean,
           .text = "Whether connections are encrypted. The nodes' certificates must name their IP "
                   "addresses.",
           .default_text = "false"},
          {.name = "ca_file",
           .type = OptionType::kPath,
           .text = "With `tls`: who may have signed the nodes' certificates, as PEM. Default: the "
                   "authorities that the system trusts."},
          {.name = "connect_timeout",
           .type = OptionType::kDuration,
           .text = "How long connecting may take, for each contact point.",
           .default_text = "10s",
           .minimum = 1000},
          {.name = "request_timeout",
           .type = OptionType::kDuration,
           .text = "How long an answer may take, with the driver's own repetitions.",
           .default_text = "30s",
           .minimum = 1000}};
}

Result<ClusterSettings> read_cluster_settings(const Options& options) {
  ClusterSettings settings;
  for (std::string point : options.text_list("contact_points")) {
    const bool is_bare_v6 = point.find(':') != point.rfind(':') && !point.starts_with('[');
    if (is_bare_v6) point = "[" + point + "]";
    if (point.find(':') == std::string::npos || point.ends_with(']')) point += kDefaultPort;
    settings.contact_points.push_back(std::move(point));
  }
  if (settings.contact_points.empty()) {
    return options.value("contact_points").error("the list of contact points is empty");
  }
  if (options.has("user")) settings.user = options.text("user");
  if (options.has("password")) settings.password = options.secret("password");
  if (settings.user.empty() != settings.password.empty()) {
    return options.value(settings.user.empty() ? "password" : "user")
        .error("'user' and 'password' come together; add the other one");
  }
  if (options.has("datacenter")) settings.datacenter = options.text("datacenter");
  settings.consistency = options.text("consistency");
  settings.tls = options.boolean("tls");
  if (options.has("ca_file")) settings.ca_file = options.text("ca_file");
  if (!settings.tls && !settings.ca_file.empty()) {
    return options.value("ca_file").error("'ca_file' is for TLS; add tls: true, or remove it");
  }
  const auto millis = [&](const char* name) {
    return std::chrono::milliseconds(options.integer(name) / 1000);
  };
  settings.connect_timeout = millis("connect_timeout");
  settings.request_timeout = millis("request_timeout");
  return settings;
}

Result<std::shared_ptr<Cluster>> Cluster::connect(const ClusterSettings& settings,
                                                  std::stop_token stop) {
  const StopLink link(stop);
  const std::string what = "cassandra: connect contact_points=" + settings.address() +
                           (settings.user.empty() ? "" : " user=" + settings.user);
  auto cluster = bridge_call(what, [&] {
    bridge::ClusterOptions options;
    for (const std::string& point : settings.contact_points)
      options.contact_points.push_back(point);
    options.user = settings.user;
    options.password = settings.password.reveal();
    options.datacenter = settings.datacenter;
    options.consistency = settings.consistency;
    options.tls = settings.tls;
    options.ca_file = settings.ca_file;
    options.keyspace = settings.keyspace;
    options.connect_timeout_ms = static_cast<std::uint64_t>(settings.connect_timeout.count());
    options.request_timeout_ms = static_cast<std::uint64_t>(settings.request_timeout.count());
    return bridge::connect_cluster(options, *link);
  });
  if (cluster) {
    return {std::make_shared<BridgeCluster>(*std::move(cluster), settings.address())};
  }
  const Error& error = cluster.error();
  if (error.kind() == Kind::kUser) {
    return user_error(error.message() + "; check user, password, tls and ca_file");
  }
  if (error.kind() == Kind::kTransient) {
    return transient_error(error.message() +
                           "; does a server listen there, with TLS or without as 'tls' says?");
  }
  return error.clone();
}

}  // namespace sluice::connectors::cassandra
