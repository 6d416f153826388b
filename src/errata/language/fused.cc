#include "errata/language/fused.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/language/generation.h"

namespace errata::language {

Result<double> most_apart(const Model& model, const Adapter& adapter, const Model& fused,
                          std::span<const std::int32_t> tokens) {
  ERRATA_ASSIGN(const auto apart, logits_of(model, &adapter, tokens));
  ERRATA_ASSIGN(const auto together, logits_of(fused, nullptr, tokens));
  double most = 0;
  for (std::size_t i = 0; i < apart.size(); ++i) {
    const double difference = std::abs(static_cast<double>(together[i]) - static_cast<double>(apart[i]));
    most = std::isnan(difference) ? std::numeric_limits<double>::infinity() : std::max(most, difference);
  }
  return most;
}

Model untied(const Model& model) {
  if (!model.config.tied) return model;
  Model own{.config = model.config, .plan = {}, .values = {}};
  own.config.tied = false;
  own.plan = plan_of(own.config);
  own.values.resize(own.plan.size);
  for (const Part& part : own.plan.parts) {
    const Part* const of = model.plan.find(part.name == "lm_head.weight" ? "model.embed_tokens.weight" : part.name);
    std::copy_n(model.values.begin() + static_cast<std::ptrdiff_t>(of->offset), of->size(),
                own.values.begin() + static_cast<std::ptrdiff_t>(part.offset));
  }
  return own;
}

}  // namespace errata::language
