#include "errata/slice/class_sums.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "errata/base/rng.h"

namespace errata::slice {
namespace {

/// Cases of some classes; some have no usable score, some no label.
table::PredictionLog random_log(Rng& rng, std::size_t rows, std::uint32_t classes, bool with_positive) {
  table::PredictionLog log;
  log.rows = rows;
  log.task = table::Task::classes;
  for (std::uint32_t c = 0; c < classes; ++c) log.classes.push_back(std::to_string(c));
  for (std::size_t row = 0; row < rows; ++row) {
    const auto predicted = static_cast<std::uint32_t>(rng.below(classes));
    const bool right = rng.bernoulli(0.7);
    log.predicted_class.push_back(predicted);
    log.label_class.push_back(rng.bernoulli(0.05) ? table::kNoClass
                              : right             ? predicted
                                                  : static_cast<std::uint32_t>(rng.below(classes)));
    log.failed.push_back(log.label_class[row] != predicted ? 1 : 0);
    log.confidence.push_back(rng.bernoulli(0.1) ? std::nan("") : rng.uniform());
  }
  if (with_positive) {
    log.positive = "1";
    log.positive_score = log.confidence;
  }
  return log;
}

table::CodedFeature random_feature(Rng& rng, std::size_t rows, std::size_t codes) {
  table::CodedFeature feature{.name = "f" + std::to_string(codes), .bins = std::vector<table::Bin>(codes)};
  feature.codes = table::FeatureCodes::made_of(rows, codes,
                                               [&](std::size_t) { return static_cast<table::Code>(rng.below(codes)); });
  return feature;
}

void expect_same_number(double a, double b) {
  EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b))) << a << ' ' << b;
}

TEST(ClassSums, CountedCasesGiveTheBitsOfWeightsOfOne) {
  Rng rng(1);
  for (const bool with_positive : {true, false}) {
    for (const std::uint32_t classes : {2U, 5U}) {
      constexpr std::size_t kRows = 3'000;
      table::PredictionLog log = random_log(rng, kRows, classes, with_positive);
      const std::vector<table::CodedFeature> features{random_feature(rng, kRows, 1), random_feature(rng, kRows, 9)};
      const auto counted_terms = class_terms(log);
      const auto counted = sum_classes(*counted_terms, features);
      table::Column ones{.name = "w"};
      ones.numbers = std::vector<double>(kRows, 1.0);
      log.columns.push_back(ones);
      log.roles.weight = "w";
      const auto weighed_terms = class_terms(log);
      ASSERT_TRUE(weighed_terms->are_weighed);
      const auto weighed = sum_classes(*weighed_terms, features);
      for (std::size_t f = 0; f < features.size(); ++f) {
        for (std::size_t code = 0; code < features[f].bins.size(); ++code) {
          const ClassSums &a = counted[f][code], &b = weighed[f][code];
          expect_same_number(a.accuracy(), b.accuracy());
          expect_same_number(a.balanced_accuracy(), b.balanced_accuracy());
          expect_same_number(a.brier(), b.brier());
          expect_same_number(a.log_loss(), b.log_loss());
          expect_same_number(a.calibration().expected_error(), b.calibration().expected_error());
          const auto bins = a.calibration().reliability(), others = b.calibration().reliability();
          ASSERT_EQ(bins.size(), others.size());
          for (std::size_t i = 0; i < bins.size(); ++i) {
            EXPECT_EQ(bins[i].n, others[i].n);
            EXPECT_EQ(bins[i].happened, others[i].happened);
            EXPECT_EQ(bins[i].mean_score, others[i].mean_score);
            EXPECT_EQ(bins[i].observed, others[i].observed);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace errata::slice
