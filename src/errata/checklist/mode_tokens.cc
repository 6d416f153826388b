// What becomes of an allocation once its tokens are handed to a reader: whether they come back to where they stood, and
// whether reading fewer of them was worth the looking.
#include <algorithm>
#include <numeric>
#include <optional>

#include "errata/checklist/allocators.h"
#include "errata/checklist/cost.h"
#include "errata/checklist/measured.h"
#include "errata/checklist/mode_runs.h"
#include "errata/checklist/reading.h"
#include "errata/relevance/tokens.h"
#include "errata/scene/kinds.h"

namespace errata::checklist {
namespace {

using relevance::Allocation;
using relevance::Token;

constexpr std::size_t kMostSignLines = 2;

/// Share of an allocation's positions that stand there once and whose patch is there on the page; 0 of none.
double positions_kept(const image::Picture& picture, const Allocation& allocation, const image::Picture& page) {
  const std::vector<Token> before = relevance::tokens_of(picture, allocation);
  const std::vector<Token> after = relevance::tokens_of(page, allocation);
  std::vector<std::uint8_t> is_used(allocation.grid.count());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (std::exchange(is_used[before[i].position], 1) == 0 && before[i].pixels.bytes == after[i].pixels.bytes) ++kept;
  return before.empty() ? 0 : static_cast<double>(kept) / static_cast<double>(before.size());
}

/// The tokens with positions as pruned models number them: 0, 1, 2 … in the order of the patches.
std::vector<Token> renumbered(std::vector<Token> tokens) {
  std::ranges::sort(tokens, {}, &Token::position);
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i].position = static_cast<std::uint32_t>(i);
  return tokens;
}

/// The tokens with each other's positions.
std::vector<Token> mispaired(std::vector<Token> tokens, Rng& rng) {
  std::vector<std::uint32_t> positions;
  for (const Token& token : tokens) positions.push_back(token.position);
  rng.shuffle(std::span(positions));
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i].position = positions[i];
  return tokens;
}

/// Reads the asked lines where they truly stand.
class LineReader {
 public:
  LineReader(std::vector<AskedLine> lines, const readers::TextReader& reader, const ThreadPool& pool)
      : lines_(std::move(lines)), reader_(reader), pool_(pool) {
    for (const AskedLine& line : lines_) quads_.push_back(line.quad);
  }
  [[nodiscard]] Result<double> words_right_on(const image::Picture& page) const {
    ERRATA_ASSIGN(const auto texts, reader_.read(page, quads_, pool_));
    std::size_t right = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) right += words_right(lines_[i].words, texts[i].text);
    return static_cast<double>(right);
  }

 private:
  std::vector<AskedLine> lines_;
  std::vector<readers::Quad> quads_;
  const readers::TextReader& reader_;
  const ThreadPool& pool_;
};

constexpr const char* kKept = "positions kept";
constexpr const char* kWords = "words in place";
constexpr const char* kCaught = "wrong positions caught";
constexpr double kLost = .5;  // of the words: then the reader notices

/// Whether a reader notices that positions are wrong; nothing where it could read nothing anyway.
Result<std::optional<double>> share_caught(const LineReader& reader, const std::vector<Token>& tokens, double right,
                                           const image::Picture& picture, std::uint64_t seed) {
  if (right == 0) return std::optional<double>();
  Rng rng(seed);
  const relevance::PatchGrid grid{.height = picture.height, .width = picture.width};
  double caught = 0;
  for (const auto& wrong : {renumbered(tokens), mispaired(tokens, rng)}) {
    ERRATA_ASSIGN(const double words, reader.words_right_on(relevance::laid_out(wrong, grid, picture.channels)));
    caught += words <= kLost * right ? .5 : 0;
  }
  return std::optional(caught);
}

}  // namespace

