#include "errata/report/checklist/test_example.h"

#include <string>
#include <utility>

#include "errata/base/limits.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/reading.h"

namespace errata::report {
namespace {

using checklist::Checklist;
using checklist::Contender;
using checklist::Gate;

constexpr std::size_t kCases = 9;

Contender contender_of(const std::string& name, double threshold) {
  Contender made{
      .name = name,
      .figures = {
          {.name = "over budget", .cases = kCases, .mean = 0, .gate = Gate{.limit = 0, .at_least = false}},
          {.name = "inversions", .cases = kCases, .mean = 0, .gate = Gate{.limit = 0, .at_least = false}},
          {.name = "of best, concave", .cases = kCases, .mean = 1, .low = .99, .high = 1, .gate = Gate{.limit = .95}},
          {.name = "of best, threshold", .cases = kCases, .mean = threshold, .gate = Gate{.limit = .95}}}};
  for (checklist::Figure& figure : made.figures) figure.values.assign(kCases, figure.mean);
  return made;
}

/// A figure of two real pictures, at most .05 is asked for.
Contender real_contender(const std::string& name, double first, double second) {
  return {.name = name,
          .figures = {{.name = "spread over photos",
                       .cases = 1,
                       .mean = first,
                       .low = first,
                       .high = first,
                       .gate = Gate{.limit = .05, .at_least = false},
                       .values = {first, second}}}};
}

/// Two of six patches of a picture of 32 × 48 pixels.
checklist::Look look_of(const std::string& allocator, std::uint32_t first) {
  return {.allocator = allocator,
          .allocation = {.grid = {.height = 32, .width = 48}, .positions = {first, 5}, .budgets = {400, 64}}};
}

checklist::Example example_of(checklist::Shown shown, std::size_t at) {
  checklist::Example example{.shown = shown, .at = at};
  image::Picture picture{.height = 32, .width = 48, .channels = 3, .bytes = {}};
  picture.bytes.assign(std::size_t{32} * 48 * 3, 200);
  example.pictures.push_back(std::move(picture));
  for (const char* name : {"vague", "specific"})
    example.views.push_back({.name = name,
                             .query = "where is the lamp",
                             .picture = 0,
                             .truth = {0, 1, 0, 0, 1, 0},
                             .looks = {look_of("errata", 1), look_of("document", 2)}});
  return example;
}

}  // namespace

Checklist example_checklist(double ours, double documents) {
  Checklist made{.options = {.seeds = kCases}, .encoder = "scenes", .modes = {}};
  checklist::ModeResult mode{
      .mode = &checklist::modes()[4],
      .contenders = {contender_of("errata", ours),
                     contender_of("document", documents),
                     {.name = "document's fix", .figures = {{.name = "over budget", .mean = kNaN}}}}};
  mode.contenders.back().figures.front().values.assign(kCases, kNaN);
  for (std::size_t i = 0; i < kCases; ++i)
    mode.cases.push_back({.seed = 3'000'000 + i, .scene = "document", .query = "read the paragraph"});
  mode.real = checklist::OnReal{
      .cases = {{.scene = "real photo", .file = "a.jpg"}, {.scene = "real void", .file = "texture_b.png"}},
      .contenders = {real_contender("errata", 1, kNaN), real_contender("document", 0, kNaN)}};
  made.real = checklist::RealSummary{.folder = "photos", .pictures = 2, .videos = 0, .left_out = {"c.jpg: damaged"}};
  mode.examples = {example_of(checklist::Shown::typical, 3), example_of(checklist::Shown::worst, 7)};
  made.modes.push_back(std::move(mode));
  return made;
}

checklist::Reading example_reading(double ours, double theirs) {
  checklist::Reading reading{.relevance = "scenes",
                             .pictures = 12,
                             .unread = 1,
                             .easy = 2,
                             .words = 40,
                             .downsample_share = .25,
                             .contenders = {{.name = "errata", .figures = {}}, {.name = "cdpruner", .figures = {}}}};
  for (const checklist::ReadingBudget& budget : checklist::kReadingBudgets) {
    reading.contenders[0].figures.push_back({.name = std::string(budget.name), .cases = 9, .mean = ours});
    reading.contenders[1].figures.push_back({.name = std::string(budget.name), .cases = 9, .mean = theirs});
  }
  return reading;
}

Checklist failing_checklist() {
  Checklist made = example_checklist(.2, .5);
  made.modes.push_back(example_checklist(.99, .99).modes.front());
  made.modes.back().mode = &checklist::modes()[5];
  for (auto& mode : made.modes) mode.examples.clear();
  return made;
}

Checklist outsider_checklist() {
  Checklist made = example_checklist();
  checklist::ModeResult& mode = made.modes.front();
  Contender yours = contender_of(checklist::kYours, .99);
  yours.figures.push_back({.name = "answered", .cases = kCases, .mean = .8, .gate = Gate{.limit = 1}});
  yours.figures.back().values.assign(kCases, .8);
  std::swap(mode.contenders[0], mode.contenders[1]);  // the document's, then Errata's
  mode.contenders.insert(mode.contenders.begin(), std::move(yours));
  mode.of_outsider = true;
  std::swap(mode.real->contenders[0], mode.real->contenders[1]);
  mode.real->contenders.insert(mode.real->contenders.begin(), real_contender(checklist::kYours, 1, kNaN));
  mode.real->findings = {{.fault = checklist::Fault::ended, .times = 1, .first = "killed", .file = "a.jpg"}};
  mode.findings = {
      {.fault = checklist::Fault::late, .times = 1, .first = "gave no answer within 30 s", .seed = 3'000'001},
      {.fault = checklist::Fault::outside, .times = 2, .first = "position 9 is not in [0, 6)", .seed = 3'000'004}};
  mode.left_out = {"inversions", "of best, concave"};
  for (auto& example : mode.examples)
    for (auto& view : example.views) view.looks.push_back(look_of(checklist::kYours, 3));
  made.outsider = "python3 mine.py";
  made.left_out = {&checklist::modes()[8]};
  made.reading_left_out = true;
  return made;
}

Checklist empty_checklist() { return {.options = {.modes = {}}, .encoder = "scenes", .modes = {}}; }

Checklist hostile_checklist() {
  const std::string hostile = "</script><b onclick=\"x\">\x1b[31m{{title}}\xff\n`";
  Checklist made = example_checklist();
  auto& mode = made.modes.front();
  for (auto& contender : mode.contenders) contender.name += hostile;
  for (auto& figure : mode.contenders.front().figures) figure.name += hostile;
  for (auto& drawn : mode.cases) drawn.query = hostile;
  for (auto& contender : mode.real->contenders) contender.name += hostile;
  for (auto& figure : mode.real->contenders.front().figures) figure.name += hostile;
  for (auto& drawn : mode.real->cases) drawn.file += hostile;
  made.real->folder += hostile;
  made.real->left_out.push_back(hostile);
  for (auto& example : mode.examples)
    for (auto& view : example.views) {
      view.name += hostile;
      view.query = hostile;
      for (auto& look : view.looks) look.allocator += hostile;
    }
  made.encoder = hostile;
  made.reading = {example_reading(.9, .3)};
  made.reading[0].relevance += hostile;
  for (auto& contender : made.reading[0].contenders) contender.name += hostile;
  return made;
}

}  // namespace errata::report
