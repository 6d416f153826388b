#include "errata/checklist/ground.h"

namespace errata::checklist {

Result<void> Ground::for_each_seed(const std::function<Result<void>(std::size_t, std::uint64_t)>& body) const {
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
  ModeResult made{.contenders = measured.contenders(pool), .cases = measured.cases()};
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
