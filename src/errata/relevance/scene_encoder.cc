/// What trains the encoder are windows of 128 × 128 of scenes of several sizes, because the scenes that it is asked
/// about later are large: a window shows letters and objects as large as they are there. What it was trained on goes
/// into the file as a line of JSON: the options, and a checksum of a few examples, so that a change of the scenes makes
/// the cache stale without anybody keeping a version.

#include "errata/relevance/scene_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "errata/base/checksum.h"
#include "errata/base/rng.h"
#include "errata/base/words.h"
#include "errata/nn/shards.h"
#include "errata/relevance/padding.h"
#include "errata/relevance/patch_grid.h"
#include "errata/scene/phrasings.h"

namespace errata::relevance {
namespace {

constexpr std::size_t kTrainingSide = 128, kMostQueries = 4;
constexpr double kAbsent = 0.2;     ///< share of queries about a thing that is drawn at random, there or not
constexpr double kReplayed = 0.35;  ///< share of examples of the scenes before
constexpr double kPull = 0.1;       ///< of L2-SP
constexpr std::uint64_t kExampleStream = 7, kKnownStream = 8;  ///< of the seed
constexpr std::uint64_t kProbes = 16;                          ///< examples that the checksum covers
constexpr std::uint64_t kProbeSeed = 1U << 20U;

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kSpellings{{{"grey", "gray"},
                                                                                   {"color", "colour"},
                                                                                   {"fridge", "refrigerator"},
                                                                                   {"heading", "headline"},
                                                                                   {"photo", "picture"},
                                                                                   {"formulas", "formula"}}};

using Vocabulary = std::map<std::string, std::uint32_t, std::less<>>;

Vocabulary numbered_vocabulary() {
  Vocabulary numbers;
  for (auto& word : scene::query_vocabulary())
    numbers.emplace(std::move(word), static_cast<std::uint32_t>(numbers.size()));
  return numbers;
}

std::optional<std::uint32_t> number_of(const Vocabulary& vocabulary, std::string_view word) {
  for (int i = 0; i < 2; ++i) {
    if (const auto found = vocabulary.find(word); found != vocabulary.end()) return found->second;
    for (const auto& [written, meant] : kSpellings)
      if (word == written) return vocabulary.at(std::string(meant));
    if (word.size() < 4 || !word.ends_with('s')) break;
    word.remove_suffix(1);
  }
  return std::nullopt;
}

std::vector<std::uint32_t> numbers_in(const Vocabulary& vocabulary, std::string_view query) {
  std::vector<std::uint32_t> numbers;
  for (const auto& word : words_of(query))
    if (const auto number = number_of(vocabulary, word)) numbers.push_back(*number);
  return numbers;
}

bool names_something(std::string_view word) {
  for (const auto names : {scene::colour_names(), scene::shape_names(), scene::object_names()})
    if (std::ranges::find(names, word) != names.end()) return true;
  constexpr std::array<std::string_view, 12> kOthers{"text",    "sign",     "box",  "title", "headline", "paragraph",
                                                     "caption", "equation", "wall", "face",  "person",   "figure"};
  return std::ranges::find(kOthers, word) != kOthers.end();
}

/// A question about a kind of thing and a colour drawn at random; most often of nothing that is there.
scene::Question question_at_random(const scene::Scene& drawn, Rng& rng) {
  const auto all = scene::phrasings();
  for (;;) {
    const scene::Phrasing& way = all[rng.below(all.size())];
    if (way.withheld || way.is_vague()) continue;
    const auto pick = [&](std::span<const std::string_view> names) { return names[rng.below(names.size())]; };
    const std::string_view colour = pick(scene::colour_names());
    const std::string_view kind = way.asks == "shape"    ? pick(scene::shape_names())
                                  : way.asks == "object" ? pick(scene::object_names())
                                                         : way.asks;
    return scene::ask_for(drawn, way, colour, kind);
  }
}

bool asks_for_somebody(const scene::Scene& drawn, const scene::Question& question) {
  return std::ranges::any_of(question.things, [&](std::size_t thing) {
    return drawn.things[thing].kind == "face" || drawn.things[thing].kind == "person";
  });
}

class SceneSource {
 public:
  SceneSource(const SceneEncoderOptions& options, const Vocabulary& vocabulary)
      : options_(options), vocabulary_(vocabulary), seeds_(Rng(options.seed).fork(kExampleStream)) {}

