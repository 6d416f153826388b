#include "errata/slice/narrow_columns.h"

#include <array>

namespace errata::slice {
namespace {

constexpr std::size_t kByteCodes = 256;

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

NarrowColumn::NarrowColumn(const table::CodedFeature& feature, std::span<const std::uint32_t> rows) {
  const std::size_t n = rows.empty() ? feature.codes.size() : rows.size();
  const table::Code* codes = feature.codes.data();
  if (feature.bins.size() <= kByteCodes) {
    bytes_.resize(n);
    std::uint8_t* out = bytes_.data();
    if (rows.empty()) {
      for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::uint8_t>(codes[i]);
    } else {
      for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::uint8_t>(codes[rows[i]]);
    }
  } else if (rows.empty()) {
    wide_ = feature.codes;
  } else {
    storage_.resize(n);
    for (std::size_t i = 0; i < n; ++i) storage_[i] = codes[rows[i]];
    wide_ = storage_;
  }
}

std::vector<std::uint64_t> NarrowColumn::histogram(std::size_t codes) const {
  return bytes_.empty() ? count_codes(wide_, codes) : count_codes(std::span<const std::uint8_t>(bytes_), codes);
}

NarrowColumn NarrowColumn::at(std::span<const std::uint32_t> rows) const {
  NarrowColumn result;
  if (!bytes_.empty()) {
    result.bytes_.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) result.bytes_[i] = bytes_[rows[i]];
  } else {
    result.storage_.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) result.storage_[i] = wide_[rows[i]];
    result.wide_ = result.storage_;
  }
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
