#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/memory/case.h"
#include "errata/monitor/judge.h"
#include "errata/replay/cases.h"
#include "errata/replay/replay.h"

namespace errata::replay {

struct CorrectabilityOptions {
  double level = 0.05;            ///< (0, 1): of the tests, over all modes and regimes together
  std::size_t least_cases = 100;  ///< of a mode, before a verdict is given
  std::size_t max_modes = 256;    ///< specialists kept; later modes get none
  double forgetting = 0.998;      ///< (0, 1]: of a specialist, an outcome near its mode
};

/// Could failures have been corrected? For binary tasks, each evaluated case is predicted three times before its
/// outcome is known: by the model; by the model, flipped where the memory's risk is above 1/2; and by the specialist of
/// its failure mode, an online logistic regression of the label on the features and the model's log-odds, trained on
/// all past outcomes near the mode, successes and failures. Only outcomes that had arrived count.
///     Correctability corrections(cases, {});
///     ERRATA_ASSIGN(auto streamed, stream_cases(cases, judge, {.corrections = &corrections}));
///     const std::vector<CorrectionResult> results = corrections.results();
/// With d = (model failed) − (correction failed) in {−1, 0, 1}, "the correction does not lower the error" is tested by
/// betting on d > 0: the e-value is the mean over b = .05, .1, .2, .4, .8 of Π (1 + b·d), and by Ville's inequality it
/// ever exceeds 1/α with probability at most α when E[d | past] <= 0. "It lowers the error by at least m" (m the larger
/// of .01 and a tenth of the error so far) is tested by Π (1 + b·(m − d)). With G groups and two corrections, p-values
/// are min(1, 2G / max e) for the first and min(1, G / max e) for the second, which both corrections must reject.
/// Verdict: correctable when a correction lowers the error (p <= level); irreducible when none lowers it by m; else
/// unknown. See docs/methods/correctability.md.
/// Cost: O(features) a case; 5 bytes a case.
/// Reference: G. Shafer, JRSS A 184 (2021), 407–431; A. Ramdas et al., Statistical Science 38 (2023), 576–601.
class Correctability {
 public:
  Correctability(const CaseStream& cases, const CorrectabilityOptions& options);

  /// Whether the log has two classes, so that a prediction can be flipped.
  [[nodiscard]] bool possible() const { return possible_; }
  void predict(std::size_t i, const memory::CaseView& seen, const monitor::Judgement& judgement,
               const monitor::Judge& judge);
  void learn(std::size_t i, const memory::CaseView& seen, const memory::Outcome& outcome);

  /// All cases first, then modes by id, then the regimes of each mode together.
  [[nodiscard]] std::vector<CorrectionResult> results() const;

 private:
  /// Running mean and variance that put a feature on one scale.
  struct Scale {
    double count = 0, mean = 0, m2 = 0;
  };
  /// Online logistic regression of "positive", with a precision a weight that forgets.
  struct Specialist {
    std::uint32_t mode = memory::kNoMode;
    std::vector<double> weights{}, precision{};
  };
  static constexpr std::uint8_t kFlip = 1, kModeFlips = 2, kGlobalFlips = 4, kInRegime = 8;

  void fill(const memory::CaseView& seen);
  void rescale(const memory::CaseView& seen);
  Specialist* specialist_of(std::uint32_t mode);
  [[nodiscard]] double log_odds(const Specialist& specialist) const;
  void update(Specialist& specialist, bool positive) const;

  const CaseStream* cases_;
  CorrectabilityOptions options_;
  bool possible_;
  std::vector<Scale> scales_;
  std::vector<double> x_;
  std::vector<Specialist> specialists_;  ///< the first is that of all cases
  std::vector<std::uint8_t> said_;       ///< [cases] bits kFlip …
  std::vector<std::uint32_t> mode_;      ///< [cases]
};

}  // namespace errata::replay
