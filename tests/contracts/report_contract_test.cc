// What every report of Errata keeps, whatever it is about. A feature that reports gets these tests by a line in
// reports() for each of its examples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "contracts/browser.h"
#include "errata/base/atomic_file.h"
#include "errata/base/child_process.h"
#include "errata/base/test_folder.h"
#include "errata/report/allocation/charts.h"
#include "errata/report/allocation/json.h"
#include "errata/report/allocation/page.h"
#include "errata/report/allocation/terminal.h"
#include "errata/report/allocation/test_example.h"
#include "errata/report/allocation/video_page.h"
#include "errata/report/analysis/charts.h"
#include "errata/report/analysis/comparison.h"
#include "errata/report/analysis/json.h"
#include "errata/report/analysis/page.h"
#include "errata/report/analysis/terminal.h"
#include "errata/report/analysis/test_comparison.h"
#include "errata/report/analysis/test_example.h"
#include "errata/report/audit/charts.h"
#include "errata/report/audit/json.h"
#include "errata/report/audit/page.h"
#include "errata/report/audit/terminal.h"
#include "errata/report/audit/test_example.h"
#include "errata/report/checklist/charts.h"
#include "errata/report/checklist/json.h"
#include "errata/report/checklist/page.h"
#include "errata/report/checklist/terminal.h"
#include "errata/report/checklist/test_example.h"
#include "errata/report/improve/charts.h"
#include "errata/report/improve/json.h"
#include "errata/report/improve/page.h"
#include "errata/report/improve/terminal.h"
#include "errata/report/improve/test_example.h"
#include "errata/report/kit/plots.h"
#include "errata/report/kit/test_text.h"
#include "errata/report/replay/charts.h"
#include "errata/report/replay/json.h"
#include "errata/report/replay/page.h"
#include "errata/report/replay/terminal.h"
#include "errata/report/replay/test_example.h"
#include "errata/report/robustness/charts.h"
#include "errata/report/robustness/json.h"
#include "errata/report/robustness/page.h"
#include "errata/report/robustness/terminal.h"
#include "errata/report/robustness/test_example.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Report {
  std::string name;   ///< of the test case
  std::string topic;  ///< "analysis": its schema is errata.analysis, its data block has this id
  std::function<std::string()> page, json;
  std::function<std::string(const TerminalOptions&)> terminal;
  std::function<std::vector<Chart>()> charts;
};

Report of(std::string name, const slice::Analysis& result) {
  return {.name = "analysis_" + name,
          .topic = "analysis",
          .page = [=] { return analysis_page(result); },
          .json = [=] { return analysis_json(result); },
          .terminal = [=](const TerminalOptions& options) { return analysis_terminal(result, options); },
          .charts = [=] { return analysis_charts(result); }};
}
Report of(std::string name, const slice::Comparison& result) {
  return {.name = "comparison_" + name,
          .topic = "comparison",
          .page = [=] { return comparison_page(result); },
          .json = [=] { return comparison_json(result); },
          .terminal = [=](const TerminalOptions& options) { return comparison_terminal(result, options); },
          .charts = [=] { return comparison_charts(result); }};
}
Report of(std::string name, const replay::Replay& result) {
  return {.name = "replay_" + name,
          .topic = "replay",
          .page = [=] { return replay_page(result); },
          .json = [=] { return replay_json(result); },
          .terminal = [=](const TerminalOptions& options) { return replay_terminal(result, options); },
          .charts = [=] { return replay_charts(result); }};
}
Report of(std::string name, const audit::Audit& result) {
  return {.name = "audit_" + name,
          .topic = "audit",
          .page = [=] { return audit_page(result); },
          .json = [=] { return audit_json(result); },
          .terminal = [=](const TerminalOptions& options) { return audit_terminal(result, options); },
          .charts = [=] { return audit_charts(result); }};
}

Report of(std::string name, const relevance::ImageAllocation& result) {
  return {.name = "allocation_" + name,
          .topic = "allocation",
          .page = [=] { return allocation_page(result).value(); },
          .json = [=] { return allocation_json(result); },
          .terminal = [=](const TerminalOptions& options) { return allocation_terminal(result, options); },
          .charts = [=] { return allocation_charts(result); }};
}
Report of(std::string name, const relevance::VideoAllocation& result) {
  return {.name = "video_" + name,
          .topic = "allocation",
          .page = [=] { return video_page(result).value(); },
          .json = [=] { return video_json(result); },
          .terminal = [=](const TerminalOptions& options) { return video_terminal(result.summary, options); },
          .charts = [=] { return video_charts(result); }};
}
Report of(std::string name, const checklist::Checklist& result) {
  return {.name = "checklist_" + name,
          .topic = "checklist",
          .page = [=] { return checklist_page(result).value(); },
          .json = [=] { return checklist_json(result); },
          .terminal = [=](const TerminalOptions& options) { return checklist_terminal(result, options); },
          .charts = [=] { return checklist_charts(result); }};
}

