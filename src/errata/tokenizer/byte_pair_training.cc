#include "errata/tokenizer/byte_pair_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "errata/base/utf8.h"
#include "errata/tokenizer/byte_characters.h"
#include "errata/tokenizer/pre_tokenizer.h"

namespace errata::tokenizer {
namespace {

constexpr std::size_t kMostTrained = std::size_t{1} << 20;

/// A piece of the texts, as tokens, and how often it is there.
struct CountedWord {
  std::vector<std::int32_t> symbols;
  std::int64_t count = 0;
};

struct CountedPair {
  std::int64_t count = 0;
  std::int32_t left = 0, right = 0;
  bool operator<(const CountedPair& other) const {
    return count != other.count ? count < other.count : std::pair(left, right) > std::pair(other.left, other.right);
  }
};

using PairKey = std::uint64_t;
PairKey key_of(std::int32_t left, std::int32_t right) {
  return (static_cast<PairKey>(static_cast<std::uint32_t>(left)) << 32U) | static_cast<std::uint32_t>(right);
}

/// Counts of the pairs in words, kept while pairs are merged.
class PairCounts {
 public:
  explicit PairCounts(std::vector<CountedWord> words) : words_(std::move(words)) {
    for (std::size_t word = 0; word < words_.size(); ++word) {
      const auto& symbols = words_[word].symbols;
      for (std::size_t i = 0; i + 1 < symbols.size(); ++i) change(symbols[i], symbols[i + 1], words_[word].count, word);
    }
    push_grown();
  }

  /// The most frequent pair. @return a count of 0 where there is none
  CountedPair next() {
    while (!queue_.empty()) {
      CountedPair top = queue_.top();
      const std::int64_t count = entries_[key_of(top.left, top.right)].count;
      if (count == top.count && count > 0) return top;
      queue_.pop();  // it has become rarer since
      top.count = count;
      if (count > 0) queue_.push(top);
    }
    return {};
  }

  /// Writes one token for a pair in all words.
  void merge(const CountedPair& pair, std::int32_t product) {
    std::vector<std::size_t> places;
    places.swap(entries_[key_of(pair.left, pair.right)].words);
    for (const std::size_t word : places) merge_in(word, pair, product);
    push_grown();
  }

 private:
  struct Entry {
    std::int64_t count = 0;
    std::vector<std::size_t> words;  ///< where it is, or was
  };

  void change(std::int32_t left, std::int32_t right, std::int64_t by, std::size_t word) {
    Entry& entry = entries_[key_of(left, right)];
    entry.count += by;
    if (by < 0) return;
    if (entry.words.empty() || entry.words.back() != word) entry.words.push_back(word);
    grown_.push_back({.left = left, .right = right});
  }

  void merge_in(std::size_t word, const CountedPair& pair, std::int32_t product) {
    auto& symbols = words_[word].symbols;
    const std::int64_t count = words_[word].count;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (i + 1 >= symbols.size() || symbols[i] != pair.left || symbols[i + 1] != pair.right) {
        symbols[kept++] = symbols[i];
        continue;
      }
      change(pair.left, pair.right, -count, word);
      if (kept > 0) {
        change(symbols[kept - 1], pair.left, -count, word);
        change(symbols[kept - 1], product, count, word);
      }
      if (i + 2 < symbols.size()) {
        change(pair.right, symbols[i + 2], -count, word);
        change(product, symbols[i + 2], count, word);
      }
      symbols[kept++] = product;
      ++i;
    }
    symbols.resize(kept);
  }

  void push_grown() {
    std::ranges::sort(grown_, {}, [](const CountedPair& pair) { return key_of(pair.left, pair.right); });
    PairKey last = key_of(-1, -1);
    for (CountedPair& pair : grown_) {
      const PairKey key = key_of(pair.left, pair.right);
      pair.count = entries_[key].count;
      if (std::exchange(last, key) != key && pair.count > 0) queue_.push(pair);
    }
    grown_.clear();
  }

