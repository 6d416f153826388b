#include "errata/engine_nn/robustness_cases.h"

#include <vector>

#include "errata/base/limits.h"
#include "errata/engine_nn/log_columns.h"
#include "errata/table/write_log.h"

namespace errata::engine_nn {
namespace {

/// Columns under construction.
struct Predictions {
  const std::vector<std::string>& classes;
  std::vector<std::string> check{}, corruption{}, label{}, prediction{};
  std::vector<double> id{}, severity{}, frame{}, confidence{};

  void add(const char* of, const std::string& what, std::uint32_t predicted, float sure) {
    check.emplace_back(of);
    corruption.push_back(what);
    prediction.push_back(classes[predicted]);
    confidence.push_back(static_cast<double>(sure));
  }

  void add(const robustness::Sweep& sweep) {
    for (const robustness::ShiftedCase& one : sweep.cases) {
      add("sweep", one.level == 0 ? "none" : sweep.corruptions[one.corruption], one.predicted, one.confidence);
      label.push_back(classes[one.label]);
      id.push_back(one.subject);
      severity.push_back(one.level);
      frame.push_back(kNaN);
    }
  }
  void add(const robustness::Sequences& sequences) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < sequences.frames.size(); ++i) {
      const robustness::Frame& one = sequences.frames[i];
      at = i > 0 && sequences.frames[i - 1].sequence == one.sequence ? at + 1 : 0;
      add("sequence", sequences.perturbations[one.perturbation], one.predicted, one.confidence);
      label.push_back(classes[one.label]);
      id.push_back(one.subject);
      severity.push_back(kNaN);
      frame.push_back(static_cast<double>(at));
    }
  }
  void add(const robustness::Foreign& foreign) {
    for (std::size_t i = 0; i < foreign.set_of.size(); ++i) {
      if (foreign.set_of[i] == robustness::kClean) continue;  // stands among the clean ones
      add("foreign", foreign.sets[foreign.set_of[i]], foreign.predicted[i], foreign.confidence[i]);
      label.emplace_back();
      id.push_back(kNaN);
      severity.push_back(kNaN);
      frame.push_back(kNaN);
    }
  }

  [[nodiscard]] std::vector<table::Column> columns() const {
    return {number_column("id", id),
            text_column("check", check),
            text_column("corruption", corruption),
            number_column("severity", severity),
            number_column("frame", frame),
            text_column("label", label),
            text_column("prediction", prediction),
            number_column("confidence", confidence)};
  }
};

}  // namespace

Result<void> write_robustness_cases(const robustness::Evidence& evidence, const std::string& place,
                                    const Cancellation* stop) {
  return until_cancelled([&]() -> Result<void> {
    Predictions predictions{.classes = evidence.classes};
    if (evidence.sweep) predictions.add(*evidence.sweep);
    if (evidence.sequences) predictions.add(*evidence.sequences);
    if (evidence.foreign) predictions.add(*evidence.foreign);
    return table::write_columns(predictions.columns(), place, {}, stop);
  });
}

}  // namespace errata::engine_nn
