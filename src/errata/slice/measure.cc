#include <algorithm>

#include "errata/slice/bitset.h"
#include "errata/slice/search.h"

namespace errata::slice {
namespace {

/// A predicate as the loop over rows wants it.
struct Test {
  const table::Code* codes;
  table::Code first;
  table::Code width;
  std::span<const table::Code> also;
  [[nodiscard]] bool holds(std::size_t row) const {
    return static_cast<table::Code>(codes[row] - first) <= width ||
           (!also.empty() && std::ranges::binary_search(also, codes[row]));
  }
};

std::vector<Test> tests_of(const table::CodedTable& table, std::span<const CodedPredicate> where) {
  std::vector<Test> tests;
  for (const CodedPredicate& predicate : where) {
    tests.push_back({.codes = table.features[predicate.feature].codes.data(),
                     .first = predicate.first,
                     .width = static_cast<table::Code>(predicate.last - predicate.first),
                     .also = predicate.also});
  }
  return tests;
}

}  // namespace

std::size_t range_bins(const table::CodedFeature& feature) {
  if (!feature.ordered) return 0;
  return static_cast<std::size_t>(std::ranges::count(feature.bins, table::Bin::Kind::range, &table::Bin::kind));
}

std::size_t search_memory_bound(const SearchSize& size) {
  const std::size_t columns = (size.features + size.wide_features) * (size.rows + size.lossy_rows);
  const std::size_t losses = 24 * size.lossy_rows + size.predicates * words_for(size.lossy_rows) * 8;
  const std::size_t pairs = 96 * size.predicates * size.predicates;
  const std::size_t scratch =
      size.threads * (2'048 * (size.predicates + 1) + 8 * words_for(size.lossy_rows)) + 72 * size.codes;
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  return columns + losses + pairs + scratch + 64 * kMiB + 2 * kMiB * size.threads;
}

Slice measure_slice(const SearchInput& input, std::vector<CodedPredicate> where) {
  Slice slice{.where = std::move(where)};
  const std::vector<Test> tests = tests_of(input.table, slice.where);
  const std::size_t rows = input.rows.empty() ? input.table.rows : input.rows.size();
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = input.rows.empty() ? i : input.rows[i];
    bool inside = true;
    for (const Test& test : tests) inside = inside & test.holds(row);
    slice.n += std::uint64_t{inside};
    slice.failures += std::uint64_t{inside} & input.failed[row];
    if (inside && !input.loss.empty()) slice.loss += input.loss[row];
  }
  if (input.loss.empty()) slice.loss = static_cast<double>(slice.failures);
  return slice;
}

std::vector<std::uint8_t> slice_members(const table::CodedTable& table, std::span<const CodedPredicate> where) {
  std::vector<std::uint8_t> members(table.rows, 1);
  for (const Test& test : tests_of(table, where)) {
    for (std::size_t row = 0; row < table.rows; ++row) members[row] &= static_cast<std::uint8_t>(test.holds(row));
  }
  return members;
}

}  // namespace errata::slice
