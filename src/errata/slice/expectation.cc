#include "errata/slice/expectation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "errata/base/error.h"

namespace errata::slice {
namespace {

constexpr int kSweeps = 30;
constexpr double kHighestRate = 0.999;  // of a group: no case is expected to fail for certain
constexpr double kPriorCases = 20;      // that the fit counts for beside the cases of a group
constexpr double kLeastObserved = 0.5;  // a slice without a failure is not expected to have none for ever

}  // namespace

Expectation::Expectation(std::vector<float> response, std::vector<float> base)
    : response_(std::move(response)), base_(std::move(base)), group_of_(response_.size()) {
  if (base_.empty()) {
    double observed = 0;
    for (const float y : response_) observed += y;
    const double n = std::max(static_cast<double>(response_.size()), 1.0);
    base_.assign(response_.size(), static_cast<float>(observed / n));
  }
  ERRATA_CHECK(base_.size() == response_.size());
  forget();
}

void Expectation::forget() {
  Group all{.in = {}, .n = static_cast<double>(response_.size())};
  for (const float y : response_) all.observed += y;
  for (const float p : base_) all.base += p;
  groups_ = {std::move(all)};
  std::ranges::fill(group_of_, 0U);
  expected_ = base_;
}

double Expectation::log_likelihood() const {
  constexpr double kLeast = 1e-6;  // a float's rounding away from certainty
  double sum = 0;
  for (std::size_t i = 0; i < response_.size(); ++i) {
    const double p = std::clamp(double{expected_[i]}, kLeast, 1 - kLeast), y = response_[i];
    if (y > 0) sum += y * std::log(p);
    if (y < 1) sum += (1 - y) * std::log1p(-p);
  }
  return sum;
}

void Expectation::explain(std::span<const std::uint32_t> members) {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  for (Group& group : groups_) group.in.push_back(0);
  std::vector<std::uint32_t> inside(groups_.size(), kNone);  // the part of each group that lies in the slice
  for (const std::uint32_t i : members) {
    const std::uint32_t from = group_of_[i];
    if (inside[from] == kNone) {
      inside[from] = static_cast<std::uint32_t>(groups_.size());
      Group part{.in = groups_[from].in, .factor = groups_[from].factor};
      part.in.back() = 1;
      groups_.push_back(std::move(part));
    }
    group_of_[i] = inside[from];
    Group& to = groups_[inside[from]];
    for (const auto& [group, sign] : {std::pair(&groups_[from], -1.0), std::pair(&to, 1.0)}) {
      group->n += sign;
      group->observed += sign * response_[i];
      group->base += sign * base_[i];
    }
  }
  fit();
  spread();
}

void Expectation::fit() {
  const std::size_t slices = groups_.front().in.size();
  const auto scale = [&](const auto& holds) {
    double observed = 0, expected = 0;
    for (const Group& group : groups_) {
      if (!holds(group)) continue;
      observed += group.observed;
      expected += group.expected();
    }
    if (expected <= 0) return;
    const double ratio = std::max(observed, kLeastObserved) / expected;
    for (Group& group : groups_) {
      if (!holds(group) || group.n <= 0 || group.base <= 0) continue;
      group.factor = std::min(group.factor * ratio, kHighestRate * group.n / group.base);
    }
  };
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t slice = 0; slice < slices; ++slice) {
      scale([slice](const Group& group) { return group.in[slice] != 0; });
    }
    scale([](const Group&) { return true; });
  }
}

/// A group of many cases is expected to fail as it does: where slices overlap, the product of their factors need not
/// hold.
void Expectation::spread() {
  std::vector<float> factors;
  for (const Group& group : groups_) {
    const double expected = group.expected() / std::max(group.n, 1.0);
    const double rate = (group.observed + kPriorCases * expected) / (group.n + kPriorCases);
    factors.push_back(static_cast<float>(expected > 0 ? group.factor * rate / expected : group.factor));
  }
  for (std::size_t i = 0; i < expected_.size(); ++i) {
    expected_[i] = std::min(1.0F, base_[i] * factors[group_of_[i]]);
  }
}

}  // namespace errata::slice
