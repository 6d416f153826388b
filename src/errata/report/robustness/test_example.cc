#include "errata/report/robustness/test_example.h"

#include <string>

namespace errata::report {
namespace {

using robustness::Check;
using robustness::Quantity;
using robustness::Robustness;
using robustness::Unmeasured;

robustness::Figure figure_of(Quantity quantity, double value) {
  const auto& info = robustness::info_of(quantity);
  robustness::Figure figure{
      .quantity = quantity, .value = value, .interval = {.low = value - .01, .high = value + .01}, .cases = 1000};
  if (info.limit != nullptr) figure.limit = robustness::Gates{}.*info.limit;
  return figure;
}

robustness::LevelRow level_of(const std::string& level, double accuracy) {
  return {.level = level,
          .cases = 2000,
          .accuracy = accuracy,
          .confidence = .95,
          .ece = .95 - accuracy,
          .accuracy_interval = {.low = accuracy - .02, .high = accuracy + .02},
          .ece_interval = {.low = .93 - accuracy, .high = .97 - accuracy},
          .reliability = {{.low = 14. / 15,
                           .high = 1,
                           .n = 2000,
                           .happened = 1800,
                           .weight = 2000,
                           .mean_score = .95,
                           .observed = accuracy}}};
}

void add_rows(Robustness& made) {
  made.levels = {"1", "2", "3"};
  made.middle = 1;
  made.sweep = {{.corruption = "fog", .cases = 1000, .accuracy = {.9, .5, .2}, .retained = .52},
                {.corruption = "jpeg", .cases = 1000, .accuracy = {.95, .9, .8}, .retained = .94}};
  made.calibration = {level_of("clean", .94), level_of("1", .92), level_of("2", .9), level_of("3", .5)};
  made.rejecting_score = "energy";
  made.foreign = {{.set = "voids",
                   .pictures = 100,
                   .fpr95 = .1,
                   .auroc = .97,
                   .fpr95_interval = {.low = .05, .high = .2},
                   .auroc_interval = {.low = .95, .high = .98}}};
  made.flips = {{.perturbation = "rotate",
                 .sequences = 200,
                 .pairs = 3000,
                 .flips = 60,
                 .rate = .02,
                 .interval = {.low = .01, .high = .03}}};
  made.slices_tested = 7;
  made.gaps = {{.where = {{.feature = "class", .value = "cat"}},
                .sql = "\"class\" = 'cat'",
                .slice = {.failures = 20, .trials = 100},
                .rest = {.failures = 140, .trials = 1000},
                .gap = .06,
                .interval = {.low = -.01, .high = .15}}};
  made.retention = stats::PairedCounts{.both = 30, .only_first = 20, .only_second = 10, .neither = 940};
}

}  // namespace

Robustness example_robustness() {
  Robustness made{.subject = {.model = "model.onnx", .data = "the test images of cifar10", .earlier = "old.onnx"},
                  .cases = 1000,
                  .failures = 40};
  made.results = {
      {.check = Check::corruption,
       .figures = {figure_of(Quantity::retained, .73), figure_of(Quantity::mean_error, .2)}},
      {.check = Check::calibration,
       .figures = {figure_of(Quantity::ece, .05), figure_of(Quantity::overconfidence, -.02)}},
      {.check = Check::rejection, .figures = {figure_of(Quantity::fpr95, .1), figure_of(Quantity::auroc, .97)}},
      {.check = Check::stability, .figures = {figure_of(Quantity::flip_rate, .02)}},
      {.check = Check::slices, .figures = {figure_of(Quantity::slice_gap, .06)}},
      {.check = Check::retention,
       .figures = {figure_of(Quantity::negative_flips, .01), figure_of(Quantity::positive_flips, .02)}}};
  add_rows(made);
  return made;
}

Robustness bare_robustness() {
  Robustness made{.subject = {.model = "log.csv", .of_log = true}, .cases = 500, .failures = 0, .slices_tested = 3};
  made.results = {
      {.check = Check::corruption, .why = Unmeasured::no_severity, .figures = {}},
      {.check = Check::calibration, .why = Unmeasured::no_severity, .figures = {}},
      {.check = Check::rejection, .why = Unmeasured::no_pictures, .figures = {}},
      {.check = Check::stability, .why = Unmeasured::no_streams, .figures = {}},
      {.check = Check::slices, .figures = {{.quantity = Quantity::slice_gap, .value = 0, .cases = 250, .limit = .1}}},
      {.check = Check::retention, .why = Unmeasured::no_earlier, .figures = {}}};
  return made;
}

Robustness empty_robustness() {
  Robustness made{.subject = {.model = "log.csv", .of_log = true}};
  made.results = {{.check = Check::stability, .why = Unmeasured::no_order, .figures = {}}};
  return made;
}

Robustness hostile_robustness() {
  const std::string hostile = "</script><b onclick=\"x\">\x1b[31m{{title}}\xff\n`";
  Robustness made = example_robustness();
  for (std::string* text :
       {&made.subject.model, &made.subject.data, &made.subject.earlier, &made.rejecting_score, &made.levels[1],
        &made.sweep[0].corruption, &made.calibration[2].level, &made.foreign[0].set, &made.flips[0].perturbation,
        &made.gaps[0].sql, &made.gaps[0].where[0].feature, &made.gaps[0].where[0].value})
    *text += hostile;
  made.subject.notes = {hostile};
  return made;
}

}  // namespace errata::report
