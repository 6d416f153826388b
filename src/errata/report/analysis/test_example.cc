#include "errata/report/analysis/test_example.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "errata/base/limits.h"
#include "errata/report/analysis/figures.h"
#include "errata/report/kit/interval.h"

namespace errata::report {

namespace {

constexpr double kWeek = 7 * 86'400e6;
constexpr double kFirstWeek = 1'735'776'000e6;  // 2025-01-02

double log_of(double mantissa, double exponent) { return std::log(mantissa) + exponent * std::numbers::ln10; }

slice::NamedSlice tested(std::vector<table::Predicate> where, std::string sql, std::uint64_t n, std::uint64_t failures,
                         double log_p_adjusted, bool hotspot = true) {
  slice::NamedSlice named{.slice = {}, .where = std::move(where), .sql = std::move(sql)};
  const auto counts = [](std::uint64_t cases, std::uint64_t bad) {
    return slice::Slice{.where = {}, .n = cases, .failures = bad, .loss = static_cast<double>(bad), .score = 0.4};
  };
  named.slice.whole = counts(n, failures);
  named.slice.searched = counts(n / 2, failures / 2);
  named.slice.confirmed = counts(n - n / 2, failures - failures / 2);
  named.slice.log_p = log_p_adjusted - 2;
  named.slice.log_p_adjusted = log_p_adjusted;
  named.slice.is_confirmed = hotspot;
  return named;
}

/// Half of the cases are held out.
slice::Excess excess(std::uint64_t n, std::uint64_t failures, double expected, double log_p, slice::Belief belief) {
  const double rate = static_cast<double>(failures) / static_cast<double>(n);
  const double expected_rate = expected / static_cast<double>(n);
  const auto interval = interval_of(failures, n);
  return {.n = n,
          .failures = failures,
          .expected = expected,
          .rate = rate,
          .expected_rate = expected_rate,
          .excess = rate - expected_rate,
          .interval = {.low = interval.low - expected_rate, .high = interval.high - expected_rate},
          .claimed_rate = expected_rate / 2,
          .tested_n = n - n / 2,
          .tested_failures = failures - failures / 2,
          .tested_expected = expected / 2,
          .log_p = log_p - 1,
          .log_p_adjusted = log_p,
          .belief = belief};
}

void add_hotspots(slice::Analysis& analysis) {
  slice::NamedHotspot married{
      .slice = tested({equals("marital-status", "Married"), range("education-num", 12, kInfinity, 13, 16)},
                      R"("marital-status" = 'Married' AND "education-num" > 12)", 1075, 336, log_of(3, -9)),
      .folded = {}};
  married.folded.push_back(
      {.slice = tested({equals("relationship", "Husband"), range("education-num", 12, kInfinity, 13, 16)},
                       R"("relationship" = 'Husband' AND "education-num" > 12)", 990, 305, log_of(2, -8)),
       .reason = slice::FoldReason::near_equal,
       .jaccard = 0.91});
  married.folded.push_back(
      {.slice = tested({equals("marital-status", "Married"), range("education-num", 12, kInfinity, 13, 16),
                        equals("race", "White")},
                       R"("marital-status" = 'Married' AND "education-num" > 12 AND "race" = 'White')", 820, 251,
                       log_of(4, -7)),
       .reason = slice::FoldReason::child,
       .jaccard = 0.76});
  slice::ClassMetrics metrics{.n = 1075,
                              .accuracy = 0.687,
                              .balanced_accuracy = 0.66,
                              .per_class = {},
                              .confusion = {},
                              .calibration_of = "P(>50K)",
                              .reliability = {}};
  metrics.roc_auc = 0.74;
  metrics.ece = 0.11;
  metrics.binary = {.positive = ">50K", .base_rate = 0.5, .false_negative_rate = 0.62, .false_positive_rate = 0.05};
  married.slice.kinds.binary = metrics.binary;
  married.folded[0].slice.kinds.binary = metrics.binary;
  married.classes = metrics;
  married.slice.excess = excess(1075, 336, 129, log_of(2, -8), slice::Belief::more_than_believed);
  analysis.hotspots.push_back(std::move(married));

  slice::NamedHotspot gain{.slice = tested({range("capital-gain", 5000, kInfinity, 5013, 99999)},
                                           R"("capital-gain" > 5000)", 640, 173, log_of(1, -530)),
                           .folded = {}};
  analysis.hotspots.push_back(std::move(gain));
  table::Predicate march = range("applied_at", kFirstWeek + 9 * kWeek, kFirstWeek + 13 * kWeek,
                                 kFirstWeek + 9 * kWeek + 3.6e9, kFirstWeek + 13 * kWeek - 3.6e9);
  march.is_time = true;
  march.source = table::FeatureSource::time;
  analysis.hotspots.push_back(
      {.slice = tested({march, equals("channel", "web")},
                       R"("applied_at" > TIMESTAMP '2025-03-06' AND "channel" = 'web')", 1420, 366, log_of(7, -4)),
       .folded = {}});
  analysis.hotspots.back().slice.excess = excess(1420, 366, 355, std::log(0.7), slice::Belief::as_believed);
  analysis.unconfirmed.push_back(
      tested({equals("race", "Other")}, R"("race" = 'Other')", 260, 49, std::log(0.31), false));
  analysis.safe.push_back(tested({{.feature = "occupation",
                                   .kind = table::Predicate::Kind::any_of,
                                   .values = {"Farming-fishing", "Other-service"}}},
                                 R"("occupation" IN ('Farming-fishing', 'Other-service'))", 5764, 357, log_of(6, -42)));
  slice::NamedSlice web = tested({equals("channel", "web")}, R"("channel" = 'web')", 2600, 390, log_of(2, -21));
  web.excess = excess(2600, 390, 195, log_of(4, -21), slice::Belief::more_than_believed);
  analysis.more_than_believed.push_back(std::move(web));
  analysis.hotspots.front().added_failures = 336;
  analysis.hotspots[1].added_failures = 120;
  analysis.hotspots[2].inside = 1;
  analysis.hotspots[2].rest_of_outer = {.n = 500, .failures = 87, .loss = 87};
  analysis.searched_rows = 12'210;
  analysis.confirm_rows = 12'211;
  analysis.tested = 68;
  analysis.top.rows = analysis.rows;
  analysis.top.failures = analysis.failures;
  analysis.top.min_support_rows = 244;
  analysis.top_slices.push_back(analysis.hotspots.front().slice);
  analysis.top.slices.push_back(analysis.top_slices.front().slice.whole);
}

void add_time(slice::Analysis& analysis) {
  slice::OverTime over_time{
      .column = "applied_at", .granularity = slice::Granularity::week, .periods = {}, .segments = {}};
  for (std::size_t week = 0; week < 52; ++week) {
    const double begin = kFirstWeek + kWeek * static_cast<double>(week);
    const std::uint64_t n = 440 + (week * 37) % 60;
    const bool bad = week >= 9 && week < 13;
    const auto failures = static_cast<std::uint64_t>(static_cast<double>(n) * (bad ? 0.24 : 0.135) +
                                                     static_cast<double>((week * 7919) % 23)) -
                          11;
    over_time.periods.push_back({.begin = begin,
                                 .end = begin + kWeek,
                                 .label = fmt::format("2025-W{:02}", week + 1),
                                 .n = n,
                                 .failures = failures,
                                 .rate = static_cast<double>(failures) / static_cast<double>(n),
                                 .interval = interval_of(failures, n)});
  }
  const auto add_segment = [&](std::size_t first, std::size_t last) {
    slice::Segment segment{.first = first, .last = last, .interval = {}};
    for (std::size_t i = first; i <= last; ++i) {
      segment.n += over_time.periods[i].n;
      segment.failures += over_time.periods[i].failures;
    }
    segment.rate = static_cast<double>(segment.failures) / static_cast<double>(segment.n);
    segment.interval = interval_of(segment.failures, segment.n);
    over_time.segments.push_back(segment);
  };
  add_segment(0, 8);
  add_segment(9, 12);
  add_segment(13, 51);
  over_time.penalty = 3 * std::log(52.0);
  over_time.runs = {.statistic = -3.2, .log_p = std::log(0.0007)};
  over_time.dispersion = {.statistic = 2.4, .log_p = log_of(4, -8)};
  analysis.over_time = over_time;
}

slice::SingleSlice single(table::Predicate where, std::uint64_t n, std::uint64_t failures, double log_p_adjusted) {
  const double rate = static_cast<double>(failures) / static_cast<double>(n);
  return {.where = std::move(where),
          .n = n,
          .failures = failures,
          .rate = rate,
          .interval = interval_of(failures, n),
          .baseline = 0.14,
          .lift = rate / 0.14,
          .risk_difference = rate - 0.14,
          .share_of_failures = static_cast<double>(failures) / 3566,
          .mean_loss = rate,
          .log_p = log_p_adjusted - 1,
          .log_p_adjusted = log_p_adjusted};
}

void add_features(slice::Analysis& analysis) {
  slice::SingleSlices education{.feature = "education-num", .ordered = true, .slices = {}};
  const double edges[] = {-kInfinity, 7, 9, 10, 11, 12, kInfinity};
  const double seen[][2] = {{1, 7}, {8, 9}, {10, 10}, {11, 11}, {12, 12}, {13, 16}};
  const std::uint64_t cases[] = {2100, 8300, 5400, 1050, 800, 6771};
  const std::uint64_t failures[] = {110, 890, 830, 190, 150, 1396};
  for (std::size_t i = 0; i < 6; ++i) {
    education.slices.push_back(single(range("education-num", edges[i], edges[i + 1], seen[i][0], seen[i][1]), cases[i],
                                      failures[i], -static_cast<double>(i * i)));
  }
  slice::SingleSlices status{.feature = "marital-status", .slices = {}};
  status.slices.push_back(single(equals("marital-status", "Married"), 11'200, 2540, -80));
  status.slices.push_back(single(equals("marital-status", "Never married"), 8021, 420, 0));
  status.slices.push_back(single(equals("marital-status", "Divorced"), 5200, 606, 0));
  analysis.singles = {education, status};
  analysis.associations = {{.feature = "marital-status",
                            .mutual_information = 0.061,
                            .effect = 0.24,
                            .effect_name = "Cramér's V",
                            .log_p = -320,
                            .log_p_adjusted = -318},
                           {.feature = "education-num",
                            .numeric = true,
                            .mutual_information = 0.023,
                            .effect = 0.19,
                            .effect_name = "rank-biserial",
                            .log_p = -110,
                            .log_p_adjusted = -109},
                           {.feature = "native-country",
                            .mutual_information = 0.0004,
                            .effect = 0.01,
                            .effect_name = "Cramér's V",
                            .log_p = -0.7,
                            .log_p_adjusted = -0.4}};
  slice::PairRates pair{
      .feature_x = "education-num", .feature_y = "marital-status", .bins_x = {}, .bins_y = {}, .n = {}, .failures = {}};
  for (const slice::SingleSlice& slice : education.slices) pair.bins_x.push_back(slice.where);
  for (const slice::SingleSlice& slice : status.slices) pair.bins_y.push_back(slice.where);
  for (std::uint64_t cell = 0; cell < 18; ++cell) {
    pair.n.push_back(cell == 5 ? 0 : 300 + 71 * cell % 900);
    pair.failures.push_back(pair.n.back() * (cell % 6 + 1) / (cell < 6 ? 15 : 40));
  }
  pair.left_out = 12;
  analysis.pair_rates = pair;
  slice::ErrorTree tree{
      .nodes = {}, .cost = 18'900, .deviance = 18'830, .root_deviance = 20'300, .penalty = 20, .depth = 2};
  const auto node = [&](int yes, int no, std::optional<table::Predicate> split, std::uint64_t n, std::uint64_t bad) {
    tree.nodes.push_back({.yes = yes,
                          .no = no,
                          .split = std::move(split),
                          .n = n,
                          .failures = bad,
                          .rate = static_cast<double>(bad) / static_cast<double>(n),
                          .interval = interval_of(bad, n)});
  };
  node(1, 2, equals("marital-status", "Married"), 24'421, 3566);
  node(3, 4, range("education-num", 12, kInfinity, 13, 16), 11'200, 2540);
  node(-1, -1, std::nullopt, 13'221, 1026);
  node(-1, -1, std::nullopt, 3100, 930);
  node(-1, -1, std::nullopt, 8100, 1610);
  analysis.tree = tree;
}

void add_quality(slice::Analysis& analysis) {
  slice::ClassMetrics metrics{.n = 24'421,
                              .accuracy = 0.854,
                              .balanced_accuracy = 0.768,
                              .per_class = {},
                              .confusion = {17'290, 1290, 2276, 3565},
                              .calibration_of = "P(>50K)",
                              .reliability = {}};
  metrics.per_class = {
      {.name = "<=50K", .labelled = 18'580, .predicted = 19'566, .precision = 0.884, .recall = 0.931, .f1 = 0.907},
      {.name = ">50K", .labelled = 5841, .predicted = 4855, .precision = 0.734, .recall = 0.610, .f1 = 0.667}};
  metrics.roc_auc = 0.905;
  metrics.average_precision = 0.766;
  metrics.log_loss = 0.318;
  metrics.brier = 0.101;
  metrics.ece = 0.0123;
  for (int bin = 0; bin < 15; ++bin) {
    const double score = (bin + 0.5) / 15;
    metrics.reliability.push_back({.low = bin / 15.0,
                                   .high = (bin + 1) / 15.0,
                                   .n = static_cast<std::uint64_t>(9000 / (1 + bin * bin % 40) + 200),
                                   .mean_score = score,
                                   .observed = score + 0.05 * std::sin(6.0 * score)});
  }
  metrics.binary = {.positive = ">50K", .base_rate = 0.239, .false_negative_rate = 0.39, .false_positive_rate = 0.069};
  metrics.confusions = {{.label = 1, .predicted = 0, .n = 2276, .share = 0.0932}};
  analysis.classes = metrics;
  analysis.claim = {.n = 24'421, .failures = 3566, .claimed_rate = 0.11, .rate = 3566.0 / 24'421, .log_p = -60};
}

void add_saved(slice::Analysis& analysis) {
  const auto on_log = [](std::uint64_t n, std::uint64_t failures, double log_p_adjusted) {
    const double rate = static_cast<double>(failures) / static_cast<double>(n);
    return slice::SliceOnLog{.n = n,
                             .failures = failures,
                             .rate = rate,
                             .interval = interval_of(failures, n),
                             .rest = static_cast<double>(3566 - failures) / static_cast<double>(24'421 - n),
                             .log_p = log_p_adjusted - 1,
                             .log_p_adjusted = log_p_adjusted,
                             .raised = log_p_adjusted <= std::log(0.05)};
  };
  analysis.saved = {
      {.where = {equals("channel", "partner")}, .sql = R"("channel" = 'partner')", .on_log = on_log(2100, 610, -90)},
      {.where = {range("education-num", -kInfinity, 7, 1, 7)},
       .sql = R"("education-num" <= 7)",
       .on_log = on_log(2100, 110, -0.01)},
      {.where = {equals("shoe_size", "44")},
       .sql = R"("shoe_size" = '44')",
       .on_log = {.rate = std::nan(""), .rest = std::nan(""), .unmeasurable = "there is no column shoe_size"}}};
}

table::Column texts(std::string name, std::vector<std::string> categories, std::vector<std::int32_t> codes) {
  table::Column column{.name = std::move(name), .kind = table::ColumnKind::categorical, .source_type = "VARCHAR"};
  column.categories = std::move(categories);
  column.codes = codes;
  return column;
}

/// Of every 100 women 20 default and 10 of these are missed, of every 100 men 20 and 4; and four cases without a sex.
void add_groups(slice::Analysis& analysis) {
  table::PredictionLog log;
  log.task = table::Task::classes;
  log.classes = {"<=50K", ">50K"};
  log.positive = ">50K";
  std::vector<std::int32_t> sex;
  for (int i = 0; i < 804; ++i) {
    const bool missed = i % 2 == 0 ? i % 10 == 0 && i % 20 < 10 : i % 50 == 1;
    log.label_class.push_back(i % 10 < 2 ? 1 : 0);
    log.predicted_class.push_back(i % 10 < 2 && !missed ? 1 : 0);
    log.failed.push_back(log.label_class.back() != log.predicted_class.back() ? 1 : 0);
    sex.push_back(i < 800 ? i % 2 : table::kMissingCode);
  }
  log.rows = sex.size();
  log.columns = {texts("sex", {"Female", "Male"}, sex)};
  log.columns[0].missing = 4;
  log.roles.groups = {{"sex"}};
  analysis.groups = *slice::compare_groups(log, {});
}

void add_examples(slice::Analysis& analysis) {
  slice::ExampleCases& examples = analysis.hotspots[0].examples;
  examples.rows = {11, 4711};
  examples.columns = {texts("case_id", {"A-11", "B-7"}, {0, 1}), texts("y_true", {"<=50K", ">50K"}, {1, 0}),
                      texts("y_pred", {"<=50K", ">50K"}, {0, 1}), texts("marital-status", {"Married"}, {0, -1})};
  examples.columns.push_back({.name = "education-num", .numbers = {13, 14.5}});
  examples.roles = {"id", "label", "prediction", "feature", "feature"};
}

}  // namespace

table::Predicate equals(std::string feature, std::string value) {
  table::Predicate predicate;
  predicate.feature = std::move(feature);
  predicate.kind = table::Predicate::Kind::equals;
  predicate.value = std::move(value);
  return predicate;
}

table::Predicate range(std::string feature, double above, double up_to, double min, double max) {
  table::Predicate predicate;
  predicate.feature = std::move(feature);
  predicate.kind = table::Predicate::Kind::range;
  predicate.above = above;
  predicate.up_to = up_to;
  predicate.min = min;
  predicate.max = max;
  return predicate;
}

slice::Analysis example_analysis() {
  slice::Analysis analysis;
  analysis.files = {"credit_2025.parquet"};
  analysis.rows = 24'421;
  analysis.failures = 3566;
  analysis.loss = 3566;
  analysis.rate_interval = interval_of(3566, 24'421);
  analysis.task = table::Task::classes;
  analysis.rule.words = "prediction differs from label";
  analysis.rule.sql = R"("y_pred" IS DISTINCT FROM "y_true")";
  analysis.roles.label = "y_true";
  analysis.roles.prediction = "y_pred";
  analysis.roles.score = "y_prob";
  analysis.roles.time = "applied_at";
  analysis.roles.features = {"education-num", "marital-status", "capital-gain",  "race",
                             "relationship",  "channel",        "native-country"};
  analysis.roles.guessed = {"label", "prediction", "score", "time"};
  analysis.warnings = {"`native-country`: 43 rare categories are folded into \"other\" (fewer than 244 rows each)"};
  add_hotspots(analysis);
  add_examples(analysis);
  add_groups(analysis);
  add_saved(analysis);
  add_time(analysis);
  add_features(analysis);
  add_quality(analysis);
  analysis.drift = slice::Drift{.reference_end = kFirstWeek + 17 * kWeek,
                                .reference_rows = 8140,
                                .rest_rows = 16'281,
                                .columns = {{.column = "y_prob",
                                             .is_score = true,
                                             .psi = 0.31,
                                             .test = "Kolmogorov–Smirnov",
                                             .result = {.statistic = 0.2, .log_p = -200},
                                             .log_p_adjusted = -198},
                                            {.column = "channel",
                                             .psi = 0.14,
                                             .test = "chi-squared",
                                             .result = {.statistic = 320, .log_p = -150},
                                             .log_p_adjusted = -149},
                                            {.column = "education-num",
                                             .psi = 0.004,
                                             .test = "Kolmogorov–Smirnov",
                                             .result = {.statistic = 0.01, .log_p = -0.5},
                                             .log_p_adjusted = -0.3}}};
  return analysis;
}

slice::Analysis quiet_analysis() {
  slice::Analysis analysis;
  analysis.files = {"null.csv"};
  analysis.rows = 1000;
  analysis.failures = 100;
  analysis.loss = 100;
  analysis.rate_interval = interval_of(100, 1000);
  analysis.rule.words = "score < 0.5";
  analysis.rule.kind = table::FailureRule::Kind::expression;
  analysis.roles.features = {"x"};
  analysis.searched_rows = 500;
  analysis.confirm_rows = 500;
  analysis.tested = 7;
  return analysis;
}

slice::Analysis hostile_analysis() {
  slice::Analysis analysis = example_analysis();
  const std::string markup = "</script><b onclick=\"alert('x')\">&amp;\u2028`";
  const std::string control = "two\nlines\x1b[31m\xff\u202Ereversed \"quoted\" 'text'";
  analysis.files = {markup};
  analysis.warnings = {markup, control};
  analysis.rule.words = markup;
  analysis.hotspots[0].slice.where = {equals(markup, control), equals(control, markup)};
  analysis.hotspots[0].slice.sql = markup;
  analysis.hotspots[1].slice.where = {equals("名前" + std::string(200, 'x'), "東京")};
  analysis.singles[0].feature = markup;
  analysis.singles[0].slices[0].where = equals(markup, control);
  analysis.associations[0].feature = markup;
  analysis.pair_rates->feature_x = markup;
  analysis.pair_rates->bins_x[0] = equals(markup, control);
  analysis.drift->columns[0].column = control;
  analysis.over_time->column = markup;
  analysis.over_time->periods[9].label = markup;
  analysis.classes->per_class[0].name = markup;
  analysis.hotspots[0].classes->binary->positive = control;
  analysis.roles.label = markup;
  analysis.tree->nodes[0].split = equals(control, markup);
  analysis.hotspots[0].examples.columns[0].name = markup;
  analysis.hotspots[0].examples.columns[1].categories = {control, markup};
  analysis.groups->positive = markup;
  analysis.groups->calibration_of = markup;
  analysis.groups->tables[0].columns = {markup};
  analysis.groups->tables[0].groups[0].where = {equals(markup, control)};
  analysis.groups->tables[0].groups[1].where = {equals(markup, markup)};
  analysis.saved[0].where = {equals(markup, control)};
  analysis.saved[2].on_log.unmeasurable = markup;
  return analysis;
}

}  // namespace errata::report
