#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "connector/at_least_once_sink_conformance.h"
#include "connectors/console/console_sink.h"

namespace sluice::connector {
namespace {

/// A console that is a file.
class ConsoleRig {
 public:
  static SinkKind kind() { return connectors::console_sink_kind(); }
  static constexpr bool kOutlivesProcess = true;

  explicit ConsoleRig(std::string file) : file_(std::move(file)) {}

  std::unique_ptr<Sink> make() {
    out_ = std::make_unique<std::ofstream>(file_, std::ios::app);
    return std::make_unique<connectors::ConsoleSink>(connectors::ConsoleOptions(), *out_);
  }
  /// The rows of all tables: "|100|name 100|".
  std::vector<std::string> rows() const {
    std::vector<std::string> rows;
    for (const std::string& line : read_lines(file_)) {
      if (!line.starts_with("|") || line.find("| id|") == 0) continue;
      const auto middle = line.find('|', 1);
      rows.push_back(without_blanks(line.substr(1, middle - 1)) + "|" +
                     without_blanks(line.substr(middle + 1, line.size() - middle - 2)));
    }
    return rows;
  }
  std::size_t leftovers() const { return 0; }
  void put_foreign() {}
  bool foreign_is_intact() const { return true; }

 private:
  static std::string without_blanks(const std::string& cell) {
    return cell.substr(cell.find_first_not_of(' '));
  }

  std::string file_;
  std::unique_ptr<std::ofstream> out_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Console, AtLeastOnceSinkConformance, ConsoleRig);

}  // namespace
}  // namespace sluice::connector