  [[nodiscard]] nn::DualExample operator()(std::uint64_t index) const {
    Rng rng = seeds_.fork(index);
    const bool replays = options_.keep == Keep::replay && rng.bernoulli(kReplayed);
    const auto& kinds = replays ? options_.before : options_.kinds;
    constexpr std::array<std::size_t, 4> kSides{128, 256, 512, 1024};
    const std::size_t side = kSides[rng.below(kSides.size())];
    const scene::Kind kind = kinds[rng.below(kinds.size())];
    scene::Scene drawn = scene::draw_window(kind, {.size = {side, side}}, {kTrainingSide, kTrainingSide}, rng.next());
    std::erase_if(drawn.questions, [&](const scene::Question& question) {
      return question.vague ||
             (!options_.anti_salient && kind == scene::Kind::person && !asks_for_somebody(drawn, question));
    });
    rng.shuffle(std::span(drawn.questions));
    nn::DualExample example;
    for (std::size_t i = 0; i < kMostQueries; ++i) {
      if (i >= drawn.questions.size() && (i > 1 || !options_.anti_salient)) break;
      const bool random = options_.anti_salient && (i >= drawn.questions.size() || rng.bernoulli(kAbsent));
      const scene::Question question = random ? question_at_random(drawn, rng) : drawn.questions[i];
      example.queries.push_back(
          {.words = numbers_in(vocabulary_, question.text), .asked = scene::covered(drawn, question.things, kPatch)});
    }
    example.pixels = std::move(drawn.picture.bytes);
    return example;
  }

 private:
  const SceneEncoderOptions& options_;
  const Vocabulary& vocabulary_;
  Rng seeds_;
};

/// A whole scene of the kinds of a training, of one of the sizes that pictures have.
image::Picture known_picture(const SceneEncoderOptions& options, std::size_t number) {
  constexpr std::array<std::size_t, 2> kSides{512, 1024};
  Rng rng = Rng(options.seed).fork(kKnownStream).fork(number);
  const std::size_t side = kSides[rng.below(kSides.size())];
  const scene::Kind kind = options.kinds[number % options.kinds.size()];
  return scene::draw_scene(kind, {.size = {.height = side, .width = side}}, rng.next()).picture;
}

Result<Familiarity> learn_familiarity(const SceneEncoderOptions& options, const nn::DualEncoder& network,
                                      const Progress& progress) {
  constexpr std::size_t kTogether = 8;  // pictures that are drawn at once
  const std::size_t scenes = options.known_scenes, kinds = options.kinds.size();
  std::vector<float> statistics;
  std::vector<std::uint32_t> of_kinds;
  for (std::size_t first = 0; first < scenes; first += kTogether) {
    tell(progress, "looking at known scenes", static_cast<double>(first) / static_cast<double>(scenes));
    std::vector<image::Picture> pictures(std::min(kTogether, scenes - first));
    nn::for_each_shard(pictures.size(), [&](std::size_t i) { pictures[i] = known_picture(options, first + i); });
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const image::Picture& drawn = pictures[i];
      const auto of_picture = statistics_of(
          network.encode_picture(drawn.bytes, drawn.height, drawn.width, drawn.channels), padding_of(drawn));
      statistics.insert(statistics.end(), of_picture.begin(), of_picture.end());
      of_kinds.push_back(static_cast<std::uint32_t>((first + i) % kinds));
    }
  }
  return Familiarity::fit({statistics, scenes, kStatistics}, of_kinds, kinds);
}

/// What the training is of, for the file.
std::string description_of(const SceneEncoderOptions& options, const SceneSource& source) {
  std::string bytes;
  for (std::uint64_t i = 0; i < kProbes; ++i) {
    const auto example = source(kProbeSeed + i);
    bytes.append(example.pixels.begin(), example.pixels.end());
    for (const auto& query : example.queries) {
      bytes.append(reinterpret_cast<const char*>(query.words.data()), query.words.size() * sizeof(std::uint32_t));
      bytes.append(reinterpret_cast<const char*>(query.asked.data()), query.asked.size() * sizeof(float));
    }
  }
  std::vector<std::string_view> kinds;
  for (const scene::Kind kind : options.kinds) kinds.push_back(scene::name_of(kind));
  return fmt::format(R"({{"scenes":["{}"],"anti_salient":{},"steps":{},"batch":{},"seed":{},"examples":"{:016x}"}})",
                     fmt::join(kinds, R"(",")"), options.anti_salient, options.steps, options.batch, options.seed,
                     checksum(bytes));
}

/// A network with the pictures that it knows, as its file has them; else they are learned now, and the file is written.
/// @param kept  tensors of the file beside the network's; nothing: there is no file of it yet
Result<std::unique_ptr<SceneEncoder>> with_familiarity(const SceneEncoderOptions& options, nn::DualEncoder network,
                                                       const std::optional<std::vector<nn::NamedTensor>>& kept,
                                                       const Progress& progress) {
  std::optional<Familiarity> familiarity;
  bool is_new = !kept;
  if (options.known_scenes > 0) {
    auto read = Familiarity::of(kept.value_or(std::vector<nn::NamedTensor>{}));
    if (read && read->width() == kStatistics && read->pictures() == options.known_scenes) {
      familiarity = std::move(*read);
    } else {
      ERRATA_ASSIGN(familiarity, learn_familiarity(options, network, progress));
      is_new = true;
    }
  }
  if (options.cache && is_new)
    ERRATA_TRY(network.write(*options.cache, familiarity ? familiarity->tensors() : std::vector<nn::NamedTensor>{}));
  return std::make_unique<SceneEncoder>(std::move(network), std::move(familiarity));
}

Result<void> check_options(const SceneEncoderOptions& options) {
  if (options.steps == 0) return invalid_argument("training an encoder needs at least one step");
  if (options.kinds.empty() || (options.keep == Keep::replay && options.before.empty()))
    return invalid_argument("training an encoder needs at least one kind of scene");
  for (const auto* kinds : {&options.kinds, &options.before})
    for (const scene::Kind kind : *kinds)
      if (std::ranges::find(kAskableKinds, kind) == kAskableKinds.end())
        return invalid_argument(fmt::format("scenes of the kind {} have nothing to ask for", scene::name_of(kind)));
  if (options.keep != Keep::nothing && options.from == nullptr)
    return invalid_argument("nothing can be kept without an encoder to go on from");
  return {};
}

}  // namespace

