#include "errata/improve/correction_vote.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace errata::improve {
namespace {

struct Majority {
  std::string answer;
  std::size_t votes = 0;
};

/// An answer of the most frequent meaning, of equals the one that came first.
Majority majority_of(const Task& task, std::span<const std::string> answers) {
  std::vector<std::string> meanings;
  for (const std::string& answer : answers) meanings.push_back(task.meaning(answer));
  Majority best;
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (const auto votes = static_cast<std::size_t>(std::ranges::count(meanings, meanings[i])); votes > best.votes)
      best = {.answer = answers[i], .votes = votes};
  return best;
}

class VoteCorrector : public Corrector {
 public:
  VoteCorrector(const LoopOptions& options, std::span<const language::Model> voters)
      : doubt_(options.doubt), votes_(options.votes), seed_(options.seed), voters_(voters) {}

  [[nodiscard]] std::string_view name() const override { return name_of(Teacher::vote); }

  Result<std::vector<bool>> believes(const Asking& asking, std::span<const Question> questions,
                                     std::span<const Answered> answers) override {
    std::vector<bool> believed(questions.size(), true);
    std::vector<Question> asked;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (voters_.empty() && std::exp(answers[i].least_log_probability) >= doubt_) continue;
      asked.push_back(questions[i]);
      places.push_back(i);
    }
    ERRATA_ASSIGN(const auto voted, vote(asking, asked));
    for (std::size_t k = 0; k < places.size(); ++k)
      believed[places[k]] = voted[k] && asking.task.meaning(*voted[k]) == asking.task.meaning(answers[places[k]].text);
    return believed;
  }

  Result<std::vector<Correction>> correct(const Asking& asking, std::span<const Question> questions,
                                          std::span<const StoredAnswer>) override {
    ERRATA_ASSIGN(auto voted, vote(asking, questions));
    std::vector<Correction> corrections(questions.size());
    for (std::size_t i = 0; i < questions.size(); ++i)
      if (voted[i]) corrections[i] = {.answer = std::move(*voted[i]), .found = true, .verified = false};
    return corrections;
  }

  Result<std::vector<Lesson>> lessons(const Asking& asking, std::span<const Question> like, std::size_t each,
                                      Rng& rng) override {
    std::vector<Question> variants = pool_variants(asking.task, like, each, rng);
    ERRATA_ASSIGN(auto voted, vote(asking, variants));
    std::vector<Lesson> lessons;
    for (std::size_t i = 0; i < variants.size(); ++i)
      if (voted[i]) lessons.push_back({.question = std::move(variants[i]), .answer = std::move(*voted[i])});
    return lessons;
  }

 private:
  /// Nothing where other models vote and no more than half agree.
  Result<std::vector<std::optional<std::string>>> vote(const Asking& asking, std::span<const Question> questions) {
    std::vector<std::vector<std::string>> ballots(questions.size());
    const std::size_t voters = voters_.empty() ? votes_ : voters_.size() + 1;
    for (std::size_t voter = 0; voter < voters; ++voter) {
      ERRATA_ASSIGN(auto answers, ballot(asking, questions, voter));
      for (std::size_t i = 0; i < questions.size(); ++i) ballots[i].push_back(std::move(answers[i]));
    }
    std::vector<std::optional<std::string>> voted(questions.size());
    for (std::size_t i = 0; i < questions.size(); ++i)
      if (Majority best = majority_of(asking.task, ballots[i]); voters_.empty() || 2 * best.votes > voters)
        voted[i] = std::move(best.answer);
    return voted;
  }

  Result<std::vector<std::string>> ballot(const Asking& asking, std::span<const Question> questions,
                                          std::size_t voter) {
    if (voters_.empty()) return ask(asking, questions, 1.0, Rng(seed_).fork(voter).next());
    if (voter == 0) return ask(asking, questions);
    return ask({.model = voters_[voter - 1],
                .tokenizer = asking.tokenizer,
                .task = asking.task,
                .cancellation = asking.cancellation},
               questions);
  }

  double doubt_;
  std::size_t votes_;
  std::uint64_t seed_;
  std::span<const language::Model> voters_;
};

}  // namespace

std::unique_ptr<Corrector> make_vote_corrector(const LoopOptions& options, std::span<const language::Model> voters) {
  return std::make_unique<VoteCorrector>(options, voters);
}

}  // namespace errata::improve
