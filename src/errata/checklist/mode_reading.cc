#include <array>
#include <optional>

#include "errata/checklist/mode_runs.h"
#include "errata/checklist/reading.h"
#include "errata/scene/kinds.h"

namespace errata::checklist {
namespace {

/// What is asked for in a kind of scene.
struct AskedThing {
  scene::Kind kind;
  std::string_view thing, colour;
};
constexpr std::array kAsked{AskedThing{scene::Kind::magazine, "text", "gray"},
                            AskedThing{scene::Kind::signs, "sign", ""}};
constexpr std::size_t kMostLines = 2;  // of a scene that are read: each costs some seconds

}  // namespace

Result<std::vector<Reading>> run_reading(const Ground& ground, const readers::TextReader& reader) {
  const std::vector<Spender> all = spenders();
  struct ReadingCase {
    std::optional<WordsRead> scenes, narrow;
  };
  std::vector<ReadingCase> cases(ground.options.reading_scenes);
  std::vector<Result<void>> results(cases.size());
  const auto read_scene = [&](std::size_t index) -> Result<void> {
    const AskedThing& asked = kAsked[index % kAsked.size()];
    const std::uint64_t seed = ground.options.first_seed + index;
    const scene::Scene drawn = scene::draw_scene(asked.kind, {.withheld_words = true}, seed);
    const scene::Question* question = question_about(drawn, asked.thing, asked.colour);
    if (question == nullptr) return {};
    ReadingTask task{.task = make_task(drawn.picture, question->text, ground.encoder),
                     .lines = asked_lines(drawn, *question, kMostLines)};
    if (task.lines.empty()) return {};
    ERRATA_ASSIGN(cases[index].scenes, read_at_budgets(task, all, reader, ground.pool));
    task.task.encoded.relevance = task.task.cosines.relevance =
        narrow_cosines(drawn, scene::asked_patches(drawn, *question, relevance::kPatch), seed);
    ERRATA_ASSIGN(cases[index].narrow, read_at_budgets(task, all, reader, ground.pool, &*cases[index].scenes));
    return {};
  };
  ground.pool.parallel_for(cases.size(),
                           [&](std::size_t index, std::size_t /*worker*/) { results[index] = read_scene(index); });
  for (Result<void>& result : results) ERRATA_TRY(std::move(result));
  std::vector<WordsRead> scenes, narrow;
  for (const ReadingCase& one : cases) {
    if (!one.narrow) continue;
    scenes.push_back(*one.scenes);
    narrow.push_back(*one.narrow);
  }
  return std::vector{together(std::string(ground.encoder.name()), scenes, all, ground.pool),
                     together("narrow", narrow, all, ground.pool)};
}

}  // namespace errata::checklist
