#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "errata/audit/auditor.h"
#include "errata/audit/capture.h"
#include "errata/audit/operating_point.h"
#include "errata/audit/risk_calibration.h"
#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/nn/archive.h"
#include "errata/nn/typicality.h"

namespace errata::audit {

/// An auditor with everything that scoring needs and a reader should know. docs/formats/auditor-file.md.
struct FittedAuditor {
  Auditor auditor;
  RiskCalibration calibration;
  std::vector<LatentBlock> blocks;                             ///< of the latents, by name
  std::vector<std::string> classes;                            ///< of the predictions, in order
  std::vector<std::string> logit_columns{}, latent_columns{};  ///< names in the log it was fitted from; may be empty
  std::vector<OperatingPoint> points{};
  std::optional<nn::Typicality> typicality{};                       ///< of training cases that it accepts
  double distance_limit = std::numeric_limits<double>::infinity();  ///< of what is typical
  double unlike_share = 0;  ///< of accepted clean calibration cases that the limit leaves out at most
  std::string trained_on;   ///< the log or image set, in words
  std::uint64_t train_cases = 0, train_failures = 0;
  /// Archive::fingerprint of the classifier that computed what it learned from, where that is known.
  std::optional<std::uint64_t> model{};
  std::string metrics{};  ///< JSON of what was measured when it was fitted; opaque here

  /// d² of each case, typicality is there. @return [n]
  [[nodiscard]] std::vector<double> distances(const ModelOutputs& outputs,
                                              const Cancellation* cancellation = nullptr) const;
  /// Is each case unlike the clean ones, so that little is known of it, whatever its risk? @return [n] 0/1
  [[nodiscard]] std::vector<std::uint8_t> unlike(const ModelOutputs& outputs,
                                                 const Cancellation* cancellation = nullptr) const;
  /// Calibrated risk of each case. @param outputs  auditor.fits() them
  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs,
                                          const Cancellation* cancellation = nullptr) const;
};

/// Was it trained on what another classifier computed? No, where either is not known.
[[nodiscard]] inline bool of_another_model(const FittedAuditor& fitted, std::optional<std::uint64_t> model) {
  return fitted.model && model && *fitted.model != *model;
}

inline constexpr std::uint32_t kAuditorVersion = 2;  ///< version 1 knew nothing of the unlike

/// Writes it as an archive of kind "errata.auditor": Python opens it with torch.jit.load and calls
/// forward(columns: [n, latents + logits] float32, predicted: [n] int64) → [n] calibrated risks.
[[nodiscard]] Result<void> save_auditor(const std::filesystem::path& place, const FittedAuditor& fitted);
/// The auditor in an archive, which may be anybody's. @return data error naming the field or tensor
[[nodiscard]] Result<FittedAuditor> auditor_of(const nn::Archive& archive);
/// @return data error naming the path and what is wrong with it
[[nodiscard]] Result<FittedAuditor> load_auditor(const std::filesystem::path& place);

}  // namespace errata::audit
