#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/audit/auditor_target.h"
#include "errata/audit/detector.h"
#include "errata/nn/archive.h"
#include "errata/nn/mlp.h"

namespace errata::audit {

struct AuditorOptions {
  AuditorTarget target = AuditorTarget::label;
  bool read_logits = true;  ///< the logits are read beside the latents
  bool standardise = true;  ///< columns to mean 0 and deviation 1 over the training cases, far values drawn in
  std::size_t axes = 256;   ///< principal axes that stand for the columns where these are more; 0: the columns
  std::vector<std::size_t> hidden{512, 128};  ///< widths of the hidden layers
  double dropout = 0.2;
  std::size_t epochs = 8, batch = 512;
  double learning_rate = 4e-3, weight_decay = 1e-2;
  nn::Schedule schedule = nn::Schedule::one_cycle;
  std::size_t heads = 1;  ///< >= 1: networks of other seeds whose probabilities are averaged
  std::uint64_t seed = 0;
  nn::Device device{};
  const Cancellation* cancellation = nullptr;         ///< unwinds the training with Cancelled
  std::optional<std::filesystem::path> checkpoint{};  ///< of the head in training; goes on from it when there
  std::function<void(std::size_t done, std::size_t of, double loss)> on_epoch{};  ///< over all heads
};

/// The source's auditor: reads the latents as they are, 224-128-64-1, dropout .1, 6 epochs of Adam at 1e-3.
[[nodiscard]] AuditorOptions source_auditor(std::uint64_t seed);

/// Why cases of these outcomes teach an auditor nothing: "there is nothing to learn, 0 of 120 training cases failed".
/// @param failed  [n] 0/1  @return empty where there are failures and successes
[[nodiscard]] std::string nothing_to_learn(std::span<const std::uint8_t> failed);

/// The learned detector: a small network that reads a model's latents and says how likely the model is wrong.
///     ERRATA_ASSIGN(const auto auditor, Auditor::train(cases, {.seed = 1}));
///     const std::vector<double> risk = auditor.risks(outputs);
/// With target `label` it is a second classifier over what the first one computed; its risk is its doubt in the first
/// one's answer. docs/methods/auditor.md tells when which is better and what was measured.
class Auditor {
 public:
  /// @return invalid_argument for options out of range and for target `label` without labels; data when there are no
  ///     failures or only failures (nothing_to_learn())
  /// Cost: heads · epochs passes over the cases; a copy of the cases' columns as float32.
  /// The same seed gives the same auditor on the same machine and number of threads.
  [[nodiscard]] static Result<Auditor> train(const TrainingCases& cases, const AuditorOptions& options);

  [[nodiscard]] AuditorTarget target() const { return target_; }
  [[nodiscard]] bool reads_logits() const { return logits_ > 0; }
  [[nodiscard]] std::size_t latents() const { return mean_.size() - logits_; }
  [[nodiscard]] std::size_t logits() const { return logits_; }
  [[nodiscard]] std::size_t classes() const { return heads_.front().width(); }
  /// Are the columns replaced by their principal axes?
  [[nodiscard]] bool has_axes() const { return axes_.has_value(); }
  [[nodiscard]] const std::vector<nn::Mlp>& heads() const { return heads_; }

  /// Do these outputs have the columns that the auditor was trained on? @return data error naming both widths
  [[nodiscard]] Result<void> fits(const ModelOutputs& outputs) const;
  // Of many cases; `cancellation` is looked at every some thousand of them and unwinds with Cancelled.

  /// Uncalibrated risk of each case. @param outputs  fits() them  @return [n] in [0, 1]
  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs,
                                          const Cancellation* cancellation = nullptr) const;
  /// P(class | latents), only with target `label`. @return [n, classes()]
  [[nodiscard]] std::vector<float> probabilities(const ModelOutputs& outputs,
                                                 const Cancellation* cancellation = nullptr) const;
  /// What the heads read of each case: its columns on their common scale, along the principal axes where there are any.
  /// @return [n, read_width()]
  [[nodiscard]] std::vector<float> read_by_heads(const ModelOutputs& outputs,
                                                 const Cancellation* cancellation = nullptr) const;
  [[nodiscard]] std::size_t read_width() const { return inputs(); }
  /// Energy of a case with its predicted class, −z_predicted, before softmax compares the classes; the mean over heads.
  /// Only with target `label`. @return [n]
  [[nodiscard]] std::vector<double> energies(const ModelOutputs& outputs,
                                             const Cancellation* cancellation = nullptr) const;
  /// One case, without the cost of a batch: under 20 µs at the source's size.
  /// @param columns  [latents + logits]  @param predicted  its class
  [[nodiscard]] double risk_of(std::span<const float> columns, std::uint32_t predicted) const;
  /// Change of the mean log-odds of the risk with each column, per unit of the column. @return [n, latents + logits]
  [[nodiscard]] std::vector<float> gradients(const ModelOutputs& outputs,
                                             const Cancellation* cancellation = nullptr) const;

  /// The weights as named tensors, and back. @return data error for tensors that do not fit together
  [[nodiscard]] std::vector<nn::NamedTensor> tensors() const;
  [[nodiscard]] static Result<Auditor> of(AuditorTarget target, std::size_t logits,
                                          const std::vector<nn::NamedTensor>& tensors);

 private:
  Auditor() = default;
  /// Columns of a case on their common scale. @param columns  [columns], written
  void read(const ModelOutputs& outputs, std::size_t row, std::span<float> columns) const;
  /// Of many. @return [count, columns]
  [[nodiscard]] std::vector<float> columns_of(const ModelOutputs& outputs, std::size_t first, std::size_t count) const;
  /// What the heads read: columns_of(), along the principal axes where there are any. @return [count, inputs()]
  [[nodiscard]] std::vector<float> inputs_of(const ModelOutputs& outputs, std::size_t first, std::size_t count) const;
  [[nodiscard]] nn::Mlp axes_of(const ModelOutputs& outputs, const AuditorOptions& options) const;
  [[nodiscard]] std::size_t inputs() const { return axes_ ? axes_->width() : mean_.size(); }

  AuditorTarget target_ = AuditorTarget::failure;
  std::size_t logits_ = 0;
  std::vector<float> mean_, scale_;  ///< [columns]: a column x is read as z = (x − mean) · scale …
  float bound_ = 0;                  ///< … drawn in to z / (1 + |z| / bound); 0: as it is
  std::optional<nn::Mlp> axes_;      ///< one layer
  std::vector<nn::Mlp> heads_;
};

}  // namespace errata::audit
