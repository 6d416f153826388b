// Sums of cases by the code of a column.
//
// Problem: of every slice that may be grown, 25,000 cases are summed for every feature, which is a third of the whole
// search; and each sum waits for loads: of the case, its weight, its code and its cell.
//
// Idea: two features in one pass share the first two of them. One of many codes goes with one of few, so that the cells
// of both stay in the nearest cache.
#include "errata/slice/residual_tally.h"

#include <algorithm>
#include <array>

#include "errata/base/error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace errata::slice {
namespace {

void add_weight(Residual& cell, const ResidualWeight& weight) {
  cell += {.n = weight.n, .observed = weight.observed, .expected = weight.expected, .variance = weight.variance};
}

template <typename Code, std::size_t Columns>
void tally_portable(std::array<const Code*, Columns> codes, const WeighedCases& cases,
                    std::array<TallyTables, Columns> tables) {
  for (std::size_t k = 0; k < cases.members.size(); ++k)
    for (std::size_t column = 0; column < Columns; ++column) {
      Residual* const cells = k % 2 == 0 ? tables[column].even : tables[column].odd;
      add_weight(cells[codes[column][cases.members[k]]], cases.weights[k]);
    }
}

constexpr TallyKernels kTallyPortable{"portable",
                                      [](const std::uint8_t* codes, const WeighedCases& cases, TallyTables tables) {
                                        tally_portable<std::uint8_t, 1>({codes}, cases, {tables});
                                      },
                                      [](const std::uint16_t* codes, const WeighedCases& cases, TallyTables tables) {
                                        tally_portable<std::uint16_t, 1>({codes}, cases, {tables});
                                      },
                                      [](const std::uint8_t* codes, const std::uint8_t* other_codes,
                                         const WeighedCases& cases, TallyTables tables, TallyTables other_tables) {
                                        tally_portable<std::uint8_t, 2>({codes, other_codes}, cases,
                                                                        {tables, other_tables});
                                      }};

#if defined(__x86_64__)
#define ERRATA_TALLY_AVX2 __attribute__((target("avx2")))

static_assert(sizeof(Residual) == 4 * sizeof(double) && sizeof(ResidualWeight) == 4 * sizeof(float));

/// A cell is one vector of four doubles.
ERRATA_TALLY_AVX2 inline void add_to_cell(Residual& cell, __m256d more) {
  _mm256_store_pd(&cell.n, _mm256_add_pd(_mm256_load_pd(&cell.n), more));
}

template <typename Code>
ERRATA_TALLY_AVX2 void tally_one_avx2(const Code* codes, const WeighedCases& cases, TallyTables tables) {
  const std::uint32_t* const members = cases.members.data();
  const std::size_t size = cases.members.size();
  const ResidualWeight* const weights = cases.weights.data();
  for (std::size_t k = 0; k < size; ++k) {
    add_to_cell(tables.even[codes[members[k]]], _mm256_cvtps_pd(_mm_loadu_ps(&weights[k].n)));
    if (++k == size) break;
    add_to_cell(tables.odd[codes[members[k]]], _mm256_cvtps_pd(_mm_loadu_ps(&weights[k].n)));
  }
}

ERRATA_TALLY_AVX2 void tally_two_avx2(const std::uint8_t* codes, const std::uint8_t* other_codes,
                                      const WeighedCases& cases, TallyTables tables, TallyTables other_tables) {
  const std::uint32_t* const members = cases.members.data();
  const ResidualWeight* const weights = cases.weights.data();
  const std::size_t size = cases.members.size();
  const auto [even, odd] = tables;
  const auto [other_even, other_odd] = other_tables;
  for (std::size_t k = 0; k < size; ++k) {
    const __m256d more = _mm256_cvtps_pd(_mm_loadu_ps(&weights[k].n));
    add_to_cell(even[codes[members[k]]], more);
    add_to_cell(other_even[other_codes[members[k]]], more);
    if (++k == size) break;
    const __m256d next = _mm256_cvtps_pd(_mm_loadu_ps(&weights[k].n));
    add_to_cell(odd[codes[members[k]]], next);
    add_to_cell(other_odd[other_codes[members[k]]], next);
  }
}

constexpr TallyKernels kTallyAvx2{"avx2", tally_one_avx2<std::uint8_t>, tally_one_avx2<std::uint16_t>, tally_two_avx2};

#endif

std::vector<const TallyKernels*> find_usable_tallies() {
  std::vector<const TallyKernels*> usable{&kTallyPortable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) usable.push_back(&kTallyAvx2);
#endif
  return usable;
}

}  // namespace

std::span<const TallyKernels* const> usable_tally_kernels() {
  static const std::vector<const TallyKernels*> usable = find_usable_tallies();
  return usable;
}

const TallyKernels& tally_kernels() { return *usable_tally_kernels().back(); }

std::vector<std::vector<Residual>> tally(std::span<const TallyColumn> columns, const WeighedCases& cases,
                                         const TallyKernels& kernels) {
  ERRATA_CHECK(columns.size() == 1 || columns.size() == 2);
  std::vector<std::vector<Residual>> cells, odd;
  for (const TallyColumn& column : columns) {
    cells.emplace_back(column.codes);
    odd.emplace_back(column.codes);
  }
  const auto bytes = [&](std::size_t i) { return columns[i].column->bytes(); };
  const auto tables = [&](std::size_t i) { return TallyTables{cells[i].data(), odd[i].data()}; };
  if (columns.size() == 2 && !bytes(0).empty() && !bytes(1).empty()) {
    kernels.two_u8(bytes(0).data(), bytes(1).data(), cases, tables(0), tables(1));
  } else {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (bytes(i).empty()) {
        kernels.one_u16(columns[i].column->wide().data(), cases, tables(i));
      } else {
        kernels.one_u8(bytes(i).data(), cases, tables(i));
      }
    }
  }
  for (std::size_t i = 0; i < cells.size(); ++i)
    for (std::size_t code = 0; code < cells[i].size(); ++code) cells[i][code] += odd[i][code];
  return cells;
}

}  // namespace errata::slice
