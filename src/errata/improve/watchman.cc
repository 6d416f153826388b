#include "errata/improve/watchman.h"

#include <cmath>

#include "errata/improve/asking.h"
#include "errata/improve/labelled.h"

namespace errata::improve {
namespace {

/// Mean of what is known.
template <typename Value>
double mean_of(std::size_t answers, Value value) {
  double sum = 0;
  std::size_t known = 0;
  for (std::size_t i = 0; i < answers; ++i)
    if (const double one = value(i); !std::isnan(one)) {
      sum += one;
      ++known;
    }
  return known == 0 ? kNaN : sum / static_cast<double>(known);
}

}  // namespace

Result<Watch> Watchman::look(const language::Model& model) {
  const Asking asking{
      .model = model, .tokenizer = parts_.tokenizer, .task = parts_.task, .cancellation = cancellation_};
  ERRATA_ASSIGN(const auto answered, answer(asking, questions_));
  auto answers = stored_answers(parts_.task, 0, questions_, answered);
  ERRATA_TRY(take_votes(asking, questions_, options_.samples, votes_, answers));
  ERRATA_TRY(take_inverse(asking, questions_, answers));
  Watch seen;
  seen.margin = mean_of(answers.size(), [&](std::size_t i) { return answers[i].margin; });
  seen.inverse = mean_of(answers.size(), [&](std::size_t i) { return answers[i].inverse; });
  if (!auditor_) {
    ERRATA_ASSIGN(const Labelled known, labelled_answers(parts_.store, parts_.task, options_.teacher, 1));
    ERRATA_ASSIGN(auditor_, AnswerAuditor::fit(known.places, known.wrong, auditor_seed_, cancellation_));
  }
  if (!auditor_) return seen;
  ERRATA_TRY(take_states(start_, parts_.tokenizer, answers, cancellation_));
  std::vector<const StoredAnswer*> places;
  for (const StoredAnswer& one : answers) places.push_back(&one);
  const auto risks = auditor_->risks(places, cancellation_);
  seen.auditor = mean_of(answers.size(), [&](std::size_t i) { return 1 - risks.auditor[i]; });
  return seen;
}

}  // namespace errata::improve
