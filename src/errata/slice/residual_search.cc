#include "errata/slice/residual_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <tuple>

#include "errata/base/limits.h"
#include "errata/slice/conjunction.h"
#include "errata/slice/residual_ranges.h"
#include "errata/stats/distributions.h"

namespace errata::slice {
namespace {

constexpr std::size_t kBeam = 24;
constexpr std::size_t kOfTheSameFeatures = 2;  // slices of one set of features in the beam
constexpr std::size_t kPolished = 4;
constexpr double kUnlike = 10;                // likelihood ratio from which categories do not fail alike, p near .001
constexpr double kChoicesOfAPredicate = 200;  // about as many that do not depend on each other a feature offers

/// The order in which slices are better.
constexpr auto kBefore = [](const auto& a, const auto& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.where.size() != b.where.size()) return a.where.size() < b.where.size();
  return a.where < b.where;
};

/// What choosing k of a feature's n categories costs beyond the choice of one predicate: 2 log C(n, k) in all.
double charge_of_set(std::size_t n, std::size_t k) {
  const auto all = static_cast<double>(n), some = static_cast<double>(k);
  const double log_sets = stats::log_gamma(all + 1) - stats::log_gamma(some + 1) - stats::log_gamma(all - some + 1);
  return std::max(0.0, 2 * (log_sets - std::log(kChoicesOfAPredicate)));
}

/// Calls offer(sum, set) with the first k categories by rate, from the highest and from the lowest, for every k.
template <typename Offer>
void offer_sets(std::span<const Residual> cells, std::vector<std::size_t> categories, const Offer& offer) {
  const auto ratio = [&](std::size_t c) { return (cells[c].observed + 0.5) / (cells[c].expected + 0.5); };
  for (const bool highest_first : {true, false}) {
    std::ranges::stable_sort(categories, [&](std::size_t a, std::size_t b) {
      return highest_first ? ratio(a) > ratio(b) : ratio(a) < ratio(b);
    });
    Residual sum;
    for (std::size_t k = 0; k < categories.size(); ++k) {
      sum += cells[categories[k]];
      offer(sum, std::span<const std::size_t>(categories).first(k + 1));
    }
  }
}

/// The same cases, expected to fail so much more often.
Residual as_expected(Residual sum, double scale) {
  sum.expected = std::min(sum.expected * scale, sum.n);
  sum.variance = sum.expected * (1 - sum.expected / std::max(sum.n, 1.0));
  return sum;
}

/// One feature of many codes with one of few, so that the cells of both have room in the nearest cache.
std::vector<std::vector<std::uint32_t>> pairs_of_features(const table::CodedTable& table) {
  std::vector<std::uint32_t> by_codes(table.features.size());
  std::iota(by_codes.begin(), by_codes.end(), 0U);
  std::ranges::stable_sort(by_codes, {}, [&](std::uint32_t f) { return table.features[f].bins.size(); });
  std::vector<std::vector<std::uint32_t>> pairs;
  for (std::size_t few = 0, many = by_codes.size(); few < many; ++few) {
    pairs.push_back({by_codes[few]});
    if (few < --many) pairs.back().push_back(by_codes[many]);
  }
  return pairs;
}

}  // namespace

ResidualSearch::ResidualSearch(const table::CodedTable& table, std::span<const std::uint32_t> rows,
                               ResidualSearchOptions options, ThreadPool& pool)
    : table_(table), options_(options), pool_(pool), rows_(rows.size()), columns_(table.features.size()) {
  pool_.parallel_for(columns_.size(),
                     [&](std::size_t f, auto) { columns_[f] = NarrowColumn(table.features[f], rows); });
  together_ = pairs_of_features(table);
}

/// The first cases of a slice, ascending: all, or at least so many.
std::vector<std::uint32_t> ResidualSearch::members_of(std::span<const CodedPredicate> where, std::size_t enough) const {
  std::vector<CodeTest<NarrowColumn>> tests;
  for (const CodedPredicate& p : where) tests.emplace_back(columns_[p.feature], p.first, p.last, p.also);
  return rows_that_pass<NarrowColumn>(tests, rows_, enough);
}

