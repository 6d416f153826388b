#include "errata/audit/detectors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "errata/audit/distance_detectors.h"
#include "errata/audit/softmax_detectors.h"

namespace errata::audit {

std::span<const DetectorInfo> detectors() {
  static const std::array all{
      DetectorInfo{"msp", "1 less the largest softmax probability", {.logits = true}, make_msp},
      DetectorInfo{"msp_temperature",
                   "the same at a temperature fitted by log loss",
                   {.logits = true, .labels = true},
                   make_msp_temperature},
      DetectorInfo{"entropy", "entropy of the softmax", {.logits = true}, make_entropy},
      DetectorInfo{"margin", "1 less the gap of the two largest probabilities", {.logits = true}, make_margin},
      DetectorInfo{"max_logit", "the largest logit, negated", {.logits = true}, make_max_logit},
      DetectorInfo{"p_norm_max_logit",
                   "the largest centred logit over the p-norm of all, negated",
                   {.logits = true, .outcomes = true},
                   make_p_norm_max_logit},
      DetectorInfo{"energy", "log-sum-exp of the logits, negated", {.logits = true}, make_energy},
      DetectorInfo{"doctor",
                   "odds that a class drawn from the softmax differs from another drawn",
                   {.logits = true},
                   make_doctor},
      DetectorInfo{"rel_u",
                   "pairs of classes that are confused when the model fails",
                   {.logits = true, .outcomes = true},
                   make_rel_u},
      DetectorInfo{"knn", "distance to the 50th nearest clean case", {.latents = true}, [] { return make_knn(); }},
      DetectorInfo{"mahalanobis_predicted",
                   "Mahalanobis distance to the predicted class",
                   {.latents = true, .predicted = true, .classes = true},
                   make_mahalanobis_predicted},
      DetectorInfo{"mahalanobis_nearest",
                   "Mahalanobis distance to the nearest class",
                   {.latents = true, .classes = true},
                   make_mahalanobis_nearest},
      DetectorInfo{"mahalanobis_relative",
                   "the same less the distance to all classes as one",
                   {.latents = true, .classes = true},
                   make_mahalanobis_relative},
      DetectorInfo{"vim",
                   "what lies outside the principal subspace of the latents, less the energy",
                   {.logits = true, .latents = true},
                   make_vim},
      DetectorInfo{"trust_score",
                   "distance to the predicted class against that to the others",
                   {.latents = true, .predicted = true, .classes = true},
                   [] { return make_trust_score(); }},
  };
  return all;
}

Result<std::unique_ptr<Detector>> detector_named(std::string_view name) {
  const auto all = detectors();
  const auto found = std::ranges::find(all, name, &DetectorInfo::name);
  if (found != all.end()) return found->make();
  std::vector<std::string_view> names;
  for (const auto& info : all) names.push_back(info.name);
  return invalid_argument(fmt::format("there is no detector {}; there are {}", name, fmt::join(names, ", ")));
}

std::vector<std::unique_ptr<Detector>> baseline_detectors(const TrainingCases& cases,
                                                          const Cancellation* cancellation) {
  std::vector<std::unique_ptr<Detector>> allowed;
  for (const auto& info : detectors()) {
    if (check_cases(info.name, info.needs, cases, cancellation)) allowed.push_back(info.make());
  }
  return allowed;
}

}  // namespace errata::audit
