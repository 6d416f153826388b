#include "errata/audit/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/stats/classification.h"

namespace errata::audit {
namespace {

constexpr std::size_t kSteps = 16;     // of the integral
constexpr std::size_t kChannels = 20;  // columns listed
constexpr std::uint64_t kOtherSeeds = 1000;
constexpr std::size_t kOtherReads = 200'000;  // cases that an auditor of another seed reads, over its epochs

std::vector<LatentBlock> groups_of_columns(const Auditor& auditor, const std::vector<LatentBlock>& blocks) {
  std::vector<LatentBlock> groups = blocks;
  if (auditor.reads_logits())
    groups.push_back({.name = "logits", .first = auditor.latents(), .width = auditor.logits()});
  return groups;
}

std::string column_name(const std::vector<LatentBlock>& groups, std::size_t column) {
  for (const LatentBlock& group : groups)
    if (column >= group.first && column < group.first + group.width)
      return group.width == 1 ? group.name : fmt::format("{}[{}]", group.name, column - group.first);
  return {};
}

/// AUROC lost, a group, when its columns change places between the cases.
std::vector<double> permutation_importance(const Auditor& auditor, const AuditCases& cases,
                                           const std::vector<LatentBlock>& groups, Rng rng,
                                           const Cancellation* cancellation) {
  const auto area = [&](const AuditCases& of) {
    return stats::ranking_areas(auditor.risks(of.outputs(), cancellation), of.failed).roc_auc;
  };
  const double whole = area(cases);
  std::vector<double> lost;
  for (const LatentBlock& group : groups) {
    std::vector<std::size_t> from(cases.count);
    std::iota(from.begin(), from.end(), 0);
    rng.shuffle(std::span(from));
    AuditCases permuted = cases;
    const bool logits = group.first >= auditor.latents();
    const auto& source = logits ? cases.logits : cases.latents;
    auto& target = logits ? permuted.logits : permuted.latents;
    const std::size_t width = source.size() / cases.count, first = logits ? 0 : group.first;
    for (std::size_t i = 0; i < cases.count; ++i)
      std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from[i] * width + first), group.width,
                  target.begin() + static_cast<std::ptrdiff_t>(i * width + first));
    lost.push_back(whole - area(permuted));
  }
  return lost;
}

/// Σ over cases of |integrated gradient|, a column, as a share of the sum over columns.
std::vector<double> integrated_gradients(const Auditor& auditor, const AuditCases& cases,
                                         const std::vector<float>& baseline, const Cancellation* cancellation) {
  const std::size_t d = auditor.latents(), k = auditor.logits(), width = d + k;
  std::vector<double> sums(cases.count * width, 0);
  for (std::size_t step = 0; step < kSteps; ++step) {
    const auto share = static_cast<float>((static_cast<double>(step) + 0.5) / static_cast<double>(kSteps));
    AuditCases between = cases;
    const auto move = [&](std::vector<float>& values, std::size_t columns, std::size_t first) {
      for (std::size_t at = 0; at < values.size(); ++at) {
        const float base = baseline[first + at % columns];
        values[at] = base + share * (values[at] - base);
      }
    };
    if (d > 0) move(between.latents, d, 0);
    if (k > 0) move(between.logits, k, d);
    const auto gradients = auditor.gradients(between.outputs(), cancellation);
    for (std::size_t at = 0; at < sums.size(); ++at) sums[at] += static_cast<double>(gradients[at]);
  }
  std::vector<double> shares(width, 0);
  for (std::size_t i = 0; i < cases.count; ++i)
    for (std::size_t j = 0; j < width; ++j) {
      const float x = j < d ? cases.latents[i * d + j] : cases.logits[i * k + j - d];
      shares[j] += std::abs(sums[i * width + j] * static_cast<double>(x - baseline[j]));
    }
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (total > 0)
    for (double& share : shares) share /= total;
  return shares;
}

std::vector<float> mean_columns(const ModelOutputs& outputs, const Auditor& auditor) {
  const std::size_t d = auditor.latents(), k = auditor.logits();
  std::vector<double> sums(d + k, 0);
  for (std::size_t i = 0; i < outputs.cases; ++i) {
    for (std::size_t j = 0; j < d; ++j) sums[j] += static_cast<double>(outputs.latents(i, j));
    for (std::size_t j = 0; j < k; ++j) sums[d + j] += static_cast<double>(outputs.logits(i, j));
  }
  std::vector<float> means(d + k);
  for (std::size_t j = 0; j < d + k; ++j) means[j] = static_cast<float>(sums[j] / static_cast<double>(outputs.cases));
  return means;
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t at = begin; at < end; ++at) rank[order[at]] = static_cast<double>(begin + end - 1) / 2;
    begin = end;
  }
  return rank;
}