ResidualSearch::Sample ResidualSearch::sample_of(std::span<const CodedPredicate> where, const Cases& cases) const {
  Sample sample;
  auto& [members, weights] = sample.cases;
  members = members_of(where, kEnough);
  if (members.size() > kEnough) {
    members.resize(kEnough);
    sample.scale = static_cast<double>(rows_) / static_cast<double>(members.back() + 1);
  }
  weights.resize(members.size());
  for (std::size_t k = 0; k < members.size(); ++k) {
    const float p = cases.expected[members[k]];
    weights[k] = {.n = 1, .observed = cases.response[members[k]], .expected = p, .variance = p * (1 - p)};
  }
  return sample;
}

/// About 2 log of the number of conjunctions of so many predicates, which the best of them reaches by chance.
double ResidualSearch::charge(std::size_t predicates) const {
  double log_slices = 0;
  for (std::size_t i = 0; i < predicates; ++i) {
    const double features = std::max(1.0, static_cast<double>(columns_.size()) - static_cast<double>(i));
    log_slices += std::log(kChoicesOfAPredicate * features / static_cast<double>(i + 1));
  }
  return 2 * log_slices;
}

/// [codes of the feature] the sums of the sample.
std::vector<Residual> ResidualSearch::cells_of(std::size_t feature, const Sample& sample) const {
  const TallyColumn column{.column = &columns_[feature], .codes = table_.features[feature].bins.size()};
  return std::move(tally({&column, 1}, sample.cases)[0]);
}

/// Calls use(feature, cells) for each of one or two features that a slice does not name yet.
template <typename Use>
void ResidualSearch::tally_unnamed(std::span<const std::uint32_t> features, std::span<const CodedPredicate> where,
                                   const Sample& sample, const Use& use) const {
  std::vector<std::uint32_t> unnamed;
  std::vector<TallyColumn> columns;
  for (const std::uint32_t feature : features) {
    if (std::ranges::count(where, feature, &CodedPredicate::feature) > 0) continue;
    unnamed.push_back(feature);
    columns.push_back({.column = &columns_[feature], .codes = table_.features[feature].bins.size()});
  }
  if (unnamed.empty()) return;
  const auto cells = tally(columns, sample.cases);
  for (std::size_t i = 0; i < unnamed.size(); ++i) use(unnamed[i], cells[i]);
}

double ResidualSearch::charge_of_sets(std::span<const CodedPredicate> where) const {
  double charges = 0;
  for (const CodedPredicate& predicate : where) {
    if (!predicate.also.empty()) {
      charges += charge_of_set(table_.features[predicate.feature].bins.size(), predicate.also.size() + 1);
    }
  }
  return charges;
}

