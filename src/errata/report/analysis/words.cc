#include "errata/report/analysis/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/report/kit/numbers.h"

namespace errata::report {

std::string lift_words(double lift, bool losses) {
  if (std::isnan(lift)) return {};
  if (std::isinf(lift)) return losses ? "the rest loses nothing" : "the rest never fails";
  if (lift >= 10) return fmt::format("{:.0f} times the rest", lift);
  return fmt::format("{:.{}f} times the rest", lift, lift < 2 ? 2 : 1);
}

std::string figure_words(const SliceFigures& figures, bool losses) {
  std::string text =
      losses ? "mean loss " + number_text(figures.rate, 3) : fmt::format("{} fail", percent_text(figures.rate));
  if (const std::string lift = lift_words(figures.lift, losses); !lift.empty()) text += ", " + lift;
  return fmt::format("{}, {} of cases, {} of {}", text, percent_text(figures.share_of_cases),
                     percent_text(figures.share_of_failures), losses ? "the loss" : "failures");
}

std::string words_of(const slice::Analysis& analysis, const slice::NamedSlice& slice) {
  return fmt::format("{}: {}, {}, adjusted {}", words_of(slice.where),
                     figure_words(figures_of(analysis, slice.slice.whole), by_loss(analysis)),
                     slice.slice.is_confirmed ? "confirmed" : "not confirmed", p_equation(slice.slice.log_p_adjusted));
}

std::string_view words_of(slice::FoldReason reason) {
  switch (reason) {
    case slice::FoldReason::near_equal: return "almost the same cases";
    case slice::FoldReason::child: return "inside it, and fails no more than the rest of it";
    case slice::FoldReason::explained: return "fails no more than other cases that lie in the same hotspots";
  }
  ERRATA_CHECK(false);
  return {};
}

std::string whole_words(const slice::Analysis& analysis) {
  if (by_loss(analysis)) {
    return fmt::format("{}, mean loss {}", counted(analysis.rows, "case", "cases"),
                       number_text(whole_rate(analysis), 4));
  }
  return fmt::format("{}, {}: {} fail (95% interval {} to {})", counted(analysis.rows, "case", "cases"),
                     counted(analysis.failures, "failure", "failures"), percent_text(whole_rate(analysis)),
                     percent_text(analysis.rate_interval.low), percent_text(analysis.rate_interval.high));
}

std::string split_words(const slice::Analysis& analysis) {
  const std::string searched = count_text(analysis.searched_rows);
  const std::string held_out = count_text(analysis.confirm_rows);
  if (analysis.options.confirm.split == slice::SplitBy::time) {
    return fmt::format("found on the earlier {} cases and tested on the later {}", searched, held_out);
  }
  return fmt::format("found on {} cases chosen at random and tested on the other {}", searched, held_out);
}

std::string confirmed_words(const slice::Analysis& analysis) {
  std::string safe;
  if (!analysis.safe.empty()) safe = " and " + counted(analysis.safe.size(), "safe slice", "safe slices");
  return fmt::format("{}{} confirmed, of {} tested", counted(analysis.hotspots.size(), "hotspot", "hotspots"), safe,
                     counted(analysis.tested, "slice", "slices"));
}

std::string nesting_words(const slice::Analysis& analysis, const slice::NamedHotspot& hotspot) {
  const std::uint64_t failures = hotspot.slice.slice.whole.failures;
  if (hotspot.inside) {
    const slice::Slice& rest = hotspot.rest_of_outer;
    const double rate = rest.n == 0 ? 0
                                    : (by_loss(analysis) ? rest.loss : static_cast<double>(rest.failures)) /
                                          static_cast<double>(rest.n);
    return by_loss(analysis)
               ? fmt::format("inside {}, whose other cases have mean loss {}", *hotspot.inside + 1,
                             number_text(rate, 3))
               : fmt::format("inside {}, whose other cases fail {}", *hotspot.inside + 1, percent_text(rate));
  }
  if (hotspot.added_failures >= failures) return {};
  return fmt::format("{} of its {} are in none above", count_text(hotspot.added_failures),
                     counted(failures, "failure", "failures"));
}

std::string saved_words(const slice::Analysis& analysis) {
  const auto raised = std::ranges::count_if(analysis.saved, [](const auto& saved) { return saved.on_log.raised; });
  const auto unmeasurable = static_cast<std::size_t>(
      std::ranges::count_if(analysis.saved, [](const auto& saved) { return !saved.on_log.unmeasurable.empty(); }));
  const std::size_t all = analysis.saved.size();
  if (unmeasurable == all) {
    return all == 1 ? std::string("1 saved slice; it could not be measured on this log.")
                    : fmt::format("{} saved slices; none of {} could be measured on this log.", all, all);
  }
  const std::string told =
      unmeasurable == 0 ? std::string() : fmt::format("; {} of them cannot be measured here", count_text(unmeasurable));
  return fmt::format("{}{}; {} more than the rest of this log (exact test on all cases, Benjamini–Hochberg at {}).",
                     counted(all, "saved slice", "saved slices"), told,
                     raised == 0 ? "none fails" : counted(static_cast<std::uint64_t>(raised), "fails", "fail"),
                     level_text(analysis.options.confirm.fdr));
}

std::string no_hotspot_words(const slice::Analysis& analysis) {
  if (analysis.roles.features.empty() && !analysis.over_time)
    return "The log has no features, so that there is nothing to search.";
  if (analysis.tested == 0) {
    return "No hotspot is confirmed: on the part that was searched no slice fails more than chance explains, so none "
           "was tested.";
  }
  return fmt::format(
      "No hotspot is confirmed: {} tested, none fails more than the rest at a false discovery rate of {}.",
      counted(analysis.tested, "slice was", "slices were"), level_text(analysis.options.confirm.fdr));
}

}  // namespace errata::report
