// Ranks and weights must come from cases that the members were not fitted on: a member that has seen a case knows it
// (its nearest neighbour is itself), would look better than it is and get too much weight. So the members come fitted.
#include "errata/audit/ensemble.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "errata/audit/detector_inputs.h"
#include "errata/audit/logistic_regression.h"
#include "errata/audit/piecewise_linear.h"
#include "errata/stats/distributions.h"
#include "errata/stats/sort_numbers.h"

namespace errata::audit {
namespace {

/// Where a risk stands among the risks of held-out cases, in (0, 1).
class RankTable {
 public:
  RankTable() = default;
  explicit RankTable(std::vector<double> risks) {
    stats::sort_numbers(risks);
    const auto n = static_cast<double>(risks.size());
    edge_ = 0.5 / n;
    std::vector<double> x, y;
    for (const std::size_t i : evenly_spaced_with_last(risks.size())) {
      if (!x.empty() && risks[i] == x.back()) continue;
      const auto tied = std::ranges::equal_range(risks, risks[i]);
      x.push_back(risks[i]);
      y.push_back((static_cast<double>(tied.begin() - risks.begin()) + static_cast<double>(tied.size()) / 2) / n);
    }
    const double quartiles = risks[risks.size() * 3 / 4] - risks[risks.size() / 4];
    scale_ = quartiles > 0 ? quartiles : 1;
    table_ = PiecewiseLinear(std::move(x), std::move(y));
  }

  [[nodiscard]] double operator()(double risk) const {
    const double below = (table_.x().front() - risk) / scale_, above = (risk - table_.x().back()) / scale_;
    if (below > 0) return table_.y().front() - edge_ * below / (1 + below);
    if (above > 0) return table_.y().back() + edge_ * above / (1 + above);
    return table_(risk);
  }

 private:
  static std::vector<std::size_t> evenly_spaced_with_last(std::size_t size) {
    auto indices = evenly_spaced(size, 1024);
    indices.push_back(size - 1);
    return indices;
  }

  PiecewiseLinear table_;
  double edge_ = 0;   ///< what is left below the first rank and above the last
  double scale_ = 1;  ///< of the risks: the distance of their quartiles
};

class Ensemble : public Detector {
 public:
  explicit Ensemble(EnsembleMembers members) : members_(std::move(members)) { ERRATA_CHECK(!members_.empty()); }

  [[nodiscard]] Result<void> fit(const TrainingCases& cases, ThreadPool& pool) final {
    ERRATA_TRY(check_cases(name(), needs(), cases, pool.cancellation()));
    const auto risks = risks_of_members(cases.outputs, pool);
    ranks_.clear();
    for (const auto& of_member : risks) ranks_.emplace_back(of_member);
    learn_weights(ranks_of(risks), cases);
    return {};
  }

  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const final {
    if (outputs.cases == 0) return {};
    ERRATA_CHECK(ranks_.size() == members_.size());
    const auto ranks = ranks_of(risks_of_members(outputs, pool));
    std::vector<double> risks(outputs.cases);
    for (std::size_t i = 0; i < risks.size(); ++i) {
      risks[i] = risk(std::span(ranks).subspan(i * members_.size(), members_.size()));
    }
    return risks;
  }

 protected:
  [[nodiscard]] virtual DetectorNeeds needs() const = 0;
  /// @param ranks  [n, members]
  virtual void learn_weights(std::vector<double> ranks, const TrainingCases& held_out) = 0;
  [[nodiscard]] virtual double risk(std::span<const double> ranks) const = 0;

 private:
  [[nodiscard]] std::vector<std::vector<double>> risks_of_members(const ModelOutputs& outputs, ThreadPool& pool) const {
    std::vector<std::vector<double>> risks;
    for (const auto& member : members_) risks.push_back(member->risks(outputs, pool));
    return risks;
  }

  /// @param risks  [members][n]  @return [n, members]
  [[nodiscard]] std::vector<double> ranks_of(const std::vector<std::vector<double>>& risks) const {
    std::vector<double> ranks(risks.front().size() * members_.size());
    for (std::size_t m = 0; m < members_.size(); ++m)
      for (std::size_t i = 0; i < risks[m].size(); ++i) ranks[i * members_.size() + m] = ranks_[m](risks[m][i]);
    return ranks;
  }

  EnsembleMembers members_;
  std::vector<RankTable> ranks_;  ///< [members]
};

class RankMean final : public Ensemble {
 public:
  using Ensemble::Ensemble;
  [[nodiscard]] std::string_view name() const override { return "rank_mean"; }

 protected:
  [[nodiscard]] DetectorNeeds needs() const override { return {}; }
  void learn_weights(std::vector<double>, const TrainingCases&) override {}
  [[nodiscard]] double risk(std::span<const double> ranks) const override {
    return std::accumulate(ranks.begin(), ranks.end(), 0.0) / static_cast<double>(ranks.size());
  }
};

class Stack final : public Ensemble {
 public:
  Stack(EnsembleMembers members, double ridge) : Ensemble(std::move(members)), ridge_(ridge) {}
  [[nodiscard]] std::string_view name() const override { return "stack"; }

 protected:
  [[nodiscard]] DetectorNeeds needs() const override { return {.outcomes = true}; }
  void learn_weights(std::vector<double> ranks, const TrainingCases& held_out) override {
    for (double& rank : ranks) rank = normal_score(rank);
    const std::vector<double> targets(held_out.failed.begin(), held_out.failed.end());
    model_ = fit_logistic({ranks, targets.size(), ranks.size() / targets.size()}, targets, ridge_);
  }
  [[nodiscard]] double risk(std::span<const double> ranks) const override {
    double sum = model_.intercept;
    for (std::size_t m = 0; m < ranks.size(); ++m) sum += model_.weights[m] * normal_score(ranks[m]);
    return sum;
  }

 private:
  static double normal_score(double rank) { return stats::normal_quantile(std::clamp(rank, 1e-12, 1 - 1e-12)); }

  double ridge_;
  LogisticModel model_;
};

}  // namespace

std::unique_ptr<Detector> make_rank_mean(EnsembleMembers members) {
  return std::make_unique<RankMean>(std::move(members));
}
std::unique_ptr<Detector> make_stack(EnsembleMembers members, double ridge) {
  return std::make_unique<Stack>(std::move(members), ridge);
}

}  // namespace errata::audit
