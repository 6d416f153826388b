#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"

namespace errata::memory {

struct OnlineLogisticOptions {
  double prior_variance = 0.2;  ///< > 0, of each weight
  double forgetting = 1;        ///< (0, 1]: a case counts forgetting^age
};

/// Logistic regression, one case at a time, with a Gaussian posterior N(w, P) over the weights.
/// An outcome y of a case f moves the weights along P f to where that case's log-likelihood plus the prior is largest
/// (an implicit step: however surprising the outcome, it never overshoots), and the curvature h there shrinks P:
///     u = y − σ(f·w + u S),  S = fᵀP f,   w ← w + u P f,   P ← (P − P f fᵀ P · h / (1 + h S)) / forgetting.
/// Forgetting widens P at most up to the trace of the prior, so that weights that no case speaks of stay where they
/// are. Cost: predict O(d), learn O(d²) in double; memory d²/2 doubles.
/// Reference: W. Penny, S. Roberts, Dynamic logistic regression, IJCNN 1999; P. Toulis, E. Airoldi, Ann. Stat. 45
/// (2017), 1694–1727 (implicit steps).
class OnlineLogistic {
 public:
  /// @param prior_mean  [d >= 1] the weights before the first outcome
  OnlineLogistic(std::vector<double> prior_mean, const OnlineLogisticOptions& options);

  [[nodiscard]] std::size_t size() const { return weights_.size(); }
  /// @param features  [size()]  @return the log-odds f·w
  [[nodiscard]] double predict(std::span<const float> features) const;
  /// @param weight  > 0: how many outcomes this one counts for
  void learn(std::span<const float> features, bool outcome, double weight = 1);
  /// learn() of several from one outcome, each by its own features: the same numbers, but while one waits for a sum or
  /// a step the others go on.
  struct Lesson {
    OnlineLogistic* learner = nullptr;
    std::span<const float> features{};  ///< [learner->size()]
  };
  static constexpr std::size_t kMostTogether = 16;
  /// @param lessons  [1 … kMostTogether] of different learners
  static void learn_together(std::span<const Lesson> lessons, bool outcome, double weight);
  void set_forgetting(double forgetting) { options_.forgetting = forgetting; }
  /// Doubts what was learned: P becomes `factor` times as wide, at most as wide as the prior.
  void widen(double factor);
  [[nodiscard]] std::span<const double> weights() const { return weights_; }

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<OnlineLogistic> load(ByteReader& in);

 private:
  /// What the last outcome shrinks the covariance by: matrix ← (matrix − gain · k kᵀ) · scale.
  struct Shrinkage {
    double gain = 0, scale = 1;
    std::vector<double> k{};  ///< [padded]
  };
  void multiply(std::span<const float> features);
  [[nodiscard]] std::pair<double, double> log_odds_and_spread() const;
  void move(double step, double gain, double weight);
  [[nodiscard]] std::vector<double> covariance() const;  ///< [size(), padded] padded with zeros
  void set_covariance(std::span<const double> whole);

  OnlineLogisticOptions options_;
  std::vector<double> weights_;    ///< [size()]
  std::vector<double> tiles_;      ///< of the covariance, on and below the diagonal; not shrunk yet
  std::vector<double> direction_;  ///< [size(), rounded up to whole vectors: padded] scratch: P f
  std::vector<double> features_;   ///< [padded] scratch
  Shrinkage shrinkage_;
};

}  // namespace errata::memory
