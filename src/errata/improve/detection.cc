#include "errata/improve/detection.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "errata/stats/classification.h"

namespace errata::improve {

Detected detect(const Task& task, const Question& question, const Answered& answered, double doubt) {
  if (!task.verify(question, answered.text)) return Detected::wrong;
  return std::exp(answered.least_log_probability) < doubt ? Detected::doubtful : Detected::no;
}

void measure_detection(std::span<const StoredAnswer> answers, Round& round) {
  std::vector<double> mean, least;
  std::vector<std::uint8_t> wrong;
  for (const StoredAnswer& one : answers) {
    mean.push_back(-one.mean_log_probability);
    least.push_back(-one.least_log_probability);
    wrong.push_back(one.detected == Detected::wrong ? 1 : 0);
  }
  round.auroc_mean = stats::ranking_areas(mean, wrong).roc_auc;
  round.auroc_least = stats::ranking_areas(least, wrong).roc_auc;
}

}  // namespace errata::improve
