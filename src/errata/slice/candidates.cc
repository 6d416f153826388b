#include "errata/slice/candidates.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "errata/base/rng.h"
#include "errata/slice/expectation.h"
#include "errata/slice/residual_search.h"

namespace errata::slice {
namespace {

/// [rows] how much each case failed, in [0, 1].
std::vector<float> responses(const SearchInput& input, std::span<const std::uint32_t> rows) {
  std::vector<float> response(rows.size());
  const double largest = input.loss.empty() ? 1 : *std::ranges::max_element(input.loss);
  for (std::size_t i = 0; i < response.size(); ++i) {
    const std::uint32_t row = rows[i];
    response[i] =
        static_cast<float>(input.loss.empty() ? input.failed[row] : input.loss[row] / std::max(largest, 1e-300));
  }
  return response;
}

/// Puts the rows, with what is expected of them, in random order: the first of a slice then stand for all.
void shuffle(std::vector<std::uint32_t>& rows, std::vector<float>& base) {
  Rng rng(rows.size());
  for (std::size_t i = rows.size(); i > 1; --i) {
    const std::size_t other = rng.below(i);
    std::swap(rows[i - 1], rows[other]);
    if (!base.empty()) std::swap(base[i - 1], base[other]);
  }
}

/// Two predicates on one feature as one: ranges that touch, or categories.
std::optional<CodedPredicate> side_by_side(const table::CodedFeature& feature, const CodedPredicate& a,
                                           const CodedPredicate& b) {
  if (a == b) return a;
  const std::size_t ranges = range_bins(feature);
  const auto missing = [&](const CodedPredicate& p) { return feature.bins[p.first].kind == table::Bin::Kind::missing; };
  if (missing(a) || missing(b) || (a.first < ranges) != (b.first < ranges)) return std::nullopt;
  if (a.first < ranges) {
    if (std::max(a.first, b.first) > std::min(a.last, b.last) + 1) return std::nullopt;
    return CodedPredicate{.feature = a.feature, .first = std::min(a.first, b.first), .last = std::max(a.last, b.last)};
  }
  std::vector<table::Code> codes{a.first, b.first};
  codes.insert(codes.end(), a.also.begin(), a.also.end());
  codes.insert(codes.end(), b.also.begin(), b.also.end());
  std::ranges::sort(codes);
  codes.erase(std::ranges::unique(codes).begin(), codes.end());
  return CodedPredicate{
      .feature = a.feature, .first = codes[0], .last = codes[0], .also = {codes.begin() + 1, codes.end()}};
}

/// The slice that holds two slices of the same features, where neither holds the other.
std::optional<std::vector<CodedPredicate>> side_by_side(const table::CodedTable& table,
                                                        std::span<const CodedPredicate> a,
                                                        std::span<const CodedPredicate> b) {
  if (!std::ranges::equal(a, b, {}, &CodedPredicate::feature, &CodedPredicate::feature)) return std::nullopt;
  std::vector<CodedPredicate> both;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto one = side_by_side(table.features[a[i].feature], a[i], b[i]);
    if (!one) return std::nullopt;
    both.push_back(*one);
  }
  if (std::ranges::equal(both, a) || std::ranges::equal(both, b)) return std::nullopt;
  return both;
}

/// Puts pieces of one slice together: two candidates of the same features where one slice in their stead tells more,
/// less what it costs to choose them, given all other candidates.
class Joining {
 public:
  Joining(const table::CodedTable& table, const ResidualSearch& search, Expectation& expectation,
          const ThreadPool& pool)
      : table_(table), search_(search), expectation_(expectation), pool_(pool) {}