/// The best raised predicate of a feature and, where it would be the only one, the best lowered.
std::vector<ResidualSearch::Pick> ResidualSearch::picks(std::uint32_t feature, std::span<const Residual> cells,
                                                        std::size_t predicates, double base, double scale) const {
  const RangeLimits limits{.least = static_cast<double>(options_.min_support) / scale,
                           .most = options_.most_of_cases * static_cast<double>(rows_) / scale,
                           .raised_only = predicates > 1};
  std::array<std::optional<Pick>, 2> best;  // lowered, raised
  const auto offer = [&](const Residual& sum, double price, const auto& predicate) {
    if (sum.n < limits.least || sum.n > limits.most) return;
    const bool raised = sum.raised();
    if (!raised && limits.raised_only) return;
    std::optional<Pick>& here = best[raised ? 1 : 0];
    if (here && !sum.may_exceed(here->score + price)) return;
    const double score = sum.gain() - price;
    if (!here || score > here->score) here = Pick{.predicate = predicate(), .sum = sum, .score = score};
  };
  const table::CodedFeature& coded = table_.features[feature];
  const std::size_t ranges = range_bins(coded);
  const auto code = [](std::size_t value) { return static_cast<table::Code>(value); };
  offer_best_ranges(cells.first(ranges), limits, [&](const Residual& sum, std::size_t first, std::size_t last) {
    offer(sum, base, [&] { return CodedPredicate{.feature = feature, .first = code(first), .last = code(last)}; });
  });
  std::vector<std::size_t> categories;
  for (std::size_t c = ranges; c < cells.size(); ++c) {
    if (cells[c].n == 0) continue;
    offer(cells[c], base, [&] { return CodedPredicate{.feature = feature, .first = code(c), .last = code(c)}; });
    if (coded.bins[c].kind != table::Bin::Kind::missing) categories.push_back(c);
  }
  offer_sets(cells, categories, [&](const Residual& sum, std::span<const std::size_t> set) {
    const double price = base + (set.size() == 1 ? 0 : charge_of_set(cells.size(), set.size()));
    offer(sum, price, [&] {
      std::vector<table::Code> codes;
      for (const std::size_t c : set) codes.push_back(code(c));
      std::ranges::sort(codes);
      return CodedPredicate{
          .feature = feature, .first = codes[0], .last = codes[0], .also = {codes.begin() + 1, codes.end()}};
    });
  });
  std::vector<Pick> found;
  for (std::optional<Pick>& pick : best) {
    if (pick) found.push_back(std::move(*pick));
  }
  return found;
}

/// A slice with all its cases.
ResidualSlice ResidualSearch::whole(std::vector<CodedPredicate> where, const Cases& cases) const {
  ResidualSlice slice{.where = std::move(where)};
  slice.members = members_of(slice.where, rows_);
  add_up(slice, cases);
  return slice;
}

void ResidualSearch::add_up(ResidualSlice& slice, const Cases& cases) const {
  for (const std::uint32_t i : slice.members) slice.sum.add(cases.response[i], cases.expected[i]);
  slice.score = slice.sum.gain() - charge(slice.where.size()) - charge_of_sets(slice.where);
}

/// Every slice of the beam with the best predicates of every other feature.
std::vector<ResidualSearch::Grown> ResidualSearch::widen(std::span<const Grown> beam, const Cases& cases) const {
  std::vector<Sample> samples(beam.size());
  pool_.parallel_for(beam.size(), [&](std::size_t i, auto) { samples[i] = sample_of(beam[i].where, cases); });
  const std::size_t features = columns_.size();
  std::vector<std::vector<Grown>> grown(beam.size() * features);
  pool_.parallel_for(beam.size() * together_.size(), [&](std::size_t task, auto) {
    // Feature by feature: their codes stay in the cache while the samples pass by.
    const std::size_t slice = task % beam.size();
    const Grown& parent = beam[slice];
    const std::size_t length = parent.where.size() + 1;
    const double base = charge(length) + charge_of_sets(parent.where), scale = samples[slice].scale;
    const auto grow = [&](std::uint32_t feature, std::span<const Residual> cells) {
      std::vector<Grown>& here = grown[slice * features + feature];
      for (Pick& pick : picks(feature, cells, length, base, scale)) {
        Grown& one = here.emplace_back(Grown{.where = parent.where, .sum = pick.sum, .score = pick.score * scale});
        one.where.push_back(std::move(pick.predicate));
        std::ranges::sort(one.where);
      }
    };
    tally_unnamed(together_[task / beam.size()], parent.where, samples[slice], grow);
  });
  std::vector<Grown> all;
  for (auto& of_task : grown) std::ranges::move(of_task, std::back_inserter(all));
  return all;
}

