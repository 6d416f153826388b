/// Signals come in three kinds. Those of the model's own tokens cost nothing; samples, hidden states and the inverse
/// check cost passes of the model; the auditor costs labels: whether some answers were right. What it says of these is
/// worthless, so the labelled answers are cut in three, and three auditors each learn from two thirds: what the third
/// one's answers get is calibrated and weighed against the other signals. Other answers get the mean of all three.
#include "errata/improve/detection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "errata/audit/auditor.h"
#include "errata/audit/logistic_regression.h"
#include "errata/audit/risk_calibration.h"
#include "errata/improve/inverse_check.h"
#include "errata/language/hidden_states.h"
#include "errata/stats/delong.h"
#include "errata/stats/logistic.h"
#include "errata/stats/risk_coverage.h"

namespace errata::improve {
namespace {

constexpr std::size_t kFolds = 3, kLeastInFold = 4;  ///< answers of either outcome
constexpr double kLeastNats = 1e-6;
constexpr double kRidge = 1e-2;                         ///< of the combination
constexpr std::size_t kCombinedSignals = kSignals - 1;  ///< all but the combination itself
constexpr double kFarthest = 4;                         ///< deviations that a signal counts at most

/// Signals as the combination reads them: log-odds in place of the auditor's risk, and the logarithm of what is counted
/// in nats, which differs by orders of magnitude between sure answers and others.
std::array<double, kCombinedSignals> combined_signals(const StoredAnswer& answer, double auditor_risk) {
  std::array<double, kCombinedSignals> values{};
  for (std::size_t s = 0; s < kCombinedSignals; ++s) values[s] = risk_of(answer, static_cast<Signal>(s));
  for (const Signal of_tokens : {Signal::mean, Signal::least, Signal::entropy}) {
    double& value = values[static_cast<std::size_t>(of_tokens)];
    value = std::log(std::max(value, kLeastNats));
  }
  values[static_cast<std::size_t>(Signal::auditor)] = stats::logit(auditor_risk);
  return values;
}

audit::ModelOutputs outputs_of(std::span<const float> states, std::size_t count,
                               std::span<const audit::LatentBlock> blocks) {
  return {.cases = count, .latents = {states, count, blocks[0].width}, .blocks = blocks, .logits = {}, .predicted = {}};
}

std::vector<float> states_of(std::span<const StoredAnswer* const> answers) {
  std::vector<float> states;
  for (const StoredAnswer* answer : answers)
    states.insert(states.end(), answer->embedding.begin(), answer->embedding.end());
  return states;
}

/// Small enough for some hundred cases, and trained for as many steps whatever their number.
audit::AuditorOptions auditor_options(std::size_t cases, std::uint64_t seed, const Cancellation* cancellation) {
  constexpr std::size_t kSteps = 200, kBatch = 128;
  const std::size_t steps_an_epoch = (cases + kBatch - 1) / kBatch;
  return {.target = audit::AuditorTarget::failure,
          .read_logits = false,
          .axes = 64,
          .hidden = {64},
          .epochs = std::max<std::size_t>(4, (kSteps + steps_an_epoch - 1) / steps_an_epoch),
          .batch = kBatch,
          .seed = seed,
          .cancellation = cancellation};
}

bool has_both(std::span<const std::uint8_t> wrong, std::size_t least) {
  const auto failures = static_cast<std::size_t>(std::ranges::count(wrong, 1));
  return failures >= least && wrong.size() - failures >= least;
}

}  // namespace

double risk_of(const StoredAnswer& answer, Signal signal) {
  switch (signal) {
    case Signal::mean: return -answer.mean_log_probability;
    case Signal::least: return -answer.least_log_probability;
    case Signal::entropy: return answer.entropy;
    case Signal::consistency: return 1 - answer.agreement;
    case Signal::margin: return 1 - answer.margin;
    case Signal::inverse: return 1 - answer.inverse;
    case Signal::auditor: return answer.auditor_risk;
    case Signal::combined: break;
  }
  return answer.combined_risk;
}

double confidence_of(const StoredAnswer& answer, Detector by) {
  switch (by) {
    case Detector::verifier:
    case Detector::least: return std::exp(answer.least_log_probability);
    case Detector::mean: return std::exp(answer.mean_log_probability);
    case Detector::consistency: return answer.agreement;
    case Detector::auditor: return 1 - answer.auditor_risk;
    case Detector::combined: break;
  }
  return 1 - answer.combined_risk;
}

std::vector<StoredAnswer> stored_answers(const Task& task, std::size_t round, std::span<const Question> questions,
                                         std::span<const Answered> answers) {
  std::vector<StoredAnswer> rows;
  for (std::size_t i = 0; i < questions.size(); ++i)
    rows.push_back({.round = round,
                    .place = i,
                    .skill = task.skills()[questions[i].skill],
                    .prompt = questions[i].prompt,
                    .answer = answers[i].text,
                    .correction = {},
                    .mean_log_probability = answers[i].mean_log_probability,
                    .least_log_probability = answers[i].least_log_probability});
  return rows;
}

Result<void> take_inverse(const Asking& asking, std::span<const Question> questions, std::span<StoredAnswer> answers) {
  std::vector<std::string> texts;
  for (const StoredAnswer& one : answers) texts.push_back(one.answer);
  ERRATA_ASSIGN(const auto checked, check_answers(asking, questions, texts));
  for (std::size_t i = 0; i < answers.size(); ++i)
    answers[i].inverse = checked[i] == Checked::unknown ? kNaN : (checked[i] == Checked::passes ? 1 : 0);
  return {};
}

Result<void> take_states(const language::Model& model, const language::Tokenizer& tokenizer,
                         std::span<StoredAnswer> answers, const Cancellation* cancellation) {
  std::vector<language::Example> read;
  for (const StoredAnswer& answer : answers) {
    ERRATA_ASSIGN(auto example, example_of(tokenizer, answer.prompt, answer.answer));
    // Bytes that are no text are written in other tokens than they came in, and more of them.
    if (example.tokens.size() > model.config.positions) example.tokens.resize(model.config.positions);
    read.push_back(std::move(example));
  }
  std::vector<std::size_t> layers{model.config.layers - 1};
  if (model.config.layers > 1) layers.insert(layers.begin(), (model.config.layers - 1) / 2);
  ERRATA_ASSIGN(const auto states, language::hidden_states(model, nullptr, read, layers, cancellation));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto row = std::span(states.states).subspan(i * states.width, states.width);
    answers[i].embedding.assign(row.begin(), row.end());
    answers[i].entropy = states.entropy[i];
  }
  return {};
}

