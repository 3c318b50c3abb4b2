#include "connectors/cassandra/row_writes.h"

#include <cstring>

#include <gtest/gtest.h>

namespace sluice::connectors::cassandra {
namespace {

std::string item(std::uint64_t partition, const std::string& cells) {
  std::string text(reinterpret_cast<const char*>(&partition), sizeof(partition));
  const std::uint32_t numbers[] = {7, static_cast<std::uint32_t>(cells.size())};
  text.append(reinterpret_cast<const char*>(numbers), sizeof(numbers));
  return text + cells;
}

/// "cells, cells | cells": the batches of a block.
std::string shown(std::string_view block) {
  const auto number = [&block] {
    std::uint32_t value = 0;
    std::memcpy(&value, block.data(), sizeof(value));
    block.remove_prefix(sizeof(value));
    return value;
  };
  std::string text;
  while (!block.empty()) {
    text += text.empty() ? "" : " | ";
    const std::uint32_t rows = number();
    for (std::uint32_t i = 0; i < rows; ++i) {
      EXPECT_EQ(number(), 7U);
      const std::uint32_t bytes = number();
      text += (i > 0 ? ", " : "") + std::string(block.substr(0, bytes));
      block.remove_prefix(bytes);
    }
  }
  return text;
}

TEST(RowWrites, RowsOfAPartitionGoTogetherInTheirOrder) {
  const std::string items = item(2, "a") + item(1, "b") + item(2, "c") + item(1, "d");
  EXPECT_EQ(shown(batch_block(items, 1000)), "b, d | a, c");
}

TEST(RowWrites, BatchesAreBounded) {
  const std::string items = item(1, "aaaa") + item(1, "bbbb") + item(1, "cccc");
  EXPECT_EQ(shown(batch_block(items, 24)), "aaaa, bbbb | cccc");
  EXPECT_EQ(shown(batch_block(items, 1)), "aaaa | bbbb | cccc");
}

TEST(RowWrites, ABlockOfOneRow) { EXPECT_EQ(shown(one_row_block(7, "x")), "x"); }

TEST(RowWrites, WhatIsCutIsNoItem) {
  const std::string whole = item(1, "abc");
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    std::string_view items = std::string_view(whole).substr(0, bytes);
    WriteItem one;
    EXPECT_FALSE(split_item(items, one)) << bytes;
  }
}

}  // namespace
}  // namespace sluice::connectors::cassandra