  void run(std::vector<Candidate>& candidates) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      for (std::size_t j = i + 1; j < candidates.size();) {
        auto one = joined(candidates, i, j);
        if (!one) {
          ++j;
          continue;
        }
        candidates[i].where = std::move(*one);
        candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(j));
        j = i + 1;
      }
    }
  }

 private:
  static constexpr std::size_t kMostTries = 24;  // each costs about as much as a round of the search

  [[nodiscard]] ResidualSlice measured(const std::vector<CodedPredicate>& where) const {
    return search_.measured(where, expectation_.response(), expectation_.expected());
  }

  std::optional<std::vector<CodedPredicate>> joined(std::span<const Candidate> candidates, std::size_t i,
                                                    std::size_t j) {
    if (!candidates[i].raised || !candidates[j].raised || tries_ == kMostTries) return std::nullopt;
    const auto both = side_by_side(table_, candidates[i].where, candidates[j].where);
    if (!both) return std::nullopt;
    ++tries_;
    explain_others(candidates, i, j);
    ResidualSlice one = search_.polished(*both, expectation_.response(), expectation_.expected());
    const double most = ResidualSearchOptions{}.most_of_cases * static_cast<double>(expectation_.response().size());
    if (!one.sum.raised() || static_cast<double>(one.members.size()) > most) return std::nullopt;
    expectation_.explain(one.members);
    const double together = 2 * expectation_.log_likelihood() - price_of(one);
    explain_others(candidates, i, j);
    double apart = 0;
    for (const std::size_t piece : {i, j}) {
      const ResidualSlice slice = measured(candidates[piece].where);
      expectation_.explain(slice.members);
      apart -= price_of(slice);
    }
    apart += 2 * expectation_.log_likelihood();
    if (together <= apart) return std::nullopt;
    return std::move(one.where);
  }

  /// Explains all candidates but two.
  void explain_others(std::span<const Candidate> candidates, std::size_t i, std::size_t j) {
    expectation_.forget();
    for (std::size_t other = 0; other < candidates.size(); ++other) {
      if (other == i || other == j) continue;
      pool_.check();
      expectation_.explain(search_.members(candidates[other].where));
    }
  }

  [[nodiscard]] static double price_of(const ResidualSlice& slice) { return slice.sum.gain() - slice.score; }

  const table::CodedTable& table_;
  const ResidualSearch& search_;
  Expectation& expectation_;
  const ThreadPool& pool_;
  std::size_t tries_ = 0;
};

/// What tells most of what is not explained yet: a slice of the log, or a part of one that was found, where to look
/// costs less.
std::optional<ResidualSlice> most_telling(ResidualSearch& search, const ConfirmOptions& options,
                                          const Expectation& expectation, std::span<const Candidate> found) {
  std::optional<ResidualSlice> best = search.best(expectation.response(), expectation.expected());
  for (const Candidate& slice : found) {
    if (!slice.raised || slice.where.size() >= options.search.max_predicates) continue;
    auto part = search.narrowed(slice.where, found.size(), expectation.response(), expectation.expected());
    if (part && (!best || part->score > best->score)) best = std::move(part);
  }
  return best;
}

}  // namespace

std::vector<Candidate> find_candidates(const SearchInput& input, std::vector<std::uint32_t> rows,
                                       std::vector<float> base, const ConfirmOptions& options, ThreadPool& pool) {
  if (rows.size() > ResidualSearch::kEnough) shuffle(rows, base);
  Expectation expectation(responses(input, rows), std::move(base));
  ResidualSearch search(
      input.table, rows,
      {.max_predicates = options.search.max_predicates, .min_support = options.search.min_support.of(rows.size())},
      pool);
  std::vector<std::uint32_t>().swap(rows);  // the search has what it needs of them
  std::vector<Candidate> candidates;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    std::optional<ResidualSlice> found = most_telling(search, options, expectation, candidates);
    if (!found) break;
    expectation.explain(found->members);
    const bool seen = std::ranges::count(candidates, found->where, &Candidate::where) > 0;
    if (!seen) candidates.push_back({.where = std::move(found->where), .raised = found->sum.raised()});
  }
  Joining(input.table, search, expectation, pool).run(candidates);
  return candidates;
}

}  // namespace errata::slice