  std::vector<CountedWord> words_;
  std::unordered_map<PairKey, Entry> entries_;
  std::priority_queue<CountedPair> queue_;  ///< counts at least as large as they are
  std::vector<CountedPair> grown_;
};

/// The pieces of the texts and how often each is there.
Result<TextMap<std::int64_t>> counted_pieces(std::span<const std::string> texts, const Splitting& splitting) {
  const auto made = PreTokenizer::create(splitting, "training");
  if (!made) return invalid_argument(made.error().message);
  TextMap<std::int64_t> counts;
  const auto count = [&](std::string_view piece) {
    const auto found = counts.find(piece);
    if (found == counts.end())
      counts.emplace(piece, 1);
    else
      ++found->second;
  };
  Pieces pieces;
  for (const std::string_view text : texts)
    for (std::string_view rest = text; !rest.empty();) {
      const Utf8Run run = first_run(rest);
      if (run.is_broken) {
        count(rest.substr(0, run.bytes));
      } else {
        ERRATA_TRY(made->split(rest.substr(0, run.bytes), pieces));
        for (const std::string_view piece : pieces.pieces) count(piece);
      }
      rest.remove_prefix(run.bytes);
    }
  return counts;
}

/// Special tokens and bytes, in the order of their characters.
Result<ByteLevelVocabulary> untrained(const BytePairTraining& training) {
  const std::size_t least = 256 + training.special.size();
  if (training.size < least || training.size > kMostTrained)
    return invalid_argument(
        fmt::format("a vocabulary of {} tokens is not in {} to {}", training.size, least, kMostTrained));
  ByteLevelVocabulary vocabulary{.splitting = training.splitting};
  for (const std::string& name : training.special) {
    vocabulary.added.push_back(
        {.number = static_cast<std::int32_t>(vocabulary.tokens.size()), .content = name, .is_special = true});
    vocabulary.tokens.push_back(name);
  }
  std::array<std::string, 256> bytes = byte_characters().text;
  std::ranges::sort(bytes);
  vocabulary.tokens.insert(vocabulary.tokens.end(), bytes.begin(), bytes.end());
  return vocabulary;
}

}  // namespace

Result<ByteLevelVocabulary> train_byte_pairs(std::span<const std::string> texts, const BytePairTraining& training) {
  ERRATA_ASSIGN(ByteLevelVocabulary vocabulary, untrained(training));
  ERRATA_ASSIGN(const auto pieces, counted_pieces(texts, training.splitting));
  TextMap<std::int32_t> numbers;
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i)
    if (!numbers.emplace(vocabulary.tokens[i], static_cast<std::int32_t>(i)).second)
      return invalid_argument(fmt::format("the special token \"{}\" is a byte or stands twice", vocabulary.tokens[i]));
  std::vector<CountedWord> words;
  words.reserve(pieces.size());
  for (const auto& [piece, count] : pieces) {
    CountedWord& word = words.emplace_back(CountedWord{.symbols = {}, .count = count});
    for (const char c : piece)
      word.symbols.push_back(numbers.find(byte_characters().text[static_cast<std::uint8_t>(c)])->second);
  }
  PairCounts counts(std::move(words));
  MergeTable merged;
  while (vocabulary.tokens.size() < training.size) {
    const CountedPair best = counts.next();
    if (best.count == 0) break;
    const std::string token = vocabulary.tokens[static_cast<std::size_t>(best.left)] +
                              vocabulary.tokens[static_cast<std::size_t>(best.right)];
    const auto [found, is_new] = numbers.emplace(token, static_cast<std::int32_t>(vocabulary.tokens.size()));
    if (is_new) vocabulary.tokens.push_back(token);
    const PairMerge merge{.left = best.left, .right = best.right, .product = found->second};
    if (merged.add(merge)) vocabulary.merges.push_back(merge);
    counts.merge(best, merge.product);
  }
  return vocabulary;
}

}  // namespace errata::tokenizer
