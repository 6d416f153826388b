#include "errata/slice/narrow_columns.h"

#include <array>

namespace errata::slice {
namespace {

/// Four tables, so that equal neighbouring codes do not wait for each other's increment.
template <typename Code>
std::vector<std::uint64_t> count_codes(std::span<const Code> values, std::size_t codes) {
  std::vector<std::uint32_t> tables(4 * codes);
  std::array<std::uint32_t*, 4> table{tables.data(), tables.data() + codes, tables.data() + 2 * codes,
                                      tables.data() + 3 * codes};
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    ++table[0][values[i]];
    ++table[1][values[i + 1]];
    ++table[2][values[i + 2]];
    ++table[3][values[i + 3]];
  }
  for (; i < values.size(); ++i) ++table[0][values[i]];
  std::vector<std::uint64_t> counts(codes);
  for (std::size_t code = 0; code < codes; ++code) {
    counts[code] = std::uint64_t{table[0][code]} + table[1][code] + table[2][code] + table[3][code];
  }
  return counts;
}

}  // namespace

void NarrowColumn::point_at_own() {
  bytes_ = own_bytes_;
  wide_ = own_wide_;
}

NarrowColumn::NarrowColumn(const table::CodedFeature& feature, std::span<const std::uint32_t> rows) {
  feature.codes.visit([&](const auto& codes) {
    const auto stored = codes.stored();
    const auto copy_to = [&](auto& own) {
      using Own = typename std::remove_reference_t<decltype(own)>::value_type;
      own.resize(rows.empty() ? stored.size() : rows.size());
      for (std::size_t i = 0; i < own.size(); ++i) own[i] = static_cast<Own>(stored[rows.empty() ? i : rows[i]]);
      point_at_own();
    };
    if constexpr (sizeof(stored[0]) == 1) {
      if (rows.empty()) {
        bytes_ = stored;
      } else {
        copy_to(own_bytes_);
      }
    } else if constexpr (sizeof(stored[0]) == 2) {
      if (rows.empty()) {
        wide_ = stored;
      } else {
        copy_to(own_wide_);
      }
    } else {
      copy_to(own_wide_);
    }
  });
}

std::vector<std::uint64_t> NarrowColumn::histogram(std::size_t codes) const {
  return bytes_.empty() ? count_codes(wide_, codes) : count_codes(bytes_, codes);
}

NarrowColumn NarrowColumn::at(std::span<const std::uint32_t> rows) const {
  NarrowColumn result;
  const auto copy = [&](const auto& from, auto& own) {
    own.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) own[i] = from[rows[i]];
  };
  bytes_.empty() ? copy(wide_, result.own_wide_) : copy(bytes_, result.own_bytes_);
  result.point_at_own();
  return result;
}

void NarrowColumn::in_range(const BitsetKernels& kernels, std::size_t begin, std::size_t end, table::Code first,
                            table::Code last, std::uint64_t* out) const {
  if (bytes_.empty()) {
    kernels.in_range_u16(wide_.data() + begin, end - begin, first, last, out);
  } else {
    kernels.in_range_u8(bytes_.data() + begin, end - begin, static_cast<std::uint8_t>(first),
                        static_cast<std::uint8_t>(last), out);
  }
}

}  // namespace errata::slice