Report of(std::string name, const robustness::Robustness& result) {
  return {.name = "robustness_" + name,
          .topic = "robustness",
          .page = [=] { return robustness_page(result); },
          .json = [=] { return robustness_json(result); },
          .terminal = [=](const TerminalOptions& options) { return robustness_terminal(result, options); },
          .charts = [=] { return robustness_charts(result); }};
}

Report of(std::string name, const improve::Improvement& result) {
  return {.name = "improve_" + name,
          .topic = "improve",
          .page = [=] { return improve_page(result); },
          .json = [=] { return improve_json(result); },
          .terminal = [=](const TerminalOptions& options) { return improve_terminal(result, options); },
          .charts = [=] { return improve_charts(result); }};
}

std::vector<Report> reports() {
  return {of("example", example_analysis()),
          of("quiet", quiet_analysis()),
          of("hostile", hostile_analysis()),
          of("example", example_comparison()),
          of("quiet", quiet_comparison()),
          of("hostile", hostile_comparison()),
          of("example", example_replay()),
          of("quiet", quiet_replay()),
          of("hostile", hostile_replay()),
          of("empty", empty_replay()),
          of("streams", streams_replay()),
          of("example", example_audit()),
          of("lone", lone_audit()),
          of("baseline", baseline_audit()),
          of("flawless", flawless_audit()),
          of("empty", empty_audit()),
          of("hostile", hostile_audit()),
          of("example", example_allocation()),
          of("empty", empty_allocation()),
          of("hostile", hostile_allocation()),
          of("fixated", fixated_allocation()),
          of("example", example_video()),
          of("empty", example_video(0)),
          of("hostile", hostile_video()),
          of("example", example_checklist()),
          of("failing", failing_checklist()),
          of("outsider", outsider_checklist()),
          of("empty", empty_checklist()),
          of("hostile", hostile_checklist()),
          of("example", example_robustness()),
          of("bare", bare_robustness()),
          of("empty", empty_robustness()),
          of("hostile", hostile_robustness()),
          of("example", example_improvement()),
          of("bare", bare_improvement()),
          of("hostile", hostile_improvement())};
}

void PrintTo(const Report& report, std::ostream* out) { *out << report.name; }

class ReportContract : public ::testing::TestWithParam<Report> {};
INSTANTIATE_TEST_SUITE_P(Every, ReportContract, ::testing::ValuesIn(reports()),
                         [](const auto& one) { return one.param.name; });

std::vector<std::string> all_between(const std::string& text, const std::string& open, const std::string& close) {
  std::vector<std::string> found;
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const std::size_t begin = at + open.size();
    found.push_back(text.substr(begin, text.find(close, begin) - begin));
  }
  return found;
}

TEST_P(ReportContract, TextOfTheLogNeverBecomesMarkup) {
  const std::string page = GetParam().page();
  EXPECT_EQ(count_of(page, "<b onclick"), 0);
  EXPECT_EQ(count_of(own_part(page), "\x1b"), 0);
  // Two blocks of data, the bundles as text and the page's own script, each closed once.
  EXPECT_EQ(count_of(page, "</script>"), 4);
}

TEST_P(ReportContract, NothingOfTheTemplateIsLeftAndNothingIsNan) {
  const std::string page = own_part(GetParam().page());
  if (GetParam().name.find("hostile") == std::string::npos) {  // a hostile log names such places itself
    EXPECT_EQ(count_of(page, "{{"), 0);
  }
  EXPECT_THAT(page, Not(HasSubstr(">nan")));
  EXPECT_THAT(page, Not(HasSubstr(" nan")));
  EXPECT_THAT(GetParam().terminal({}), Not(HasSubstr("nan")));
}

TEST_P(ReportContract, TheContentsListTheSectionsOfThePageInTheirOrder) {
  const std::string page = own_part(GetParam().page());
  const std::string contents = page.substr(0, page.find("</nav>"));
  EXPECT_EQ(all_between(contents, "<a href=\"#", "\""), all_between(page, "<section id=\"", "\""));
}

TEST_P(ReportContract, NoIdStandsTwiceInAPage) {
  std::set<std::string> ids;
  for (const std::string& id : all_between(own_part(GetParam().page()), " id=\"", "\""))
    EXPECT_TRUE(ids.insert(id).second) << id;
}

TEST_P(ReportContract, TheDataBlocksOfThePageAreJson) {
  const std::string page = GetParam().page();
  for (const std::string& id : {std::string("charts"), GetParam().topic}) {
    const auto blocks = all_between(page, "<script type=\"application/json\" id=\"" + id + "\">", "</script>");
    ASSERT_EQ(blocks.size(), 1) << id;
    EXPECT_FALSE(nlohmann::json::parse(blocks[0], nullptr, false).is_discarded()) << id;
  }
}

TEST_P(ReportContract, ThePageHasAPlaceForEveryChart) {
  std::multiset<std::string> expected;
  for (const Chart& chart : GetParam().charts()) expected.insert(chart.name);
  const auto places = all_between(own_part(GetParam().page()), "data-chart=\"", "\"");
  EXPECT_EQ(std::multiset<std::string>(places.begin(), places.end()), expected);
}