namespace {

/// Agreement, margin and vote from the samples of one question.
void count_votes(const Task& task, std::span<const std::string> samples, StoredAnswer& answer) {
  std::map<std::string, std::size_t> votes;
  for (const std::string& sample : samples) ++votes[task.meaning(sample)];
  const std::string said = task.meaning(answer.answer);
  std::size_t first = 0, second = 0;
  for (const auto& [text, count] : votes) {  // of equals the answer itself, then the first by its letters
    if (count > first || (count == first && text == said)) {
      second = std::max(second, std::exchange(first, count));
      answer.vote = text;
    } else {
      second = std::max(second, count);
    }
  }
  const auto all = static_cast<double>(samples.size());
  const auto own = votes.find(said);
  answer.agreement = own == votes.end() ? 0 : static_cast<double>(own->second) / all;
  answer.margin = static_cast<double>(first - second) / all;
}

}  // namespace

Result<std::uint64_t> take_votes(const Asking& asking, std::span<const Question> questions, std::size_t samples,
                                 std::uint64_t seed, std::span<StoredAnswer> answers) {
  if (samples == 0) return 0;
  std::vector<Question> asked;
  for (const Question& question : questions) asked.insert(asked.end(), samples, question);
  ERRATA_ASSIGN(const auto drawn, ask(asking, asked, 1.0, seed));
  std::uint64_t tokens = 0;
  for (const std::string& one : drawn) {
    ERRATA_ASSIGN(const auto written, asking.tokenizer.encode(one));
    tokens += written.size() + 1;
  }
  for (std::size_t i = 0; i < answers.size(); ++i)
    count_votes(asking.task, std::span(drawn).subspan(i * samples, samples), answers[i]);
  return tokens;
}

struct AnswerAuditor::Parts {
  /// An auditor of two thirds of the labelled answers, calibrated on the third.
  struct Fold {
    audit::Auditor auditor;
    audit::RiskCalibration calibration;
  };
  std::array<audit::LatentBlock, 1> blocks{};
  std::vector<Fold> folds{};
  std::array<double, kCombinedSignals> mean{}, scale{};  ///< of the signals; scale 0: not read
  audit::LogisticModel combination{};

  [[nodiscard]] std::vector<double> risks_of(const Fold& fold, std::span<const float> states, std::size_t count,
                                             const Cancellation* cancellation) const {
    return fold.calibration.risks(fold.auditor.risks(outputs_of(states, count, blocks), cancellation));
  }

  [[nodiscard]] std::array<double, kCombinedSignals> scaled(std::array<double, kCombinedSignals> values) const {
    for (std::size_t s = 0; s < kCombinedSignals; ++s) {
      const double z = (values[s] - mean[s]) * scale[s];
      values[s] = scale[s] == 0 || std::isnan(z) ? 0 : std::clamp(z, -kFarthest, kFarthest);
    }
    return values;
  }