SceneEncoder::SceneEncoder(nn::DualEncoder network, std::optional<Familiarity> familiarity)
    : network_(std::move(network)), familiarity_(std::move(familiarity)), vocabulary_(numbered_vocabulary()) {
  ERRATA_CHECK(network_.vocabulary() == vocabulary_.size());
}

std::vector<std::uint32_t> SceneEncoder::numbers_of(std::string_view query) const {
  return numbers_in(vocabulary_, query);
}

KnownWords SceneEncoder::known_words(std::string_view query) const {
  KnownWords counts;
  for (const auto& word : words_of(query)) {
    ++counts.words;
    const auto number = number_of(vocabulary_, word);
    if (!number) continue;
    ++counts.known;
    const auto known = std::ranges::find(vocabulary_, *number, [](const auto& entry) { return entry.second; });
    counts.naming += names_something(known->first) ? 1U : 0U;
  }
  return counts;
}

nn::DualEncoder::PictureFeatures SceneEncoder::encode(const image::Picture& picture) const {
  return network_.encode_picture(picture.bytes, picture.height, picture.width, picture.channels);
}

std::vector<float> SceneEncoder::relevance(const nn::DualEncoder::PictureFeatures& features,
                                           std::string_view query) const {
  return network_.relevance(features, network_.encode_query(numbers_of(query)));
}

std::optional<double> SceneEncoder::unlike(const nn::DualEncoder::PictureFeatures& features,
                                           const image::Picture& picture) const {
  if (!familiarity_) return std::nullopt;
  return familiarity_->unlike(statistics_of(features, padding_of(picture)));
}

std::vector<float> SceneEncoder::cosines(const nn::DualEncoder::PictureFeatures& features,
                                         std::string_view query) const {
  return network_.cosines(features, network_.encode_query(numbers_of(query)));
}

bool SceneEncoder::stands_out(std::vector<float> relevance) {
  constexpr float kFarAbove = 5.5F;  // log odds; on seeds 1,000 on no unlike kind but the known ones came that far
  constexpr std::size_t kHundredth = 100;
  const auto middle = relevance.begin() + static_cast<long>(relevance.size() / 2);
  const auto top = relevance.begin() + static_cast<long>(relevance.size() - 1 - relevance.size() / kHundredth);
  std::ranges::nth_element(relevance, middle);
  const float half = *middle;
  std::ranges::nth_element(relevance, top);
  return *top - half >= kFarAbove;
}

Result<QueryRelevance> SceneEncoder::score(const image::Picture& picture, std::string_view query) const {
  if (picture.height == 0 || picture.width == 0) return data_error("a picture without pixels cannot be asked about");
  if (picture.channels != 1 && picture.channels != 3)
    return data_error(fmt::format("a picture of {} channels; the encoder sees 1 or 3", picture.channels));
  if (words_of(query).empty()) return invalid_argument("a query without words asks for nothing");
  auto features = encode(picture);
  auto asked = relevance(features, query);
  const auto away = unlike(features, picture);
  const bool far_above = stands_out(asked);
  return QueryRelevance{.relevance = std::move(asked),
                        .features = std::move(features.vectors),
                        .dimensions = nn::DualEncoder::kDimensions,
                        .unlike = away,
                        .stands_out = far_above};
}

Result<std::unique_ptr<SceneEncoder>> train_scene_encoder(const SceneEncoderOptions& options,
                                                          const Progress& progress) {
  ERRATA_TRY(check_options(options));
  const Vocabulary vocabulary = numbered_vocabulary();
  const SceneSource source(options, vocabulary);
  const std::string description = description_of(options, source);
  if (options.cache && options.from == nullptr) {
    std::vector<nn::NamedTensor> beside;
    if (auto cached = nn::DualEncoder::read(*options.cache, &beside);
        cached && cached->description() == description && cached->vocabulary() == vocabulary.size())
      return with_familiarity(options, std::move(*cached), std::move(beside), progress);
  }
  nn::DualTraining training{.vocabulary = vocabulary.size(),
                            .side = kTrainingSide,
                            .steps = options.steps,
                            .batch = options.batch,
                            .seed = options.seed,
                            .description = description};
  if (options.from != nullptr) {
    training.from = &options.from->network();
    training.freeze_pictures = options.keep == Keep::frozen;
    training.pull = options.keep == Keep::pull ? kPull : 0;
  }
  ERRATA_ASSIGN(auto network, nn::train_dual_encoder(source, training, progress));
  return with_familiarity(options, std::move(network), std::nullopt, progress);
}

}  // namespace errata::relevance
