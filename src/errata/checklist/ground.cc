#include "errata/checklist/ground.h"

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

Result<void> Ground::for_each_seed(const std::function<Result<void>(std::size_t, std::uint64_t)>& body) const {
  if (outsider != nullptr) {
    for (std::size_t index = 0; index < options.seeds; ++index) {
      pool.check();
      ERRATA_TRY(body(index, options.first_seed + index));
    }
    return {};
  }
  std::vector<Result<void>> results(options.seeds);
  pool.parallel_for(options.seeds,
                    [&](std::size_t index, std::size_t) { results[index] = body(index, options.first_seed + index); });
  for (Result<void>& result : results) ERRATA_TRY(std::move(result));
  return {};
}

Result<ModeResult> Ground::run(Measured& measured, const MeasureSeed& measure) const {
  ERRATA_TRY(for_each_seed([&](std::size_t index, std::uint64_t seed) {
    Album none;
    return measure(index, seed, none);
  }));
  return result(measured, measure);
}

Result<ModeResult> Ground::result(const Measured& measured, const MeasureSeed& draw) const {
  ModeResult made{.contenders = measured.contenders(pool),
                  .cases = measured.cases(),
                  .findings = measured.findings(),
                  .left_out = measured.left_out()};
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
