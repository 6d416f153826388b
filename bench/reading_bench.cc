// experiment
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "errata/checklist/reading.h"
#include "errata/engine_nn/scene_cache.h"
#include "errata/scene/kinds.h"

namespace errata::bench {
namespace {

using namespace checklist;

void narrow(Task& task, const scene::Scene& drawn, const scene::Question& question, std::uint64_t seed) {
  const auto truth = scene::asked_patches(drawn, question, relevance::kPatch);
  scene::Question writing;
  for (std::size_t i = 0; i < drawn.things.size(); ++i)
    if (!drawn.things[i].lines.empty()) writing.things.push_back(i);
  const auto written = scene::asked_patches(drawn, writing, relevance::kPatch);
  Rng rng(seed);
  for (std::size_t p = 0; p < truth.size(); ++p)
    task.encoded.relevance[p] = task.cosines.relevance[p] =
        static_cast<float>((truth[p] != 0 ? .28 : written[p] != 0 ? .25 : .20) + .02 * rng.normal());
}

int run(int argc, char** argv) {
  ERRATA_CHECK(argc == 6);
  const auto reader = readers::TextReader::open().value();
  const auto encoder = engine_nn::open_scene_encoder(argv[1], {}, {}).value();
  const std::uint64_t first = std::strtoull(argv[2], nullptr, 10), count = std::strtoull(argv[3], nullptr, 10);
  const std::string kinds = argv[4];
  const bool is_narrow = std::string(argv[5]) == "narrow";
  ThreadPool pool(1);
  const auto all = spenders();
  for (const char kind : kinds) {
    std::vector<WordsRead> reads;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
      const auto drawn = scene::draw_scene(kind == 'm' ? scene::Kind::magazine : kind == 's' ? scene::Kind::signs : scene::Kind::document,
                                           {.withheld_words = true}, seed);
      const std::string_view asks = kind == 'm' ? "text" : kind == 's' ? "sign" : kind == 't' ? "title" : kind == 'c' ? "caption" : "paragraph";
      const scene::Question* question = nullptr;
      for (const auto& q : drawn.questions)
        if (question == nullptr && !q.vague && !q.things.empty() && drawn.things[q.things[0]].kind == asks &&
            (kind != 'm' || drawn.things[q.things[0]].colour == "gray"))
          question = &q;
      if (question == nullptr) continue;
      ReadingTask task{.task = make_task(drawn.picture, question->text, *encoder), .lines = asked_lines(drawn, *question, 2)};
      if (task.lines.empty()) continue;
      if (is_narrow) narrow(task.task, drawn, *question, seed);
      const auto read = read_at_budgets(task, all, reader, pool).value();
      fmt::print("{} {} '{}' lines {} asked {} whole {} telling {} share {:.4f}\n", kind, seed, question->text, task.lines.size(), read.asked,
                 read.whole, static_cast<int>(read.telling), static_cast<double>(read.budget) / (1024. * 1024));
      reads.push_back(read);
    }
    const Reading made = together(reads, all, pool);
    fmt::print("== {} pictures {} unread {} easy {} words {}\n", kind, made.pictures, made.unread, made.easy, made.words);
    for (const auto& c : made.contenders) {
      fmt::print("{:12}", c.name);
      for (const auto& f : c.figures) fmt::print(" {}={:.3f}", f.name, f.mean);
      fmt::print("\n");
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace errata::bench

int main(int argc, char** argv) { return errata::bench::run(argc, argv); }
