#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "errata/report/allocation/charts.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {
namespace {

using relevance::VideoAllocation;
using relevance::VideoStretch;

double end_of(const VideoAllocation& made, std::size_t i) {
  const auto& stretches = made.course.stretches();
  if (i + 1 < stretches.size()) return stretches[i + 1].seconds;
  // The last stretch lasts as long as its frames do on average.
  const VideoStretch& last = stretches.back();
  return last.first == 0
             ? last.seconds
             : last.seconds + static_cast<double>(last.frames) * last.seconds / static_cast<double>(last.first);
}

std::string when(const VideoStretch& stretch) {
  return stretch.frames == 1 ? fmt::format("{:.2f} s, frame {}", stretch.seconds, count_text(stretch.first))
                             : fmt::format("from {:.2f} s, {} frames", stretch.seconds, count_text(stretch.frames));
}

Json seconds_axis() { return {{"field", "at"}, {"type", "quantitative"}, {"title", "seconds"}}; }

Json contexts_layer(const VideoAllocation& made) {
  Json rows = Json::array();
  for (const VideoStretch& stretch : made.course.stretches())
    if (stretch.contexts > 0)
      rows.push_back({{"at", stretch.seconds},
                      {"name", stretch.contexts == 1 ? std::string("a context begins")
                                                     : fmt::format("{} contexts begin", stretch.contexts)}});
  return {{"data", named_data("contexts", std::move(rows))},
          {"mark", mark("rule", "reference")},
          {"encoding", {{"x", seconds_axis()}, {"tooltip", tooltip({{"name", "here"}})}}}};
}

/// A figure of the stretches as a line over time.
struct Course {
  const char* name;
  const char* axis;
  std::string title, caption;
};
template <typename Value>
Chart course_chart(const VideoAllocation& made, const Course& words, Value value) {
  Json rows = Json::array();
  for (const VideoStretch& stretch : made.course.stretches()) {
    const auto figure = value(stretch);
    rows.push_back({{"at", stretch.seconds},
                    {"value", figure ? Json(*figure) : Json(nullptr)},
                    {"when", when(stretch)},
                    {"text", figure ? number_text(*figure, 3) : std::string("–")}});
  }
  const Json y{{"field", "value"}, {"type", "quantitative"}, {"title", words.axis}, {"scale", {{"zero", true}}}};
  Json layers{contexts_layer(made),
              {{"mark", mark("line", "rate-line")}, {"encoding", {{"x", seconds_axis()}, {"y", y}}}},
              hint_points(seconds_axis(), y, tooltip({{"when", "when"}, {"text", words.axis}}))};
  return chart_of({.name = words.name, .section = "course", .title = words.title, .caption = words.caption},
                  {{"height", 150}, {"data", named_data("rows", std::move(rows))}, {"layer", std::move(layers)}});
}

/// Runs of stretches with one strategy as bars.
Chart strategy_chart(const VideoAllocation& made) {
  const auto& stretches = made.course.stretches();
  Json rows = Json::array();
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const std::string name(relevance::name_of(stretches[i].strategy()));
    if (rows.empty() || rows.back()["strategy"] != name)
      rows.push_back({{"at", stretches[i].seconds}, {"end", 0}, {"strategy", name}, {"frames", 0}});
    rows.back()["end"] = end_of(made, i);
    rows.back()["frames"] = rows.back()["frames"].get<std::size_t>() + stretches[i].frames;
  }
  for (Json& row : rows)
    row["text"] = fmt::format("{:.2f} s to {:.2f} s, {}", row["at"].get<double>(), row["end"].get<double>(),
                              counted(row["frames"].get<std::size_t>(), "frame", "frames"));
  const auto& all = made.summary.strategies;
  const auto most = std::ranges::max_element(all, {}, [](const auto& one) { return one.second; });
  const Json y{{"field", "strategy"}, {"type", "nominal"}, {"title", nullptr}};
  return chart_of(
      {.name = "strategy_over_time",
       .section = "course",
       .title = all.size() == 1 ? fmt::format("All frames are looked at by {}", relevance::name_of(most->first))
                                : fmt::format("{} of {} frames are looked at by {}", count_text(most->second),
                                              count_text(made.summary.frames), relevance::name_of(most->first)),
       .caption = "The strategy is chosen where a context begins, and kept in it."},
      {{"height", 28 * std::max<std::size_t>(all.size(), 1)},
       {"data", named_data("rows", std::move(rows))},
       {"mark", mark("bar", "rate")},
       {"encoding",
        {{"x", seconds_axis()},
         {"x2", {{"field", "end"}}},
         {"y", y},
         {"tooltip", tooltip({{"strategy", "strategy"}, {"text", "when"}})}}}});
}

}  // namespace

std::vector<Chart> video_charts(const VideoAllocation& made) {
  const auto& summary = made.summary;
  if (summary.frames < 2) return {};
  double jitter = 0, farthest = 0;
  std::size_t jittered = 0;
  for (const VideoStretch& stretch : made.course.stretches()) {
    jitter += stretch.jitter;
    jittered += stretch.jittered;
    farthest = std::max(farthest, stretch.shift / static_cast<double>(stretch.frames));
  }
  const std::string points = fmt::format(
      "One point {}; dashed lines where contexts begin.",
      made.course.frames_a_stretch() == 1 ? std::string("a frame")
                                          : fmt::format("for {} frames, their mean", made.course.frames_a_stretch()));
  using Value = std::optional<double>;
  const auto mean = [](double sum, std::size_t count) {
    return count == 0 ? Value() : Value(sum / static_cast<double>(count));
  };
  return {
      course_chart(made,
                   {"tokens_over_time", "tokens a frame",
                    fmt::format("At most {} of {} tokens a frame", count_text(summary.most_tokens),
                                count_text(summary.options.limits.total)),
                    points},
                   [&](const VideoStretch& s) { return mean(static_cast<double>(s.tokens), s.frames); }),
      course_chart(made,
                   {"jitter_over_time", "jitter",
                    jittered == 0 ? std::string("No two frames can be compared")
                                  : fmt::format("Budgets jump by {} of their mass from frame to frame",
                                                percent_text(jitter / static_cast<double>(jittered))),
                    points + " Jitter: what of the budgets did not move along with the picture, 0 to 2; none at the "
                             "beginning of a context."},
                   [&](const VideoStretch& s) { return mean(s.jitter, s.jittered); }),
      course_chart(made,
                   {"shift_over_time", "pixels",
                    fmt::format("The picture moves by up to {} pixels a frame", number_text(farthest, 2)), points},
                   [&](const VideoStretch& s) { return mean(s.shift, s.frames); }),
      strategy_chart(made)};
}

}  // namespace errata::report
