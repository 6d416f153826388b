#include "errata/checklist/ground.h"

#include <algorithm>

namespace errata::checklist {

std::vector<Allocator> Ground::compared() const {
  if (outsider == nullptr) return {errata_allocator(), document_allocator()};
  return {{.name = kYours, .allocate = {}, .by_encoder = false}, document_allocator(), errata_allocator()};
}

Result<Answer> Ground::ask(const Allocator& allocator, const Task& task) const {
  if (!allocator.allocate) return outsider->answer(task);
  ERRATA_ASSIGN(relevance::Allocation made, allocator.allocate(task, pool));
  return made;
}

Result<std::optional<relevance::Allocation>> Ground::ask(const Allocator& allocator, const Task& task,
                                                         Measured& measured, std::size_t index) const {
  ERRATA_ASSIGN(Answer answer, ask(allocator, task));
  if (!allocator.allocate) measured.answered(allocator.name, index, answer);
  if (!answer) return std::nullopt;
  return *std::move(answer);
}

Result<void> Ground::for_each(std::size_t count, const std::function<Result<void>(std::size_t)>& body) const {
  if (outsider != nullptr) {
    for (std::size_t index = 0; index < count; ++index) {
      pool.check();
      ERRATA_TRY(body(index));
    }
    return {};
  }
  std::vector<Result<void>> results(count);
  pool.parallel_for(count, [&](std::size_t index, std::size_t) { results[index] = body(index); });
  for (Result<void>& result : results) ERRATA_TRY(std::move(result));
  return {};
}

Result<void> Ground::for_each_seed(const std::function<Result<void>(std::size_t, std::uint64_t)>& body) const {
  return for_each(options.seeds, [&](std::size_t index) { return body(index, options.first_seed + index); });
}

Result<OnReal> Ground::on_pictures(std::span<const RealKind> kinds,
                                   const std::function<void(Measured& measured)>& declare,
                                   const MeasurePicture& measure) const {
  std::vector<const RealPicture*> pictures;
  for (const RealPicture& picture : real->pictures)
    if (std::ranges::find(kinds, picture.kind()) != kinds.end()) pictures.push_back(&picture);
  Measured measured(pictures.size());
  declare(measured);
  ERRATA_TRY(for_each(pictures.size(), [&](std::size_t index) -> Result<void> {
    const RealPicture& real_picture = *pictures[index];
    measured.describe(
        index, {.scene = name_of(real_picture.kind()), .query = std::string(kRealQuery), .file = real_picture.file});
    ERRATA_ASSIGN(const image::Picture picture, real_picture.open());
    return measure(index, real_picture.kind(), picture, measured);
  }));
  return on_real(measured);
}

Result<ModeResult> Ground::run(Measured& measured, const MeasureSeed& measure) const {
  ERRATA_TRY(for_each_seed([&](std::size_t index, std::uint64_t seed) {
    Album none;
    return measure(index, seed, none);
  }));
  return result(measured, measure);
}

namespace {

/// Whoever shares no measured figure with the judged allocator would be an empty row.
/// @param compared  the first so many stay, whatever was measured of them
void leave_out_empty_rows(std::size_t compared, std::vector<Contender>& contenders) {
  const std::vector<Figure>& columns = contenders.front().figures;
  const auto is_empty = [&](const Contender& contender) {
    return std::ranges::none_of(contender.figures, [&](const Figure& figure) {
      return figure.cases > 0 && std::ranges::find(columns, figure.name, &Figure::name) != columns.end();
    });
  };
  const auto others = contenders.begin() + static_cast<std::ptrdiff_t>(std::min(compared, contenders.size()));
  contenders.erase(std::remove_if(others, contenders.end(), is_empty), contenders.end());
}

}  // namespace

OnReal Ground::on_real(const Measured& measured) const {
  OnReal made{.cases = measured.cases(), .contenders = measured.contenders(pool), .findings = measured.findings()};
  if (!made.cases.empty()) leave_out_empty_rows(compared().size(), made.contenders);
  return made;
}

Result<ModeResult> Ground::result(const Measured& measured, const MeasureSeed& draw) const {
  ModeResult made{.contenders = measured.contenders(pool),
                  .cases = measured.cases(),
                  .findings = measured.findings(),
                  .left_out = measured.left_out()};
  leave_out_empty_rows(compared().size(), made.contenders);
  if (!options.examples) return made;
  for (const Choice& choice : choose_examples(made.contenders, made.cases)) {
    Album album(choice.at);
    const std::uint64_t seed = made.cases[choice.at].seed;
    ERRATA_TRY(draw(static_cast<std::size_t>(seed - options.first_seed), seed, album));
    made.examples.push_back(std::move(album).example(choice.shown));
  }
  return made;
}

}  // namespace errata::checklist