/// Spearman's rank correlation; NaN where one side is constant.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto x = ranks(a), y = ranks(b);
  const double middle = (static_cast<double>(a.size()) - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - middle) * (y[i] - middle);
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : std::nan("");
}

struct Spread {
  double mean = 0, sd = 0;
};
Spread spread(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {.mean = mean, .sd = values.size() < 2 ? 0 : std::sqrt(squares / (n - 1))};
}

/// What one auditor rests on.
struct Evidence {
  std::vector<double> lost;    ///< a group
  std::vector<double> shares;  ///< a column
  [[nodiscard]] double share_of(const LatentBlock& group) const {
    const auto begin = shares.begin() + static_cast<std::ptrdiff_t>(group.first);
    return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(group.width), 0.0);
  }
};

std::vector<double> over_seeds(const std::vector<Evidence>& all, const auto& figure) {
  std::vector<double> values;
  for (const Evidence& one : all) values.push_back(figure(one));
  return values;
}

void write_groups(const std::vector<Evidence>& all, const std::vector<LatentBlock>& groups, Audit& audit) {
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const Spread lost = spread(over_seeds(all, [&](const Evidence& one) { return one.lost[g]; }));
    const Spread share = spread(over_seeds(all, [&](const Evidence& one) { return one.share_of(groups[g]); }));
    audit.evidence.push_back({.name = groups[g].name,
                              .auroc_lost = lost.mean,
                              .auroc_lost_sd = lost.sd,
                              .integrated = share.mean,
                              .integrated_sd = share.sd});
  }
  std::ranges::stable_sort(audit.evidence, std::greater{}, &EvidenceResult::auroc_lost);
}

void write_channels(const std::vector<Evidence>& all, const std::vector<LatentBlock>& groups, Audit& audit) {
  std::vector<EvidenceResult> columns;
  for (std::size_t j = 0; j < all[0].shares.size(); ++j) {
    const Spread share = spread(over_seeds(all, [&](const Evidence& one) { return one.shares[j]; }));
    columns.push_back({.name = column_name(groups, j),
                       .auroc_lost = std::nan(""),
                       .auroc_lost_sd = std::nan(""),
                       .integrated = share.mean,
                       .integrated_sd = share.sd});
  }
  std::ranges::stable_sort(columns, std::greater{}, &EvidenceResult::integrated);
  columns.resize(std::min(columns.size(), kChannels));
  audit.channels = std::move(columns);
}

}  // namespace

Result<void> find_evidence(const TrainingCases& training, const Auditor& auditor, const AuditCases& held_out,
                           const EvidenceOptions& options, Audit& audit) {
  std::vector<std::size_t> rows(std::min(options.cases, held_out.count));
  std::iota(rows.begin(), rows.end(), 0);
  const AuditCases cases = held_out.at(rows);
  const auto groups = groups_of_columns(auditor, held_out.blocks);
  const auto baseline = mean_columns(training.outputs, auditor);
  const Cancellation* stop = options.auditor.cancellation;
  std::vector<Evidence> all;
  for (std::size_t seed = 0; seed < options.seeds; ++seed) {
    const auto look = [&](const Auditor& at) {
      all.push_back({.lost = permutation_importance(at, cases, groups, options.rng.fork(seed), stop),
                     .shares = integrated_gradients(at, cases, baseline, stop)});
    };
    if (seed == 0) {
      look(auditor);
      continue;
    }
    AuditorOptions other = options.auditor;
    other.seed = options.auditor.seed + kOtherSeeds * seed;
    other.checkpoint = {};
    other.heads = 1;
    other.epochs = std::min(other.epochs, 1 + kOtherReads / training.outputs.cases);
    ERRATA_ASSIGN(const Auditor trained, Auditor::train(training, other));
    look(trained);
  }
  write_groups(all, groups, audit);
  write_channels(all, groups, audit);
  double correlation = 0;
  std::size_t pairs = 0;
  for (std::size_t a = 0; a < all.size(); ++a)
    for (std::size_t b = a + 1; b < all.size(); ++b, ++pairs)
      correlation += rank_correlation(all[a].shares, all[b].shares);
  audit.evidence_stability = pairs == 0 ? std::nan("") : correlation / static_cast<double>(pairs);
  return {};
}

}  // namespace errata::audit
