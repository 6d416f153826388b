#include "errata/replay/early_warm_up.h"

#include <fmt/format.h>

#include <algorithm>

namespace errata::replay {
namespace {

std::string remedy(const EarlyWarmUp& early, std::size_t cases, bool split) {
  if (!early.first_outcome)
    return "outcomes are later than this log is long, so that a longer one, or a memory saved from an earlier one "
           "(--memory), is what helps";
  // As many outcomes as the warm-up has cases now, where they all come as late as the first.
  const std::size_t longer = *early.first_outcome + early.end.cases;
  if (longer >= cases)
    return fmt::format(
        "the first outcome came after {} of {} cases, so that a longer log, or a memory saved from an "
        "earlier one (--memory), is what helps",
        *early.first_outcome, cases);
  if (split)
    return fmt::format("the first outcome came after {} cases: name more cases train or warm, some {}",
                       *early.first_outcome, longer);
  return fmt::format("the first outcome came after {} cases: `--warm-up {}` waits for them", *early.first_outcome,
                     longer);
}

}  // namespace

std::optional<EarlyWarmUp> early_warm_up(const std::optional<monitor::WarmUpEnd>& end,
                                         std::optional<std::size_t> first_outcome, std::size_t known) {
  if (!end || end->outcomes >= std::min(kFewOutcomes, end->cases / 2) || known <= end->outcomes) return std::nullopt;
  return EarlyWarmUp{.end = *end, .first_outcome = first_outcome};
}

std::string sentence_of(const EarlyWarmUp& early, std::size_t cases, bool split) {
  const std::string came =
      early.end.outcomes == 0
          ? "before any of their outcomes had come"
          : fmt::format("when {} of their outcomes had come",
                        early.end.outcomes == 1 ? std::string("one") : fmt::format("{}", early.end.outcomes));
  return fmt::format(
      "the warm-up ended after {} cases, {}: the memory began without failures to place its modes by and with a guess "
      "at "
      "the usual failure rate, so risks depend on where the warm-up ended; {}",
      early.end.cases, came, remedy(early, cases, split));
}

}  // namespace errata::replay
