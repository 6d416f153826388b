#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "errata/audit/detector.h"
#include "errata/base/error.h"

namespace errata::audit {

/// What a detector must be given.
struct DetectorNeeds {
  bool logits = false;     ///< to be fitted and to score
  bool latents = false;    ///< to be fitted and to score: the penultimate block
  bool predicted = false;  ///< to be fitted and to score
  bool labels = false;     ///< to be fitted
  bool outcomes = false;   ///< to be fitted: failures and successes, at least one of each
  bool classes = false;    ///< to be fitted: clean cases of at least two classes
};

/// Sizes that agree, blocks inside the latents, logits and latents that are finite.
/// @return data error naming the value and its place, or invalid_argument for sizes
[[nodiscard]] Result<void> check_outputs(const ModelOutputs& outputs, const Cancellation* cancellation = nullptr);

/// check_outputs(), the sizes and ranges of what is known about the cases, and that nothing needed is missing.
/// @param detector  for the message: "knn needs latents; the cases have none"
[[nodiscard]] Result<void> check_cases(std::string_view detector, const DetectorNeeds& needs,
                                       const TrainingCases& cases, const Cancellation* cancellation = nullptr);

/// The columns of the penultimate block of one case.
[[nodiscard]] inline std::span<const float> penultimate_row(const ModelOutputs& outputs, std::size_t row) {
  const LatentBlock& block = outputs.blocks[outputs.penultimate];
  return outputs.latents.row(row).subspan(block.first, block.width);
}
[[nodiscard]] inline std::size_t penultimate_width(const ModelOutputs& outputs) {
  return outputs.blocks[outputs.penultimate].width;
}

/// The clean cases: what a detector of the unusual takes for usual.
[[nodiscard]] std::vector<std::size_t> clean_rows(const TrainingCases& cases);

/// Clean cases with a class each: the label; where labels are absent, the predicted class of the cases that did not
/// fail (which is their label).
struct ReferenceCases {
  std::vector<std::size_t> rows;
  std::vector<std::uint32_t> classes;  ///< [rows]
};
[[nodiscard]] ReferenceCases reference_cases(const TrainingCases& cases);

/// At most `most` of `rows`, at even steps.
[[nodiscard]] std::vector<std::size_t> evenly_spaced(std::size_t rows, std::size_t most);

/// Some of the cases, copied.
class CaseSubset {
 public:
  CaseSubset(const TrainingCases& cases, std::span<const std::size_t> rows);
  CaseSubset(const CaseSubset&) = delete;
  CaseSubset& operator=(const CaseSubset&) = delete;
  /// Valid as long as this.
  [[nodiscard]] const TrainingCases& cases() const { return cases_; }

 private:
  std::vector<float> latents_, logits_;
  std::vector<LatentBlock> blocks_;
  std::vector<std::uint32_t> predicted_, labels_;
  std::vector<std::uint8_t> failed_, clean_;
  TrainingCases cases_;
};

}  // namespace errata::audit