/// The best of them, each once and few of the same features.
std::vector<ResidualSearch::Grown> ResidualSearch::keep_best(std::vector<Grown> grown) {
  std::ranges::stable_sort(grown, kBefore);
  std::map<std::vector<std::uint32_t>, std::size_t> uses;
  std::vector<Grown> kept;
  for (Grown& one : grown) {
    if (kept.size() == kBeam) break;
    std::vector<std::uint32_t> named;
    for (const CodedPredicate& predicate : one.where) named.push_back(predicate.feature);
    const bool again = std::ranges::any_of(kept, [&](const Grown& k) { return k.where == one.where; });
    if (!again && uses[named]++ < kOfTheSameFeatures) kept.push_back(std::move(one));
  }
  return kept;
}

/// Chooses one predicate of a slice anew, given the others. @return whether that is better
bool ResidualSearch::choose_anew(ResidualSlice& slice, std::size_t at, const Cases& cases) const {
  std::vector<CodedPredicate> other = slice.where;
  other.erase(other.begin() + static_cast<std::ptrdiff_t>(at));
  const Sample sample = sample_of(other, cases);
  const std::uint32_t feature = slice.where[at].feature;
  const std::size_t length = slice.where.size();
  const double base = charge(length) + charge_of_sets(other);
  for (Pick& pick : picks(feature, cells_of(feature, sample), length, base, sample.scale)) {
    if (pick.sum.raised() != slice.sum.raised() || pick.predicate == slice.where[at]) continue;
    std::vector<CodedPredicate> where = slice.where;
    where[at] = std::move(pick.predicate);
    ResidualSlice changed = whole(std::move(where), cases);
    if (changed.score <= slice.score + 1e-9) continue;
    slice = std::move(changed);
    return true;
  }
  return false;
}

/// Leaves out the predicate without which the slice scores most, if it scores no less.
bool ResidualSearch::drop_idle(ResidualSlice& slice, const Cases& cases) const {
  if (slice.where.size() < 2) return false;
  std::optional<ResidualSlice> best;
  for (std::size_t at = 0; at < slice.where.size(); ++at) {
    std::vector<CodedPredicate> fewer = slice.where;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(at));
    ResidualSlice shorter{.where = std::move(fewer)};
    shorter.members = members_of(shorter.where, rows_);
    if (static_cast<double>(shorter.members.size()) > options_.most_of_cases * static_cast<double>(rows_)) continue;
    add_up(shorter, cases);
    if (shorter.sum.raised() && (!best || shorter.score > best->score)) best = std::move(shorter);
  }
  if (!best || best->score < slice.score) return false;
  slice = std::move(*best);
  return true;
}

/// Of a set whose categories do not fail alike, keeps those that fail most.
void ResidualSearch::keep_alike(ResidualSlice& slice, const Cases& cases) const {
  for (CodedPredicate& predicate : slice.where) {
    if (predicate.also.empty()) continue;
    std::vector<table::Code> set{predicate.first};
    set.insert(set.end(), predicate.also.begin(), predicate.also.end());
    const Sample sample = sample_of(slice.where, cases);
    std::vector<Residual> cells = cells_of(predicate.feature, sample);
    const double scale = slice.sum.observed / slice.sum.expected;
    for (Residual& cell : cells) cell = as_expected(cell, scale);  // had all of them failed alike
    const auto ratio = [&](table::Code c) { return cells[c].observed / std::max(cells[c].expected, 1e-9); };
    std::ranges::stable_sort(set, std::greater{}, ratio);
    Residual high, low;
    for (const table::Code c : set) low += cells[c];
    double most = kUnlike + 2 * std::log(static_cast<double>(set.size()));
    std::size_t keep = set.size();
    for (std::size_t k = 0; k + 1 < set.size(); ++k) {
      high += cells[set[k]];
      low = {.n = low.n - cells[set[k]].n,
             .observed = low.observed - cells[set[k]].observed,
             .expected = low.expected - cells[set[k]].expected,
             .variance = low.variance - cells[set[k]].variance};
      if (const double unlike = high.gain() + low.gain(); unlike > most)
        std::tie(most, keep) = std::pair(unlike, k + 1);
    }
    if (keep == set.size()) continue;
    set.resize(keep);
    std::ranges::sort(set);
    predicate.first = predicate.last = set[0];
    predicate.also.assign(set.begin() + 1, set.end());
    slice = whole(std::move(slice.where), cases);
  }
}

