#include "errata/slice/residual_tally.h"

#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace errata::slice {
namespace {

void add_weight(Residual& cell, const ResidualWeight& weight) {
  cell += {.n = weight.n, .observed = weight.observed, .expected = weight.expected, .variance = weight.variance};
}

template <typename Code>
void tally_portable(const Code* codes, const std::uint32_t* members, const ResidualWeight* weights, std::size_t count,
                    Residual* even, Residual* odd) {
  for (std::size_t k = 0; k + 1 < count; k += 2) {
    add_weight(even[codes[members[k]]], weights[k]);
    add_weight(odd[codes[members[k + 1]]], weights[k + 1]);
  }
  if (count % 2 != 0) add_weight(even[codes[members[count - 1]]], weights[count - 1]);
}

constexpr TallyKernels kTallyPortable{"portable", tally_portable<std::uint8_t>, tally_portable<std::uint16_t>};

#if defined(__x86_64__)

static_assert(sizeof(Residual) == 4 * sizeof(double) && sizeof(ResidualWeight) == 4 * sizeof(float));

/// A cell is one vector of four doubles.
__attribute__((target("avx2"), always_inline)) inline void add_weight_avx2(Residual& cell,
                                                                           const ResidualWeight& weight) {
  const __m256d more = _mm256_cvtps_pd(_mm_loadu_ps(&weight.n));
  _mm256_storeu_pd(&cell.n, _mm256_add_pd(_mm256_loadu_pd(&cell.n), more));
}

template <typename Code>
__attribute__((target("avx2"))) void tally_avx2(const Code* codes, const std::uint32_t* members,
                                                const ResidualWeight* weights, std::size_t count, Residual* even,
                                                Residual* odd) {
  for (std::size_t k = 0; k + 1 < count; k += 2) {
    add_weight_avx2(even[codes[members[k]]], weights[k]);
    add_weight_avx2(odd[codes[members[k + 1]]], weights[k + 1]);
  }
  if (count % 2 != 0) add_weight_avx2(even[codes[members[count - 1]]], weights[count - 1]);
}

constexpr TallyKernels kTallyAvx2{"avx2", tally_avx2<std::uint8_t>, tally_avx2<std::uint16_t>};

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

}  // namespace errata::slice