Result<ModeResult> run_round_trip(const Ground& ground) {
  Measured measured(ground.options.seeds);
  for (const Allocator& allocator : ground.compared()) {
    measured.declare(allocator.name, kKept, Gate{.limit = 1});
    if (ground.reader == nullptr) continue;
    measured.declare(allocator.name, kWords, Gate{.limit = .95});
    measured.declare(allocator.name, kCaught, Gate{.limit = .95});
  }
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    const scene::Scene drawn = scene::draw_scene(scene::Kind::signs, {.withheld_words = true}, seed);
    const scene::Question* question = question_about(drawn, "sign");
    if (question == nullptr) return {};
    measured.describe(index, {.seed = seed, .scene = scene::name_of(scene::Kind::signs), .query = question->text});
    const auto truth = scene::asked_patches(drawn, *question, relevance::kPatch);
    const Task task = make_task(drawn.picture, question->text, ground.encoder);
    std::optional<LineReader> reader;
    double whole = 0;
    if (ground.reader != nullptr) {
      reader.emplace(asked_lines(drawn, *question, kMostSignLines), *ground.reader, ground.pool);
      ERRATA_ASSIGN(whole, reader->words_right_on(drawn.picture));
    }
    for (const Allocator& allocator : ground.compared()) {
      ERRATA_ASSIGN(const auto made, ground.ask(allocator, task, measured, index));
      if (!made) continue;
      std::vector<Token> tokens = relevance::tokens_of(drawn.picture, *made);
      Rng rng(seed);
      rng.shuffle(std::span(tokens));  // a reader may get them in any order
      const image::Picture page = relevance::laid_out(tokens, made->grid, drawn.picture.channels);
      measured.add(allocator.name, kKept, index, positions_kept(drawn.picture, *made, page));
      album.add(index, {.name = "as drawn", .picture = drawn.picture, .truth = truth}, allocator.name, *made);
      if (whole == 0) continue;
      ERRATA_ASSIGN(const double right, reader->words_right_on(page));
      measured.add(allocator.name, kWords, index, right / whole);
      ERRATA_ASSIGN(const auto caught, share_caught(*reader, tokens, right, drawn.picture, seed));
      if (caught) measured.add(allocator.name, kCaught, index, *caught);
    }
    return {};
  });
}

namespace {

/// What choosing costs beyond looking.
double choosing_cost_of(const Allocator& allocator, const Allocation& made) {
  constexpr std::size_t kValues = nn::DualEncoder::kDimensions;
  const std::size_t patches = made.grid.count(), chosen = made.positions.size();
  if (allocator.name == "divprune" || allocator.name == "todre") return choosing_cost(patches, chosen, kValues);
  // The next of a determinantal process: a row of the kernel, and as many values as were chosen before it.
  if (allocator.name == "cdpruner") return choosing_cost(patches, chosen, kValues + chosen / 2);
  return 0;
}

}  // namespace

Result<ModeResult> run_cost(const Ground& ground) {
  std::vector<Allocator> allocators = ground.compared();
  for (Allocator& other : other_allocators())
    if (other.name == "divprune" || other.name == "cdpruner" || other.name == "todre")
      allocators.push_back(std::move(other));
  Measured measured(ground.options.seeds);
  for (const Allocator& allocator : allocators)
    for (const TokenReader& reader : kTokenReaders)
      measured.declare(allocator.name, std::string(reader.name), Gate{.limit = .1, .at_least = false});
  constexpr std::size_t kLeastSide = 512, kSides = 3;
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    const std::size_t side = kLeastSide + index % kSides * kLeastSide / 2;
    const scene::Scene drawn = scene::draw_scene(
        scene::Kind::kitchen, {.size = {.height = side, .width = side}, .withheld_words = true}, seed);
    const auto question = std::ranges::find(drawn.questions, false, &scene::Question::vague);
    if (question == drawn.questions.end()) return {};
    measured.describe(index, {.seed = seed, .scene = scene::name_of(scene::Kind::kitchen), .query = question->text});
    const auto truth = scene::asked_patches(drawn, *question, relevance::kPatch);
    const Task task = make_task(drawn.picture, question->text, ground.encoder);
    for (const Allocator& allocator : allocators) {
      ERRATA_ASSIGN(const Allocation made, allocator.allocate(task, ground.pool));
      const double cost = looking_cost(made.grid) + choosing_cost_of(allocator, made);
      for (const TokenReader& reader : kTokenReaders)
        measured.add(allocator.name, reader.name, index,
                     cost_over_saving(cost, reader, made.grid.count(), made.positions.size()));
      if (allocator.name == kErrata || allocator.name == kDocument)
        album.add(index, {.picture = drawn.picture, .truth = truth}, allocator.name, made);
    }
    return {};
  });
}

}  // namespace errata::checklist