void ResidualSearch::polish(ResidualSlice& slice, const Cases& cases) const {
  for (bool changed = true; changed;) {
    changed = drop_idle(slice, cases);
    for (std::size_t at = 0; at < slice.where.size(); ++at) changed = choose_anew(slice, at, cases) || changed;
  }
}

std::optional<ResidualSlice> ResidualSearch::best(std::span<const float> response, std::span<const float> expected) {
  const Cases cases{.response = response, .expected = expected};
  std::vector<Grown> beam(1), all;
  for (std::size_t length = 1; length <= options_.max_predicates && !beam.empty(); ++length) {
    beam = keep_best(widen(beam, cases));
    all.insert(all.end(), beam.begin(), beam.begin() + static_cast<std::ptrdiff_t>(std::min(beam.size(), kPolished)));
    std::erase_if(beam, [](const Grown& slice) { return !slice.sum.raised(); });
  }
  std::vector<ResidualSlice> found(all.size());
  pool_.parallel_for(all.size(), [&](std::size_t i, auto) { found[i] = whole(std::move(all[i].where), cases); });
  std::ranges::sort(found, kBefore);
  found.resize(std::min(found.size(), kPolished));
  pool_.parallel_for(found.size(), [&](std::size_t i, auto) { polish(found[i], cases); });
  const auto best = std::ranges::min_element(found, kBefore);
  if (best == found.end() || best->score <= 0) return std::nullopt;
  if (best->sum.raised()) keep_alike(*best, cases);
  return std::move(*best);
}

std::optional<ResidualSlice> ResidualSearch::narrowed(const std::vector<CodedPredicate>& where, std::size_t slices,
                                                      std::span<const float> response,
                                                      std::span<const float> expected) const {
  const Cases cases{.response = response, .expected = expected};
  const Sample sample = sample_of(where, cases);
  const double base = charge(1) + 2 * std::log(static_cast<double>(slices));
  std::vector<std::optional<Pick>> picked(columns_.size());
  pool_.parallel_for(together_.size(), [&](std::size_t task, auto) {
    tally_unnamed(together_[task], where, sample, [&](std::uint32_t feature, std::span<const Residual> cells) {
      const auto found = picks(feature, cells, where.size() + 1, base, sample.scale);
      if (!found.empty()) picked[feature] = found.back();
    });
  });
  const auto best =
      std::ranges::max_element(picked, {}, [](const auto& pick) { return pick ? pick->score : -kInfinity; });
  if (best == picked.end() || !*best) return std::nullopt;
  std::vector<CodedPredicate> narrow = where;
  narrow.push_back((*best)->predicate);
  const double of_set = charge_of_sets(std::span(narrow).last(1));
  std::ranges::sort(narrow);
  ResidualSlice part = whole(std::move(narrow), cases);
  part.score = part.sum.gain() - base - of_set;
  return part.score > 0 && part.sum.raised() ? std::optional(std::move(part)) : std::nullopt;
}

std::vector<std::uint32_t> ResidualSearch::members(std::span<const CodedPredicate> where) const {
  return members_of(where, rows_);
}

ResidualSlice ResidualSearch::measured(std::vector<CodedPredicate> where, std::span<const float> response,
                                       std::span<const float> expected) const {
  return whole(std::move(where), {.response = response, .expected = expected});
}

ResidualSlice ResidualSearch::polished(std::vector<CodedPredicate> where, std::span<const float> response,
                                       std::span<const float> expected) const {
  const Cases cases{.response = response, .expected = expected};
  ResidualSlice slice = whole(std::move(where), cases);
  polish(slice, cases);
  return slice;
}

}  // namespace errata::slice
