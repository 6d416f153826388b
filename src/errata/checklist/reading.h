#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/checklist.h"
#include "errata/checklist/spenders.h"
#include "errata/readers/quad.h"
#include "errata/readers/text_reader.h"
#include "errata/scene/scene.h"

// Reading at an equal budget: every allocator gets the same number of pixels, a reader gets the picture that they show
// (relevance/shown.h), and the words of the asked lines that it reads right are counted.
namespace errata::checklist {

/// A line that is asked for: where it stands, and what truly stands there.
struct AskedLine {
  readers::Quad quad;  ///< in pixels of the picture
  std::string words;   ///< UTF-8
};

/// An image, a query as allocators get them, and what is to be read.
struct ReadingTask {
  Task task;
  std::vector<AskedLine> lines;
};

/// Words as they are compared: small letters without accents, parted by anything but letters and digits.
[[nodiscard]] std::size_t word_count(std::string_view truth);
/// Words of the truth that stand in what was read, letter for letter and in their order. Spaces may be missing, which
/// the reader often loses: a word that touches no space and no end must touch another one that was read right.
[[nodiscard]] std::size_t words_right(std::string_view truth, std::string_view read);

/// Budgets as shares of the least one at which down-sampling reads the picture.
struct ReadingBudget {
  std::string_view name;
  double share = 0;
};
inline constexpr std::array<ReadingBudget, 6> kReadingBudgets{
    {{"1/16", 1.0 / 16}, {"1/8", 1.0 / 8}, {"3/16", 3.0 / 16}, {"1/4", 1.0 / 4}, {"1/2", 1.0 / 2}, {"1", 1}}};
/// The one that the goal is stated for, in kReadingBudgets.
inline constexpr std::size_t kGoalBudget = 3;

/// What is hoped for there: so many times the words that the best of the others reads.
inline constexpr double kGoalTimes = 2;

/// Whether a picture tells anything.
enum class Telling : std::uint8_t {
  measured,
  unread,  ///< less than half of the words are read right in the whole picture
  easy,    ///< down-sampling reads it with 1/64 of its pixels already
};

/// Words read right of one picture.
struct WordsRead {
  Telling telling = Telling::measured;
  std::size_t asked = 0;    ///< words
  std::size_t whole = 0;    ///< read right in the whole picture
  std::size_t budget = 0;   ///< pixels with which down-sampling reads nine tenths of these; 0 unless measured
  double budget_share = 0;  ///< of the picture's pixels
  std::vector<std::array<std::size_t, kReadingBudgets.size()>> right{};  ///< [spenders]; empty unless measured
};

/// Shows the picture by each spender at each budget, and reads the lines.
/// @param task     of one line at least
/// @param earlier  of the same picture and lines with another relevance, or null: what does not depend on that is
///                 taken from it
/// @return the reader's errors, and the allocators'
/// Cost: about 60 readings of each line, of some hundredths of a second of CPU.
[[nodiscard]] Result<WordsRead> read_at_budgets(const ReadingTask& task, std::span<const Spender> spenders,
                                                const readers::TextReader& reader, ThreadPool& pool,
                                                const WordsRead* earlier = nullptr);

/// The lines of a question about a scene; at most `most`, the first.
[[nodiscard]] std::vector<AskedLine> asked_lines(const scene::Scene& scene, const scene::Question& question,
                                                 std::size_t most);

/// What several pictures say together. @param relevance  Reading::relevance
[[nodiscard]] Reading together(std::string relevance, std::span<const WordsRead> pictures,
                               std::span<const Spender> spenders, const ThreadPool& pool);

/// The one of the others that reads most at a budget.
struct BestOther {
  const Contender* contender = nullptr;
  double times = 0;  ///< so many times its words are read by the first; infinite where it reads none; NaN of no cases
};
/// @param budget  in kReadingBudgets
[[nodiscard]] BestOther best_other(const Reading& reading, std::size_t budget);

}  // namespace errata::checklist
