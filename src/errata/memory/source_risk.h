#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/memory/pca.h"

namespace errata::memory {

/// The constants as published; `starts` and `seed` as its table needs them (docs/methods/source-signal.md).
struct SourceOptions {
  std::size_t axes = 2;             ///< principal axes of x that are kept
  std::size_t modes = 3;            ///< >= 1
  double least_confidence = 0.6;    ///< [0, 1] of a failure that counts, on the scale 2|p − ½|
  std::int64_t window_steps = 500;  ///< >= 0: a hit of this age still counts
  std::size_t full_activity = 10;   ///< >= 1: hits in the window that make a mode fully active
  double alpha = 0.05;              ///< (0, 1] weight of the newest case in the moving average
  std::size_t starts = 1;           ///< >= 1 starts of k-means
  std::uint64_t seed = 1;
};

/// The danger signal of "Introspective failure memory", exactly as its table was made.
///     z        = (principal axes of x, 2|p − ½|, |p − ½|)
///     activity = min(1, confident failures nearest to mode k in the last 500 steps / 10)
///     instant  = Σ_k exp(−‖z − c_k‖²) · activity_k
///     danger   = .95 · danger before + .05 · instant
/// Modes c_k are k-means centres of the confident failures of the warm-up, fixed from then on. Activity and danger
/// start at 0: failures of the warm-up place the modes and are no hits. The danger of a case knows nothing of its own
/// outcome. It is a score to rank by, not a probability; it lies in [0, modes].
///     ERRATA_ASSIGN(auto source, SourceRisk::fit(x, p, failed, {}));
///     const double danger = source.danger(case_x, case_p, step);   // then, once the outcome is known:
///     source.learn(case_x, case_p, case_failed, step);
/// Cost: O(width · axes + modes · (axes + full_activity)) a case; memory bounded by the same. Not safe to share.
/// Reference: https://github.com/NaishaShetty/Introspective-Failure-Memory-Model
class SourceRisk {
 public:
  /// Fits axes and modes to the warm-up. With fewer distinct confident failures than modes there are fewer modes; with
  /// none the danger is always 0.
  /// @param x  [n >= 1, width >= 1] not scaled; NaN = missing, read as the mean
  /// @param p  [n] in [0, 1]: P(second class); with more classes P(predicted class)
  /// @param failed  [n] 0/1
  /// @return invalid_argument for no cases, a score or an option outside its range, an infinite x
  static Result<SourceRisk> fit(MatrixView<const double> x, std::span<const double> p,
                                std::span<const std::uint8_t> failed, const SourceOptions& options,
                                const Cancellation* cancellation = nullptr);

  [[nodiscard]] std::size_t width() const { return axes_.width; }
  [[nodiscard]] std::size_t modes() const { return latest_hits_.size(); }
  /// [modes, axes + 2] row-major, the mode of most warm-up failures first.
  [[nodiscard]] std::span<const double> centres() const { return centres_; }
  /// Of mode k at a step, in [0, 1].
  [[nodiscard]] double activity(std::size_t mode, std::int64_t step) const;

  /// The danger of a case, which from now on is part of the moving average: call it once a case, in order of time.
  /// @param x  [width] not infinite  @param p  in [0, 1]
  double danger(std::span<const double> x, double p, std::int64_t step);
  /// Takes in an outcome: a confident failure is a hit of the mode nearest to it, anything else is passed over.
  /// @param step  when the outcome became known (the source: the step of the case, at once)
  void learn(std::span<const double> x, double p, bool failed, std::int64_t step);

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<SourceRisk> load(ByteReader& in);

 private:
  explicit SourceRisk(const SourceOptions& options) : options_(options) {}
  void embed(std::span<const double> x, double p);
  [[nodiscard]] double squared_distance(std::size_t mode) const;
  Result<void> find_modes(MatrixView<const double> x, std::span<const double> p, std::span<const std::uint8_t> failed,
                          const Cancellation* cancellation);

  SourceOptions options_;
  PrincipalAxes axes_;
  std::vector<double> centres_;                         ///< [modes, axes + 2]
  std::vector<std::vector<std::int64_t>> latest_hits_;  ///< by mode: at most full_activity steps, ascending
  double danger_ = 0;
  std::vector<double> filled_, z_;  ///< scratch: the case at hand without gaps, and its embedding
};

}  // namespace errata::memory
