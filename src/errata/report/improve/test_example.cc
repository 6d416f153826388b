#include "errata/report/improve/test_example.h"

#include "errata/base/limits.h"

namespace errata::report {

using improve::Improvement;
using improve::Verdict;

Improvement example_improvement() {
  Improvement made{.task = "arithmetic",
                   .skills = {"add", "sub"},
                   .options = {},
                   .parameters = 99'520,
                   .adapter_parameters = 35'840,
                   .start_development = {{.failures = 4, .trials = 400}, {.failures = 60, .trials = 400}},
                   .start_held_out = {{.failures = 10, .trials = 800}, {.failures = 120, .trials = 800}},
                   .rounds = {}};
  made.rounds.push_back({.number = 1,
                         .asked = {{.failures = 12, .trials = 1000}, {.failures = 150, .trials = 1000}},
                         .doubtful = 31,
                         .auroc_mean = 0.951,
                         .auroc_least = 0.962,
                         .remembered = 193,
                         .variants = 620,
                         .replayed = 1838,
                         .first_loss = 0.412,
                         .last_loss = 0.071,
                         .development = {{.failures = 4, .trials = 400}, {.failures = 20, .trials = 400}},
                         .verdict = Verdict::kept,
                         .held_out = {{.failures = 8, .trials = 800}, {.failures = 44, .trials = 800}},
                         .pairs = {.both = 40, .only_first = 90, .only_second = 12, .neither = 1458}});
  improve::Round second = made.rounds[0];
  second.number = 2;
  second.auroc_mean = second.auroc_least = kNaN;
  second.verdict = Verdict::forgot;
  second.development = {{.failures = 30, .trials = 400}, {.failures = 12, .trials = 400}};
  made.rounds.push_back(second);
  return made;
}

Improvement bare_improvement() {
  Improvement made = example_improvement();
  made.rounds.clear();
  return made;
}

Improvement hostile_improvement() {
  Improvement made = example_improvement();
  made.task = "<b onclick=x>\x1b[31m</script>{{main}}";
  made.skills = {"<b onclick=x>\x1b[31m", "\xFF</script>"};
  return made;
}

}  // namespace errata::report
