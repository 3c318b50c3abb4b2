#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>

#include "connector/staged_bytes.h"

namespace sluice {

/// For tests: what a sink stages, as files of a folder, which outlives the process.
class FiledBytes final : public connector::StagedBytes {
 public:
  explicit FiledBytes(std::string folder) : folder_(std::move(folder)) {}

  Status clear() override {
    std::filesystem::remove_all(folder_);
    return {};
  }
  Status add(data::BatchId batch, std::string_view piece) override {
    std::filesystem::create_directories(folder_);
    std::ofstream(path(batch, count(batch)), std::ios::binary) << piece;
    return {};
  }
  Status read(data::BatchId batch,
              const std::function<Status(std::string_view piece)>& receive) override {
    const std::size_t pieces = count(batch);
    for (std::size_t i = 0; i < pieces; ++i) {
      std::ifstream file(path(batch, i), std::ios::binary);
      SLUICE_TRY(receive(std::string(std::istreambuf_iterator<char>(file), {})));
    }
    return {};
  }

 private:
  std::string path(data::BatchId batch, std::size_t number) const {
    return folder_ + "/" + std::to_string(batch) + "-" + std::to_string(number);
  }
  std::size_t count(data::BatchId batch) const {
    std::size_t pieces = 0;
    while (std::filesystem::exists(path(batch, pieces))) ++pieces;
    return pieces;
  }

  std::string folder_;
};

}  // namespace sluice
