#include "errata/audit/detector_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

namespace errata::audit {
namespace {

Result<void> check_finite(MatrixView<const float> values, std::string_view what, const Cancellation* cancellation) {
  constexpr std::uint32_t kNotFinite = 0xff000000;  // of the bits without the sign
  for (std::size_t row = 0; row < values.rows(); ++row) {
    throw_if_requested(cancellation);
    std::uint32_t greatest = 0;
    for (const float value : values.row(row)) greatest = std::max(greatest, std::bit_cast<std::uint32_t>(value) << 1U);
    if (greatest < kNotFinite) continue;
    for (std::size_t c = 0; c < values.cols(); ++c) {
      if (!std::isfinite(values(row, c))) {
        return data_error(fmt::format("{} {} of case {} is {}, not a finite number", what, c, row, values(row, c)));
      }
    }
  }
  return {};
}

Result<void> check_size(std::size_t size, std::size_t cases, std::string_view what) {
  if (size != 0 && size != cases) {
    return invalid_argument(fmt::format("{} {} do not go with {} cases", size, what, cases));
  }
  return {};
}

Result<void> check_classes(std::span<const std::uint32_t> of_cases, std::size_t classes, std::string_view what) {
  const auto odd = std::ranges::find_if(of_cases, [&](std::uint32_t c) { return c >= classes; });
  if (odd == of_cases.end()) return {};
  return invalid_argument(
      fmt::format("{} {} of case {} is not one of the {} classes", what, *odd, odd - of_cases.begin(), classes));
}

Result<void> check_flags(std::span<const std::uint8_t> flags, std::string_view what) {
  const auto odd = std::ranges::find_if(flags, [](std::uint8_t f) { return f > 1; });
  if (odd == flags.end()) return {};
  return invalid_argument(fmt::format("{} {} of case {} is not 0 or 1", what, *odd, odd - flags.begin()));
}

Result<void> check_known(const TrainingCases& cases) {
  const std::size_t n = cases.outputs.cases;
  ERRATA_TRY(check_size(cases.labels.size(), n, "labels"));
  ERRATA_TRY(check_size(cases.failed.size(), n, "failures"));
  ERRATA_TRY(check_size(cases.clean.size(), n, "marks of clean cases"));
  ERRATA_TRY(check_classes(cases.labels, cases.classes, "label"));
  ERRATA_TRY(check_classes(cases.outputs.predicted, cases.classes, "predicted class"));
  ERRATA_TRY(check_flags(cases.failed, "failure"));
  ERRATA_TRY(check_flags(cases.clean, "mark"));
  if (const std::size_t logits = cases.outputs.logits.cols(); logits != 0 && logits != cases.classes) {
    return invalid_argument(fmt::format("{} logits a case do not go with {} classes", logits, cases.classes));
  }
  return {};
}

/// The first of what is needed and missing; empty when nothing is.
std::string_view missing(const DetectorNeeds& needs, const TrainingCases& cases) {
  if (needs.logits && cases.outputs.logits.empty()) return "logits";
  if (needs.latents && cases.outputs.latents.empty()) return "latents";
  if (needs.predicted && cases.outputs.predicted.empty()) return "predicted classes";
  if (needs.labels && cases.labels.empty()) return "labels";
  if (needs.classes && cases.labels.empty() && cases.outputs.predicted.empty()) return "labels or predicted classes";
  if ((needs.outcomes || (needs.classes && cases.labels.empty())) && cases.failed.empty()) return "failures";
  return {};
}

template <typename T>
std::vector<T> gather(MatrixView<const T> from, std::span<const std::size_t> rows) {
  std::vector<T> gathered;
  gathered.reserve(rows.size() * from.cols());
  if (from.empty()) return gathered;
  for (const std::size_t row : rows) gathered.insert(gathered.end(), from.row(row).begin(), from.row(row).end());
  return gathered;
}

template <typename T>
std::vector<T> gather(std::span<const T> from, std::span<const std::size_t> rows) {
  return gather(MatrixView<const T>(from, from.size(), 1), rows);
}

}  // namespace

Result<void> check_outputs(const ModelOutputs& outputs, const Cancellation* cancellation) {
  ERRATA_TRY(check_size(outputs.logits.rows(), outputs.cases, "rows of logits"));
  ERRATA_TRY(check_size(outputs.latents.rows(), outputs.cases, "rows of latents"));
  ERRATA_TRY(check_size(outputs.predicted.size(), outputs.cases, "predicted classes"));
  if (!outputs.latents.empty() && outputs.penultimate >= outputs.blocks.size()) {
    return invalid_argument(fmt::format("block {} of the latents is asked for, but there are {}", outputs.penultimate,
                                        outputs.blocks.size()));
  }
  for (const LatentBlock& block : outputs.blocks) {
    if (block.width == 0 || block.first + block.width > outputs.latents.cols()) {
      return invalid_argument(fmt::format("block {} spans columns {} to {}, but the latents have {}", block.name,
                                          block.first, block.first + block.width, outputs.latents.cols()));
    }
  }
  ERRATA_TRY(check_finite(outputs.logits, "logit", cancellation));
  return check_finite(outputs.latents, "latent", cancellation);
}

Result<void> check_cases(std::string_view detector, const DetectorNeeds& needs, const TrainingCases& cases,
                         const Cancellation* cancellation) {
  if (cases.outputs.cases == 0) return invalid_argument(fmt::format("{} needs cases, got none", detector));
  ERRATA_TRY(check_outputs(cases.outputs, cancellation));
  ERRATA_TRY(check_known(cases));
  if (const auto what = missing(needs, cases); !what.empty()) {
    return invalid_argument(fmt::format("{} needs {}; the cases have none", detector, what));
  }
  if (needs.outcomes) {
    const auto failures = std::ranges::count(cases.failed, 1);
    if (failures == 0 || failures == std::ssize(cases.failed)) {
      return data_error(fmt::format("{} needs failures and successes; of {} cases {} failed", detector,
                                    cases.failed.size(), failures));
    }
  }
  if (needs.latents && !needs.classes && clean_rows(cases).empty()) {
    return data_error(fmt::format("{} needs clean cases; none of {} is", detector, cases.outputs.cases));
  }
  if (needs.classes) {
    const auto reference = reference_cases(cases);
    const std::set<std::uint32_t> found(reference.classes.begin(), reference.classes.end());
    if (found.size() < 2) {
      return data_error(fmt::format("{} needs clean cases of at least 2 classes, got {}", detector, found.size()));
    }
  }
  return {};
}

std::vector<std::size_t> clean_rows(const TrainingCases& cases) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < cases.outputs.cases; ++i) {
    if (cases.clean.empty() || cases.clean[i] != 0) rows.push_back(i);
  }
  return rows;
}