  /// Scales of the signals and their weights. @param risks  of auditors that did not learn from the answer
  void combine(std::span<const StoredAnswer* const> answers, std::span<const double> risks,
               std::span<const std::uint8_t> wrong) {
    std::vector<std::array<double, kCombinedSignals>> rows;
    for (std::size_t i = 0; i < answers.size(); ++i) rows.push_back(combined_signals(*answers[i], risks[i]));
    for (std::size_t s = 0; s < kCombinedSignals; ++s) {
      double sum = 0, squares = 0, known = 0;  // an answer may lack a signal: it counts as the mean
      for (const auto& row : rows) {
        if (std::isnan(row[s])) continue;
        sum += row[s];
        ++known;
      }
      mean[s] = known > 0 ? sum / known : 0;
      for (const auto& row : rows)
        if (!std::isnan(row[s])) squares += (row[s] - mean[s]) * (row[s] - mean[s]);
      const double deviation = known > 0 ? std::sqrt(squares / known) : 0;
      scale[s] = deviation > 1e-9 ? 1 / deviation : 0;
    }
    std::vector<double> features, targets;
    for (const auto& row : rows) {
      const auto z = scaled(row);
      features.insert(features.end(), z.begin(), z.end());
    }
    for (const std::uint8_t one : wrong) targets.push_back(one);
    combination = audit::fit_logistic({features, rows.size(), kCombinedSignals}, targets, kRidge);
  }
};

AnswerAuditor::AnswerAuditor(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
AnswerAuditor::AnswerAuditor(AnswerAuditor&&) noexcept = default;
AnswerAuditor& AnswerAuditor::operator=(AnswerAuditor&&) noexcept = default;
AnswerAuditor::~AnswerAuditor() = default;

Result<std::optional<AnswerAuditor>> AnswerAuditor::fit(std::span<const StoredAnswer* const> labelled,
                                                        std::span<const std::uint8_t> wrong, std::uint64_t seed,
                                                        const Cancellation* cancellation) {
  if (!has_both(wrong, kFolds * kLeastInFold)) return std::nullopt;
  std::vector<std::size_t> fold_of;
  std::array<std::size_t, 2> seen{};  // every third of the right ones and of the wrong ones
  for (const std::uint8_t one : wrong) fold_of.push_back(seen[one]++ % kFolds);
  auto parts = std::make_unique<Parts>();
  parts->blocks[0] = {.name = "hidden states", .first = 0, .width = labelled[0]->embedding.size()};
  std::vector<double> risks(labelled.size());
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<const StoredAnswer*> learned, held;
    std::vector<std::uint8_t> learned_wrong, held_wrong;
    for (std::size_t i = 0; i < labelled.size(); ++i) {
      (fold_of[i] == fold ? held : learned).push_back(labelled[i]);
      (fold_of[i] == fold ? held_wrong : learned_wrong).push_back(wrong[i]);
    }
    const auto states = states_of(learned), held_states = states_of(held);
    const audit::TrainingCases cases{
        .outputs = outputs_of(states, learned.size(), parts->blocks), .labels = {}, .failed = learned_wrong};
    ERRATA_ASSIGN(auto auditor,
                  audit::Auditor::train(cases, auditor_options(learned.size(), seed + fold, cancellation)));
    const auto scores = auditor.risks(outputs_of(held_states, held.size(), parts->blocks), cancellation);
    ERRATA_ASSIGN(auto calibration,
                  audit::RiskCalibration::fit(audit::CalibrationMethod::log_odds, scores, held_wrong));
    const auto calibrated = calibration.risks(scores);
    for (std::size_t i = 0, k = 0; i < labelled.size(); ++i)
      if (fold_of[i] == fold) risks[i] = calibrated[k++];
    parts->folds.push_back({.auditor = std::move(auditor), .calibration = std::move(calibration)});
  }
  parts->combine(labelled, risks, wrong);
  return AnswerAuditor(std::move(parts));
}

AnswerAuditor::Risks AnswerAuditor::risks(std::span<const StoredAnswer* const> answers,
                                          const Cancellation* cancellation) const {
  Risks made;
  if (answers.empty()) return made;
  const auto states = states_of(answers);
  std::vector<double> log_odds(answers.size());
  for (const Parts::Fold& fold : parts_->folds) {
    const auto risks = parts_->risks_of(fold, states, answers.size(), cancellation);
    for (std::size_t i = 0; i < risks.size(); ++i) log_odds[i] += stats::logit(risks[i]) / static_cast<double>(kFolds);
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    made.auditor.push_back(stats::sigmoid(log_odds[i]));
    const auto z = parts_->scaled(combined_signals(*answers[i], made.auditor[i]));
    made.combined.push_back(stats::sigmoid(parts_->combination.log_odds(z)));
  }
  return made;
}

