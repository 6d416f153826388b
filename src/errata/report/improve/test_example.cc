#include "errata/report/improve/test_example.h"

#include "errata/base/limits.h"

namespace errata::report {

using improve::Improvement;
using improve::Verdict;

namespace {

improve::DetectionQuality example_detection() {
  improve::DetectionQuality quality{.cases = 1500, .wrong = 121, .labelled = 500, .labelled_wrong = 41};
  const auto set = [&](improve::Signal signal, improve::SignalQuality of) {
    quality.signals[static_cast<std::size_t>(signal)] = of;
  };
  set(improve::Signal::mean, {.auroc = 0.951, .low = 0.93, .high = 0.967, .aurc = 0.011});
  set(improve::Signal::least, {.auroc = 0.962, .low = 0.943, .high = 0.975, .aurc = 0.01});
  set(improve::Signal::auditor, {.auroc = 0.944, .low = 0.92, .high = 0.961, .aurc = 0.012});
  set(improve::Signal::combined, {.auroc = 0.971, .low = 0.955, .high = 0.982, .aurc = 0.009});
  quality.combined_less_mean = 0.02;
  quality.combined_p = 0.003;
  quality.withheld = {{.skill = 0, .cases = 750, .wrong = 9, .auditor = 0.81, .combined = 0.93, .mean = 0.92},
                      {.skill = 1, .cases = 750, .wrong = 112, .auditor = 0.77, .combined = 0.9, .mean = 0.94}};
  return quality;
}

}  // namespace

Improvement example_improvement() {
  Improvement made{.task = "arithmetic",
                   .note = "504 is four hundred and five.",
                   .skills = {"add", "sub"},
                   .options = {},
                   .parameters = 99'520,
                   .adapter_parameters = 35'840,
                   .start_development = {{.failures = 4, .trials = 400}, {.failures = 60, .trials = 400}},
                   .start_held_out = {{.failures = 10, .trials = 800}, {.failures = 120, .trials = 800}},
                   .texts = 60,
                   .start_perplexity = 21.5,
                   .rounds = {}};
  made.rounds.push_back(
      {.number = 1,
       .asked = {{.failures = 12, .trials = 1000}, {.failures = 150, .trials = 1000}},
       .doubtful = 31,
       .detection = example_detection(),
       .remembered = 193,
       .variants = 620,
       .replayed = 1838,
       .first_loss = 0.412,
       .last_loss = 0.071,
       .development = {{.failures = 4, .trials = 400}, {.failures = 20, .trials = 400}},
       .perplexity = 21.608,
       .verdict = Verdict::kept,
       .held_out = {{.failures = 8, .trials = 800}, {.failures = 44, .trials = 800}},
       .pairs = {.both = 40, .only_first = 90, .only_second = 12, .neither = 1458},
       .before = {.margin = 0.91, .auditor = 0.88, .inverse = 0.84},
       .watch = {.margin = 0.95, .auditor = 0.94, .inverse = 0.93},
       .examples =
           {{.skill = "sub", .prompt = "302-57=", .reference = "542", .before = "552", .after = "542", .fixed = true},
            {.skill = "add", .prompt = "9+94=", .reference = "301", .before = "301", .after = "391", .fixed = false}},
       .tokens_written = 40'120,
       .tokens_learned = 256'400});
  improve::Round second = made.rounds[0];
  second.number = 2;
  second.detection = {};
  second.verdict = Verdict::forgot;
  second.development = {{.failures = 30, .trials = 400}, {.failures = 12, .trials = 400}};
  made.rounds.push_back(second);
  made.modes = {{.id = 3,
                 .name = "sub, digits_a 3, digits_b 2, carries 2",
                 .failures = {120, 31},
                 .kinds = {"carry (98)", "digits (20)"},
                 .prompt = "302-57=",
                 .answer = "552",
                 .correction = "542"},
                {.id = 0,
                 .name = "add, digits_a 1 or 3",
                 .failures = {73, 9},
                 .kinds = {"length (3)"},
                 .prompt = "9+994=",
                 .answer = "301",
                 .correction = "3001"}};
  made.mode_information = 0.31;
  made.costs = {{.round = 0, .step = "evaluate", .wall_seconds = 2.5, .cpu_seconds = 4.8},
                {.round = 1, .step = "answer", .wall_seconds = 6.1, .cpu_seconds = 12},
                {.round = 1, .step = "tune", .wall_seconds = 31, .cpu_seconds = 60.5},
                {.round = 2, .step = "tune", .wall_seconds = 30, .cpu_seconds = 59.5}};
  return made;
}

Improvement bare_improvement() {
  Improvement made = example_improvement();
  made.rounds.clear();
  made.modes.clear();
  made.costs.clear();
  return made;
}

Improvement hostile_improvement() {
  Improvement made = example_improvement();
  made.note = made.task = "<b onclick=x>\x1b[31m</script>{{main}}";
  made.skills = {"<b onclick=x>\x1b[31m", "\xFF</script>"};
  for (improve::FailureMode& mode : made.modes) {
    mode.name = mode.prompt = mode.answer = mode.correction = made.task;
    mode.kinds = {made.task};
  }
  for (improve::Round& round : made.rounds)
    for (improve::Example& one : round.examples)
      one.skill = one.prompt = one.reference = one.before = one.after = made.task;
  return made;
}

}  // namespace errata::report