ReferenceCases reference_cases(const TrainingCases& cases) {
  ReferenceCases reference;
  for (const std::size_t row : clean_rows(cases)) {
    if (cases.labels.empty() && cases.failed[row] != 0) continue;
    reference.rows.push_back(row);
    reference.classes.push_back(cases.labels.empty() ? cases.outputs.predicted[row] : cases.labels[row]);
  }
  return reference;
}

std::vector<std::size_t> evenly_spaced(std::size_t rows, std::size_t most) {
  std::vector<std::size_t> kept(std::min(rows, most));
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = i * rows / kept.size();
  return kept;
}

CaseSubset::CaseSubset(const TrainingCases& cases, std::span<const std::size_t> rows)
    : latents_(gather(cases.outputs.latents, rows)),
      logits_(gather(cases.outputs.logits, rows)),
      blocks_(cases.outputs.blocks.begin(), cases.outputs.blocks.end()),
      predicted_(gather(cases.outputs.predicted, rows)),
      labels_(gather(cases.labels, rows)),
      failed_(gather(cases.failed, rows)),
      clean_(gather(cases.clean, rows)) {
  ModelOutputs outputs{.cases = rows.size(), .penultimate = cases.outputs.penultimate};
  outputs.blocks = blocks_;
  if (!latents_.empty()) outputs.latents = {latents_, rows.size(), cases.outputs.latents.cols()};
  if (!logits_.empty()) outputs.logits = {logits_, rows.size(), cases.outputs.logits.cols()};
  outputs.predicted = predicted_;
  cases_ = {.outputs = outputs, .labels = labels_, .failed = failed_, .clean = clean_, .classes = cases.classes};
}

}  // namespace errata::audit
