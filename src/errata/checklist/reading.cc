#include "errata/checklist/reading.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "errata/base/words.h"
#include "errata/checklist/measured.h"
#include "errata/relevance/query_words.h"
#include "errata/relevance/shown.h"

namespace errata::checklist {
namespace {

using relevance::Allocation;

std::vector<std::string> compared_words(std::string_view text) { return words_of(relevance::folded(text)); }

/// The pixels around all lines.
image::Box window_of(const ReadingTask& task) {
  const image::Picture& picture = *task.task.picture;
  std::size_t top = picture.height, left = picture.width, bottom = 0, right = 0;
  for (const AskedLine& line : task.lines) {
    const image::Box box = line.quad.box(picture.height, picture.width);
    top = std::min(top, box.top);
    left = std::min(left, box.left);
    bottom = std::max(bottom, box.bottom());
    right = std::max(right, box.right());
  }
  return {.top = top, .left = left, .height = bottom - top, .width = right - left};
}

class Reader {
 public:
  Reader(const ReadingTask& task, const readers::TextReader& reader, const ThreadPool& pool)
      : task_(task), reader_(reader), pool_(pool), window_(window_of(task)) {
    for (const AskedLine& line : task.lines) quads_.push_back(line.quad);
  }
  /// Words read right in a picture of the size of the task's.
  [[nodiscard]] Result<std::size_t> right_in(const image::Picture& picture) const {
    ERRATA_ASSIGN(const auto texts, reader_.read(picture, quads_, pool_));
    std::size_t right = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) right += words_right(task_.lines[i].words, texts[i].text);
    return right;
  }
  [[nodiscard]] Result<std::size_t> right_in(const Allocation& allocation, std::size_t base_pixels) const {
    return right_in(relevance::show_within_budget(*task_.task.picture, allocation, base_pixels, window_).picture);
  }

 private:
  const ReadingTask& task_;
  const readers::TextReader& reader_;
  const ThreadPool& pool_;
  image::Box window_;
  std::vector<readers::Quad> quads_;
};

constexpr double kLeastScale = 1.0 / 8;  // of a side
constexpr double kStepsADoubling = 4;
constexpr double kReads = .9, kReadable = .5;

/// Pixels with which down-sampling first reads the picture: sides an eighth as long, and from there in steps of 2^¼.
Result<std::size_t> downsample_budget(const Reader& reader, const Allocation& nothing, std::size_t wanted) {
  const auto pixels = static_cast<double>(nothing.grid.height * nothing.grid.width);
  for (int step = 0;; ++step) {
    const double scale = std::min(1.0, kLeastScale * std::exp2(step / kStepsADoubling));
    const auto budget = static_cast<std::size_t>(std::max(1.0, scale * scale * pixels));
    ERRATA_ASSIGN(const std::size_t right, reader.right_in(nothing, budget));
    if (right >= wanted || scale >= 1) return budget;
  }
}

}  // namespace

std::size_t word_count(std::string_view truth) { return compared_words(truth).size(); }

namespace {

/// What was read without its spaces, and where words may begin and end in it: at its ends, and where a space was.
struct Letters {
  std::string text;
  std::vector<std::uint8_t> is_edge;  ///< [text.size() + 1]
};
Letters letters_of(std::string_view read) {
  Letters made{.text = {}, .is_edge = {1}};
  for (const std::string& word : compared_words(read)) {
    made.text += word;
    made.is_edge.resize(made.text.size() + 1);
    made.is_edge.back() = 1;
  }
  return made;
}

/// Where a word of the truth stands in what was read.
struct Place {
  std::size_t begin = 0, end = 0;
};

/// Words that begin at an edge or where the one before ends, from the left.
std::vector<std::optional<Place>> from_the_left(const std::vector<std::string>& words, const Letters& letters) {
  std::vector<std::optional<Place>> places(words.size());
  std::size_t from = 0;
  for (std::size_t i = 0; i < words.size(); ++i)
    for (std::size_t at = letters.text.find(words[i], from); at != std::string::npos;
         at = letters.text.find(words[i], at + 1)) {
      if (letters.is_edge[at] == 0 && !(i > 0 && places[i - 1] && at == from)) continue;
      places[i] = Place{.begin = at, .end = at + words[i].size()};
      from = places[i]->end;
      break;
    }
  return places;
}

/// Those that are left and end at an edge or where the one after them begins, from the right.
void add_from_the_right(const std::vector<std::string>& words, const Letters& letters,
                        std::vector<std::optional<Place>>& places) {
  std::size_t until = letters.text.size();
  for (std::size_t i = words.size(); i-- > 0;) {
    if (!places[i]) {
      std::size_t least = 0;
      for (std::size_t before = 0; before < i; ++before)
        if (places[before]) least = places[before]->end;
      for (std::size_t end = until; end >= least + words[i].size(); --end) {
        const std::size_t begin = end - words[i].size();
        const bool ends = letters.is_edge[end] != 0 || (end == until && i + 1 < words.size() && places[i + 1]);
        if (!ends || letters.text.compare(begin, words[i].size(), words[i]) != 0) continue;
        places[i] = Place{.begin = begin, .end = end};
        break;
      }
    }
    if (places[i]) until = places[i]->begin;
  }
}

}  // namespace

std::size_t words_right(std::string_view truth, std::string_view read) {
  const std::vector<std::string> words = compared_words(truth);
  const Letters letters = letters_of(read);
  auto places = from_the_left(words, letters);
  add_from_the_right(words, letters, places);
  return static_cast<std::size_t>(std::ranges::count_if(places, [](const auto& place) { return place.has_value(); }));
}