void detect(const LoopOptions& options, std::span<const std::uint8_t> wrong, std::span<StoredAnswer> answers) {
  const bool by_verifier = options.detect == Detector::verifier;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    StoredAnswer& one = answers[i];
    one.detected = Detected::no;
    one.detector.clear();
    one.confidence = confidence_of(one, options.detect);
    const bool is_told = by_verifier || one.labelled;
    if (is_told && wrong[i] != 0) {
      one.detected = Detected::wrong;
      one.detector = name_of(Detector::verifier);
    } else if (one.confidence < options.doubt && (by_verifier || !is_told)) {
      one.detected = Detected::doubtful;
      one.detector = name_of(by_verifier ? Detector::least : options.detect);
    }
  }
}

DetectionQuality measure_detection(std::span<const StoredAnswer> answers, std::span<const std::uint8_t> wrong) {
  DetectionQuality quality;
  std::vector<const StoredAnswer*> measured;
  std::vector<std::uint8_t> failed;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    quality.labelled += answers[i].labelled ? 1U : 0U;
    quality.labelled_wrong += answers[i].labelled ? wrong[i] : std::uint8_t{0};
    if (answers[i].labelled) continue;
    measured.push_back(&answers[i]);
    failed.push_back(wrong[i]);
  }
  quality.cases = failed.size();
  quality.wrong = static_cast<std::uint64_t>(std::ranges::count(failed, 1));
  std::array<std::vector<double>, kSignals> risks;
  for (std::size_t s = 0; s < kSignals; ++s) {
    for (const StoredAnswer* one : measured) risks[s].push_back(risk_of(*one, static_cast<Signal>(s)));
    if (failed.empty() || std::ranges::any_of(risks[s], [](double r) { return std::isnan(r); })) continue;
    SignalQuality& of = quality.signals[s];
    if (const auto area = stats::delong_interval(risks[s], failed); area && !std::isnan(area->auc))
      of = {.auroc = area->auc, .low = area->interval.low, .high = area->interval.high};
    if (const auto curve = stats::RiskCoverage::of(risks[s], failed)) of.aurc = curve->areas().aurc;
  }
  const auto& combined = risks[static_cast<std::size_t>(Signal::combined)];
  const auto& mean = risks[static_cast<std::size_t>(Signal::mean)];
  if (std::isnan(quality[Signal::combined].auroc)) return quality;
  if (const auto apart = stats::delong_test(combined, mean, failed)) {
    quality.combined_less_mean = apart->difference;
    quality.combined_p = apart->p_value;
  }
  return quality;
}

Result<std::vector<WithheldQuality>> measure_withheld(std::span<const std::string> skills,
                                                      std::span<const StoredAnswer* const> labelled,
                                                      std::span<const std::uint8_t> labelled_wrong,
                                                      std::span<const StoredAnswer> answers,
                                                      std::span<const std::uint8_t> wrong, std::uint64_t seed,
                                                      const Cancellation* cancellation) {
  std::vector<WithheldQuality> qualities;
  for (std::size_t skill = 0; skill < skills.size(); ++skill) {
    std::vector<const StoredAnswer*> others, measured;
    std::vector<std::uint8_t> others_wrong, failed;
    for (std::size_t i = 0; i < labelled.size(); ++i) {
      if (labelled[i]->skill == skills[skill]) continue;
      others.push_back(labelled[i]);
      others_wrong.push_back(labelled_wrong[i]);
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].skill != skills[skill] || answers[i].labelled) continue;
      measured.push_back(&answers[i]);
      failed.push_back(wrong[i]);
    }
    WithheldQuality quality{
        .skill = skill, .cases = failed.size(), .wrong = static_cast<std::uint64_t>(std::ranges::count(failed, 1))};
    const auto area = [&](std::span<const double> risk) {
      const auto made = stats::delong_interval(risk, failed);
      return made ? made->auc : kNaN;
    };
    ERRATA_ASSIGN(const auto auditor, AnswerAuditor::fit(others, others_wrong, seed, cancellation));
    if (has_both(failed, 1)) {
      std::vector<double> mean;
      for (const StoredAnswer* one : measured) mean.push_back(risk_of(*one, Signal::mean));
      quality.mean = area(mean);
      if (auditor) {
        const auto risks = auditor->risks(measured, cancellation);
        quality.auditor = area(risks.auditor);
        quality.combined = area(risks.combined);
      }
    }
    qualities.push_back(quality);
  }
  return qualities;
}

}  // namespace errata::improve
