#include "shapes.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <utility>

#include "errata/base/rng.h"
#include "errata/simulate/simulate.h"
#include "errata/table/read_log.h"

namespace errata::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMillion = 1'000'000;

/// A log of integer codes from ERRATA_DATA/logs whose column `err` says what failed.
std::optional<Shape> coded_log(const std::string& name, slice::MinSupport min_support) {
  const char* data = std::getenv("ERRATA_DATA");
  const fs::path file = fs::path(data != nullptr ? data : "../shared/data") / "logs" / (name + "_binned.csv.gz");
  if (!fs::exists(file)) return std::nullopt;
  ThreadPool pool;
  auto log = table::read_log({.paths = {file.string()}, .roles = {.ignore = {"err"}}, .failure = "err = 1"});
  ERRATA_CHECK(log.has_value());
  auto table = code_features(*log, {.bins = 0}, pool);
  ERRATA_CHECK(table.has_value());
  return Shape{.name = name, .table = std::move(*table), .failed = log->failed, .min_support = min_support};
}

}  // namespace

std::optional<Shape> adult() { return coded_log("adult", {.rows = 100}); }

std::optional<Shape> million_flights() {
  const auto flights = coded_log("flights", {});
  if (!flights) return std::nullopt;
  Rng rng(1);
  std::vector<std::uint32_t> order, permutation(flights->table.rows);
  std::iota(permutation.begin(), permutation.end(), 0U);
  while (order.size() < kMillion) {
    rng.shuffle(std::span(permutation));
    order.insert(order.end(), permutation.begin(), permutation.end());
  }
  order.resize(kMillion);

  Shape shape{.name = "million", .table = {.rows = kMillion}, .failed = std::vector<std::uint8_t>(kMillion)};
  for (const table::CodedFeature& feature : flights->table.features) {
    table::CodedFeature longer{.name = feature.name, .codes = std::vector<table::Code>(kMillion), .bins = feature.bins};
    for (std::size_t row = 0; row < kMillion; ++row) {
      longer.codes.set(row, feature.codes[rng.bernoulli(0.05) ? rng.below(feature.codes.size()) : order[row]]);
    }
    shape.table.features.push_back(std::move(longer));
  }
  for (std::size_t row = 0; row < kMillion; ++row) shape.failed[row] = flights->failed[order[row]];
  return shape;
}

Shape wide() {
  ThreadPool pool;
  const auto drawn = simulate::simulate({.kind = "wide", .seed = 1});
  ERRATA_CHECK(drawn.has_value());
  const table::PredictionLog log = simulate::prediction_log(*drawn);
  auto table = code_features(log, {}, pool);
  ERRATA_CHECK(table.has_value());
  return {.name = "wide", .table = std::move(*table), .failed = log.failed, .min_support = {}};
}

Shape simulated(std::size_t rows, std::size_t features) {
  Shape shape{.name = "simulated", .table = {.rows = rows}, .failed = std::vector<std::uint8_t>(rows)};
  for (std::size_t f = 0; f < features; ++f) {
    Rng rng = Rng(1).fork(f);
    const std::size_t codes = 2 + rng.below(19);
    table::CodedFeature feature{.codes = std::vector<table::Code>(rows), .bins = std::vector<table::Bin>(codes)};
    const table::CodedFeature* before = f % 3 == 2 ? &shape.table.features.back() : nullptr;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::uint64_t bits = rng.next();
      const std::uint64_t skewed = std::min(bits % codes, (bits >> 20) % codes);
      const bool copy = before != nullptr && (bits >> 40) % 4 != 0;
      feature.codes.set(row, static_cast<table::Code>(copy ? before->codes[row] % codes : skewed));
    }
    shape.table.features.push_back(std::move(feature));
  }
  Rng rng(2);
  for (std::size_t row = 0; row < rows; ++row) {
    const bool planted = shape.table.features[0].codes[row] == 0 && shape.table.features[4].codes[row] == 0;
    shape.failed[row] = rng.bernoulli(planted ? 0.5 : 0.1) ? 1 : 0;
  }
  return shape;
}

}  // namespace errata::bench
