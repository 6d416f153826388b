#include "errata/checklist/album.h"

#include <algorithm>
#include <cmath>

#include "errata/base/limits.h"
#include "errata/image/fitted.h"

namespace errata::checklist {
namespace {

/// How far a value is beyond its gate, negative within; NaN where there is no value or no gate.
double missed_by(const Figure& figure, std::size_t at) {
  if (!figure.gate || at >= figure.values.size()) return kNaN;
  const Gate& gate = *figure.gate;
  const double beyond = gate.at_least ? gate.limit - figure.values[at] : figure.values[at] - gate.limit;
  return gate.limit == 0 ? beyond : beyond / std::abs(gate.limit);
}

/// Of the figure that misses by most; NaN where none was measured.
double missed_by(const Contender& contender, std::size_t at) {
  double most = kNaN;
  for (const Figure& figure : contender.figures) most = std::fmax(most, missed_by(figure, at));
  return most;
}

}  // namespace

void Album::add(std::size_t at, const Page& page, std::string_view allocator, const relevance::Allocation& allocation) {
  if (!wants(at)) return;
  auto view = std::ranges::find(example_.views, page.name, &View::name);
  if (view == example_.views.end()) {
    const auto seen = std::ranges::find(seen_, &page.picture);
    const auto picture = static_cast<std::size_t>(seen - seen_.begin());
    if (seen == seen_.end()) {
      seen_.push_back(&page.picture);
      example_.pictures.push_back(image::fitted(page.picture, kExampleSide));
    }
    view = example_.views.insert(view, {.name = std::string(page.name),
                                        .query = std::string(page.query),
                                        .picture = picture,
                                        .truth = page.truth,
                                        .looks = {}});
  }
  view->looks.push_back({.allocator = std::string(allocator), .allocation = allocation});
}

Example Album::example(Shown shown) && {
  example_.shown = shown;
  example_.at = at_.value_or(0);
  return std::move(example_);
}

std::vector<Choice> choose_examples(const std::vector<Contender>& contenders, const std::vector<Case>& cases) {
  struct Missed {
    std::size_t at = 0;
    double first = 0, second = 0;
  };
  std::vector<Missed> all;
  for (std::size_t at = 0; at < cases.size(); ++at) {
    const double first = missed_by(contenders[0], at), second = missed_by(contenders[1], at);
    if (!cases[at].scene.empty() && !std::isnan(first) && !std::isnan(second))
      all.push_back({.at = at, .first = first, .second = second});
  }
  if (all.empty()) return {};
  const auto worst = std::ranges::max_element(all, {}, &Missed::first);
  const bool misses = worst->first > 0;
  const auto shown = misses ? worst : std::ranges::max_element(all, {}, &Missed::second);
  const Choice extreme{.at = shown->at, .shown = misses ? Shown::worst : Shown::worst_of_second};
  all.erase(shown);
  if (all.empty()) return {extreme};
  std::ranges::stable_sort(all, {}, &Missed::second);
  return {{.at = all[all.size() / 2].at, .shown = Shown::typical}, extreme};
}

}  // namespace errata::checklist
