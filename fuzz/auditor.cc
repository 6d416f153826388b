// Auditor files, from the description and tensors on (the zip file around them is libtorch's): a text, then tensors as
// nn/archive.cc holds them. An auditor that can be read scores cases.
#include <cstdint>
#include <string_view>
#include <vector>

#include "errata/audit/auditor_file.h"
#include "errata/base/bytes.h"

namespace {

using namespace errata;

void score(const audit::FittedAuditor& fitted) {
  constexpr std::size_t kCases = 3, kMostColumns = 4096;
  const std::size_t d = fitted.auditor.latents(), k = fitted.auditor.logits();
  if (d + k > kMostColumns || fitted.auditor.classes() > kMostColumns) return;
  const std::vector<float> latents(kCases * d, 2.5F), logits(kCases * k, -1.F);
  const std::vector<std::uint32_t> predicted(kCases, 0);
  const audit::ModelOutputs outputs{.cases = kCases,
                                    .latents = {latents, d > 0 ? kCases : 0, d},
                                    .blocks = fitted.blocks,
                                    .logits = {logits, k > 0 ? kCases : 0, k},
                                    .predicted = predicted};
  ERRATA_CHECK(fitted.auditor.fits(outputs));
  for (const double risk : fitted.risks(outputs)) ERRATA_CHECK(risk >= 0 && risk <= 1);
  const std::vector<std::uint8_t> failed{0, 1, 1};
  for (const audit::OperatingPoint& point : fitted.points)
    ERRATA_CHECK(audit::realise(point, fitted.risks(outputs), failed));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({reinterpret_cast<const char*>(data), size});
  nn::Archive archive{.description = in.read_text()};
  while (in.remaining() > 0 && !in.truncated()) {
    nn::NamedTensor tensor{.name = in.read_text()};
    in.read_into(tensor.shape);
    in.read_into(tensor.values);
    std::size_t values = 1;  // read_archive lets no other shapes through
    for (const std::int64_t length : tensor.shape)
      if (length < 1 || __builtin_mul_overflow(values, static_cast<std::size_t>(length), &values)) return 0;
    if (values != tensor.values.size()) return 0;
    archive.tensors.push_back(std::move(tensor));
  }
  if (const auto fitted = audit::auditor_of(archive)) score(*fitted);
  return 0;
}