namespace {

/// Whether the picture tells anything, and the budget of down-sampling.
Result<WordsRead> measured_whole(const ReadingTask& task, const Reader& reads, const Allocation& nothing) {
  const image::Picture& picture = *task.task.picture;
  const auto pixels = static_cast<double>(picture.height * picture.width);
  WordsRead made;
  for (const AskedLine& line : task.lines) made.asked += word_count(line.words);
  ERRATA_ASSIGN(made.whole, reads.right_in(picture));
  if (static_cast<double>(made.whole) < kReadable * static_cast<double>(made.asked)) {
    made.telling = Telling::unread;
    return made;
  }
  const auto wanted = static_cast<std::size_t>(std::ceil(kReads * static_cast<double>(made.whole)));
  ERRATA_ASSIGN(made.budget, downsample_budget(reads, nothing, wanted));
  made.budget_share = static_cast<double>(made.budget) / pixels;
  if (made.budget_share <= kLeastScale * kLeastScale) made.telling = Telling::easy;
  return made;
}

Result<std::array<std::size_t, kReadingBudgets.size()>> right_by(const Spender& spender, const ReadingTask& task,
                                                                 const Reader& reads, const Allocation& nothing,
                                                                 std::size_t budget, ThreadPool& pool) {
  std::array<std::size_t, kReadingBudgets.size()> bases{}, totals{}, right{};
  for (std::size_t i = 0; i < bases.size(); ++i) {
    const auto all = static_cast<std::size_t>(kReadingBudgets[i].share * static_cast<double>(budget));
    bases[i] = std::max(std::size_t{1}, static_cast<std::size_t>(spender.base_share * static_cast<double>(all)));
    totals[i] = all - std::min(all, bases[i]);
  }
  std::vector<Allocation> allocations(totals.size(), nothing);
  if (spender.allocate) {
    ERRATA_ASSIGN(allocations, spender.allocate(task.task, totals, pool));
  }
  for (std::size_t i = 0; i < bases.size(); ++i) {
    ERRATA_ASSIGN(right[i], reads.right_in(allocations[i], bases[i]));
  }
  return right;
}

}  // namespace

Result<WordsRead> read_at_budgets(const ReadingTask& task, std::span<const Spender> spenders,
                                  const readers::TextReader& reader, ThreadPool& pool, const WordsRead* earlier) {
  ERRATA_CHECK(!task.lines.empty());
  const image::Picture& picture = *task.task.picture;
  const Allocation nothing{.grid = {.height = picture.height, .width = picture.width}, .positions = {}, .budgets = {}};
  const Reader reads(task, reader, pool);
  WordsRead made;
  if (earlier != nullptr) {
    made = *earlier;
  } else {
    ERRATA_ASSIGN(made, measured_whole(task, reads, nothing));
    made.right.resize(spenders.size());
  }
  if (made.telling != Telling::measured) return made;
  for (std::size_t i = 0; i < spenders.size(); ++i) {
    if (earlier != nullptr && !spenders[i].by_query) continue;
    ERRATA_ASSIGN(made.right[i], right_by(spenders[i], task, reads, nothing, made.budget, pool));
  }
  return made;
}

std::vector<AskedLine> asked_lines(const scene::Scene& scene, const scene::Question& question, std::size_t most) {
  std::vector<AskedLine> lines;
  for (const std::size_t thing : question.things)
    for (const scene::Writing& line : scene.things[thing].lines) {
      if (lines.size() == most) return lines;
      const auto top = static_cast<float>(line.box.top), left = static_cast<float>(line.box.left);
      const auto bottom = static_cast<float>(line.box.bottom()), right = static_cast<float>(line.box.right());
      lines.push_back({.quad = {{{{left, top}, {right, top}, {right, bottom}, {left, bottom}}}}, .words = line.words});
    }
  return lines;
}

Reading together(std::string relevance, std::span<const WordsRead> pictures, std::span<const Spender> spenders,
                 const ThreadPool& pool) {
  Reading made{.relevance = std::move(relevance), .pictures = pictures.size()};
  Measured measured(pictures.size());
  std::vector<double> shares;
  for (const Spender& spender : spenders)
    for (const ReadingBudget& budget : kReadingBudgets) measured.declare(spender.name, std::string(budget.name));
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const WordsRead& picture = pictures[i];
    if (picture.telling == Telling::unread) ++made.unread;
    if (picture.telling == Telling::easy) ++made.easy;
    if (picture.telling != Telling::measured) continue;
    made.words += picture.asked;
    shares.push_back(picture.budget_share);
    for (std::size_t s = 0; s < spenders.size(); ++s)
      for (std::size_t b = 0; b < kReadingBudgets.size(); ++b)
        measured.add(spenders[s].name, kReadingBudgets[b].name, i,
                     static_cast<double>(picture.right[s][b]) / static_cast<double>(picture.asked));
  }
  made.downsample_share = mean_of(shares);
  made.contenders = measured.contenders(pool);
  return made;
}

BestOther best_other(const Reading& reading, std::size_t budget) {
  const auto mean = [&](const Contender& contender) { return contender.figures[budget].mean; };
  const auto others = std::span(reading.contenders).subspan(1);
  const Contender& best = *std::ranges::max_element(others, {}, mean);
  return {.contender = &best, .times = mean(reading.contenders.front()) / mean(best)};
}

}  // namespace errata::checklist
