#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errata/audit/detector.h"
#include "errata/base/error.h"

namespace errata::audit {

/// Cases in memory with what a model computed for them and what came true.
struct AuditCases {
  std::size_t count = 0;
  std::vector<float> latents;            ///< [count, d]
  std::vector<LatentBlock> blocks;       ///< of the columns of latents
  std::size_t penultimate = 0;           ///< block that the logits are computed from
  std::vector<float> logits;             ///< [count, classes] or empty
  std::vector<std::string> classes;      ///< names, in the order of logits, labels and predicted
  std::vector<std::uint32_t> predicted;  ///< [count]
  std::vector<std::uint32_t> labels;     ///< [count], or empty when only failures are known
  std::vector<std::uint8_t> failed;      ///< [count] 0/1
  std::vector<std::string> groups;  ///< kinds of input: "none" and names of image::corruptions; empty when not known
  std::vector<std::vector<std::uint32_t>> groups_of;  ///< [count] of `groups`, those a case was put through in order
  std::vector<double> severity;  ///< [count] of the first corruption, in [0, 1]; empty when not known

  [[nodiscard]] std::size_t width() const { return count == 0 ? 0 : latents.size() / count; }
  [[nodiscard]] ModelOutputs outputs() const;
  /// Whether a case is as the model was trained on: no group but "none". True for all without groups.
  [[nodiscard]] bool is_clean(std::size_t i) const;
  /// The cases at `rows`, in that order.
  [[nodiscard]] AuditCases at(std::span<const std::size_t> rows) const;
  /// Puts other cases of the same columns, classes and groups behind these; an empty set takes them over.
  void append(const AuditCases& others);
  /// Cases that went through no group in `left_out`.
  [[nodiscard]] std::vector<std::size_t> rows_without(std::span<const std::uint32_t> left_out) const;
  /// Cases whose only group is `group`.
  [[nodiscard]] std::vector<std::size_t> rows_of(std::uint32_t group) const;
};

/// Cases to learn from: the outputs with labels, failures, and which are clean.
/// @param clean  [count], filled here, must outlive the result
[[nodiscard]] TrainingCases training_cases(const AuditCases& cases, std::vector<std::uint8_t>& clean);

/// Makes room for logits of classes that do not occur, where classes are whole numbers below `width`.
/// @param width  logits a case  @param place  for messages: the log
/// @return data error where a logit cannot be given a class
[[nodiscard]] Result<void> widen_classes(AuditCases& cases, std::size_t width, const std::string& place);

/// Are sizes consistent, values finite, classes in range, both outcomes there?
/// @param place  for messages: the log
/// @return data error naming the row and column of a value that is not finite
[[nodiscard]] Result<void> check_values(const AuditCases& cases, const std::string& place);

}  // namespace errata::audit
