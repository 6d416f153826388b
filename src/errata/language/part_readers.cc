#include "errata/language/part_readers.h"

#include <algorithm>
#include <vector>

#include "errata/base/error.h"
#include "errata/nn/shards.h"

namespace errata::language {

void read_parts(Model& model, std::span<const ReadPart> readers) {
  constexpr std::size_t kStretch = 1 << 20;  ///< numbers
  struct Stretch {
    std::size_t part, first, size;
  };
  ERRATA_CHECK(readers.size() == model.plan.parts.size());
  model.values.resize(model.plan.size);
  std::vector<Stretch> stretches;
  for (std::size_t p = 0; p < readers.size(); ++p) {
    const Part& part = model.plan.parts[p];
    const std::size_t row = part.shape.back(), step = std::max<std::size_t>(kStretch / row, 1) * row;
    for (std::size_t first = 0; first < part.size(); first += step)
      stretches.push_back({.part = p, .first = first, .size = std::min(step, part.size() - first)});
  }
  nn::for_each_shard(stretches.size(), [&](std::size_t s) {
    const Stretch& of = stretches[s];
    readers[of.part](of.first, std::span(model.values).subspan(model.plan.parts[of.part].offset + of.first, of.size));
  });
}

}  // namespace errata::language