TEST_P(ReportContract, ChartsAreVegaLiteWithATitleOfTheirOwn) {
  std::set<std::string> names;
  for (const Chart& chart : GetParam().charts()) {
    EXPECT_TRUE(names.insert(chart.name).second) << chart.name << " is there twice";
    EXPECT_EQ(chart.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << chart.name;
    EXPECT_FALSE(chart.title.empty()) << chart.name;
    EXPECT_EQ(nlohmann::json::parse(chart.spec)["$schema"], "https://vega.github.io/schema/vega-lite/v6.json");
    EXPECT_THAT(chart.spec, Not(HasSubstr("\"url\""))) << chart.name;
  }
}

/// Adds the names of the data sets that a specification and its layers draw.
void add_data_names(const nlohmann::json& spec, std::set<std::string>& names) {
  if (spec.contains("data")) {
    EXPECT_EQ(spec["data"].size(), 1) << "only a name: " << spec["data"];
    names.insert(spec["data"].value("name", ""));
  }
  for (const nlohmann::json& layer : spec.value("layer", nlohmann::json::array())) add_data_names(layer, names);
}

TEST_P(ReportContract, TheDataOfAChartStandApartFromItsSpecificationAndJoinIt) {
  for (const Chart& chart : GetParam().charts()) {
    const auto spec = nlohmann::json::parse(chart.spec), data = nlohmann::json::parse(chart.data);
    std::set<std::string> drawn, there;
    add_data_names(spec, drawn);
    for (const auto& [name, rows] : data.items()) {
      EXPECT_TRUE(rows.is_array()) << chart.name << ", " << name;
      there.insert(name);
    }
    EXPECT_EQ(drawn, there) << chart.name;
    EXPECT_EQ(spec["data"]["name"], "rows") << chart.name;
    auto whole = nlohmann::json::parse(chart_text(chart));
    EXPECT_EQ(whole["datasets"], data) << chart.name;
    whole.erase("datasets");
    EXPECT_EQ(whole, spec) << chart.name;
  }
}

TEST_P(ReportContract, TheJsonNamesItsSchemaFirstAndKnowsNoNan) {
  const std::string text = GetParam().json();
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  auto key = json.begin();
  EXPECT_EQ(key.key(), "schema");
  EXPECT_THAT(key.value(), testing::StartsWith("errata." + GetParam().topic));
  EXPECT_EQ((++key).key(), "schema_version");
  EXPECT_TRUE(key.value().is_number_integer());
  EXPECT_EQ(text.back(), '\n');
}

TEST_P(ReportContract, NoLineIsWiderThanTheTerminal) {
  for (const std::size_t width : {60U, 80U, 120U}) EXPECT_LE(widest_line(GetParam().terminal({.width = width})), width);
}

TEST_P(ReportContract, ColoursChangeNothingButColours) {
  const std::string plain = GetParam().terminal({});
  const std::string coloured = GetParam().terminal({.colour = true});
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_THAT(coloured, HasSubstr("\x1b"));
  EXPECT_EQ(without_colours(coloured), plain);
}

TEST_P(ReportContract, ChromiumDrawsEveryChartWithoutAnError) {
  ERRATA_NEEDS_CHROMIUM();
  const auto page = browsed(GetParam().page());
  ASSERT_TRUE(page.has_value()) << page.error().message;
  const std::size_t charts = GetParam().charts().size();
  EXPECT_THAT(*page, HasSubstr("data-ready=\"yes\""));
  EXPECT_THAT(*page, Not(HasSubstr("data-errors=")));
  EXPECT_EQ(count_of(*page, "data-drawn=\"done\""), charts);
  EXPECT_GE(count_of(*page, "<svg"), charts);
  EXPECT_EQ(count_of(*page, "<b onclick"), 0);
}

TEST(Plots, EveryChartOfEveryReportBecomesSvgAndPngAndNothingElseIsLeft) {
  if (!run_program({"rsvg-convert", "--version"}, "")) GTEST_SKIP() << "rsvg-convert is not installed";
  std::vector<Chart> charts;
  for (const Report& report : reports()) {
    for (Chart& chart : report.charts()) {
      chart.name = report.name + "_" + chart.name;
      charts.push_back(std::move(chart));
    }
  }
  const TestFolder folder;
  const auto made = folder / "made" / "on demand";
  const auto written = write_plots(charts, made);
  ASSERT_TRUE(written.has_value()) << written.error().message;
  for (const Chart& chart : charts) {
    EXPECT_THAT(read_file(made / (chart.name + ".svg")).value(), StartsWith("<svg")) << chart.name;
    EXPECT_THAT(read_file(made / (chart.name + ".png")).value(), StartsWith("\x89PNG")) << chart.name;
  }
  const auto files = std::distance(std::filesystem::directory_iterator(made), std::filesystem::directory_iterator());
  EXPECT_EQ(static_cast<std::size_t>(files), 2 * charts.size());
}

}  // namespace
}  // namespace errata::report
