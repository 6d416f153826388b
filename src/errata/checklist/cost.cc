#include "errata/checklist/cost.h"

#include "errata/base/limits.h"
#include "errata/relevance/scene_encoder.h"

namespace errata::checklist {
namespace {

double number(std::size_t count) { return static_cast<double>(count); }

}  // namespace

double reading_cost(const TokenReader& reader, std::size_t tokens) {
  const double width = number(reader.width);
  const double dense = 4 * width * width + number(reader.matrices) * width * number(reader.hidden);
  return number(reader.layers) * number(tokens) * (dense + 2 * number(tokens) * width);
}

double looking_cost(const relevance::PatchGrid& grid) {
  return kChannelCost * number(grid.height) * number(grid.width) + number(relevance::SceneEncoder::multiply_adds(grid));
}

double choosing_cost(std::size_t patches, std::size_t chosen, std::size_t values) {
  return number(patches) * number(chosen) * number(values);
}

double cost_over_saving(double cost, const TokenReader& reader, std::size_t patches, std::size_t funded) {
  const double saved = reading_cost(reader, patches) - reading_cost(reader, funded);
  return saved > 0 ? cost / saved : kInfinity;
}

}  // namespace errata::checklist
