// The page of a replay in words; as with an analysis, the findings stand in HTML and the script only draws charts and
// sorts tables.
#include "errata/report/replay/page.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/shell.h"
#include "errata/report/replay/advice.h"
#include "errata/report/replay/charts.h"
#include "errata/report/replay/json.h"
#include "errata/report/replay/sections.h"
#include "errata/report/replay/words.h"

namespace errata::report {

std::string replay_page(const replay::Replay& replay) {
  const std::vector<Chart> charts = replay_charts(replay);
  const std::vector<std::string> advice = replay_advice(replay);
  const bool has_advice = !advice.empty();
  const bool has_streams = !replay.streams.empty();
  const bool has_scores = !replay.scores.empty();
  const bool has_policy = replay.policy.cases > 0;
  const bool has_risk = !replay.calibration.empty() || !replay.experts.empty();
  const bool has_corrections = !replay.corrections.empty();
  std::string main = replay_header_html(replay);
  if (has_advice) main += advice_section(advice);
  if (has_streams) main += streams_section(replay);
  main += replay_time_section(replay, charts) + modes_section(replay, charts);
  if (has_scores) main += scores_section(replay, charts);
  if (has_policy) main += policy_section(replay, charts);
  if (has_risk) main += risk_section(replay, charts);
  if (has_corrections) main += corrections_section(replay);
  main += replay_method_section(replay);
  return page_html({.title = "Errata replay: " + file_words(replay),
                    .contents = {{.there = has_advice, .id = "advice", .words = "What to do"},
                                 {.there = has_streams, .id = "streams", .words = "Streams"},
                                 {.id = "time", .words = "When it fails"},
                                 {.id = "modes", .words = "Failure modes"},
                                 {.there = has_scores, .id = "scores", .words = "Does it know?"},
                                 {.there = has_policy, .id = "policy", .words = "The policy"},
                                 {.there = has_risk, .id = "risk", .words = "The risk"},
                                 {.there = has_corrections, .id = "corrections", .words = "Can it be corrected?"},
                                 {.id = "method", .words = "How this was measured"}},
                    .main = std::move(main),
                    .charts = charts,
                    .data_id = "replay",
                    .data = replay_json(replay, -1)});
}

}  // namespace errata::report
