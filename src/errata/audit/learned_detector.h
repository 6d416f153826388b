#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/audit/auditor.h"
#include "errata/audit/detector.h"

namespace errata::audit {

/// An auditor behind the seam of detectors, so that it is fitted and compared like all others.
class LearnedDetector final : public Detector {
 public:
  /// @param blocks  names of the blocks that it reads; empty: all
  LearnedDetector(std::string name, AuditorOptions options, std::vector<std::string> blocks = {});

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Result<void> fit(const TrainingCases& cases, ThreadPool& pool) override;
  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const override;
  /// Only after fit() succeeded.
  [[nodiscard]] const Auditor& auditor() const { return *auditor_; }

 private:
  std::string name_;
  AuditorOptions options_;
  std::vector<std::string> block_names_;
  std::optional<Auditor> auditor_;
};

/// What an auditor with target `label` says before softmax compares the classes: the energy of a case with the class
/// that the model predicted. Reference: W. Grathwohl et al., Your classifier is secretly an energy based model, ICLR
/// 2020.
class EnergyHead final : public Detector {
 public:
  /// @param auditor  trained; must outlive this
  explicit EnergyHead(const Auditor& auditor) : auditor_(auditor) {}

  [[nodiscard]] std::string_view name() const override { return "energy_head"; }
  /// @return invalid_argument for an auditor with another target
  [[nodiscard]] Result<void> fit(const TrainingCases& cases, ThreadPool& pool) override;
  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const override;

 private:
  const Auditor& auditor_;
};

/// The risk of an auditor that is trained already.
class TrainedAuditor final : public Detector {
 public:
  /// @param auditor  must outlive this
  explicit TrainedAuditor(const Auditor& auditor) : auditor_(auditor) {}

  [[nodiscard]] std::string_view name() const override { return "auditor"; }
  /// Does nothing.
  [[nodiscard]] Result<void> fit(const TrainingCases& /*cases*/, ThreadPool& /*pool*/) override { return {}; }
  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const override {
    return auditor_.risks(outputs, pool.cancellation());
  }

 private:
  const Auditor& auditor_;
};

/// The columns of some blocks of the latents, copied.
struct SelectedLatents {
  std::vector<float> values;
  std::vector<LatentBlock> blocks;
  ModelOutputs outputs;  ///< the given ones with these latents; valid as long as this and the given ones
  SelectedLatents(const ModelOutputs& from, std::span<const std::string> names);
  SelectedLatents(const SelectedLatents&) = delete;
  SelectedLatents& operator=(const SelectedLatents&) = delete;
};

}  // namespace errata::audit
