#include "errata/audit/corruption.h"

namespace errata::audit {

CorruptionMix source_mix(double probability) {
  using enum Corruption;
  return {.pool = {rotate, noise, occlude, shift}, .probability = probability};
}

}  // namespace errata::audit
