#include "errata/memory/embedder.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "errata/base/rng.h"
#include "errata/memory/robust_scale.h"

namespace errata::memory {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// Owns what a CaseView points to.
struct Case {
  std::vector<double> numbers{};
  std::vector<std::string> categories{};  // "?" = missing
  std::vector<float> embedding{};
  std::uint32_t predicted = kNoClass;
  double confidence = kUnknown, positive_score = kUnknown;
};

template <typename Function>
auto with_view(const Case& from, Function use) {
  std::vector<std::string_view> categories;
  for (const auto& text : from.categories) categories.push_back(text == "?" ? std::string_view() : text);
  return use(CaseView{.numbers = from.numbers,
                      .categories = categories,
                      .embedding = from.embedding,
                      .predicted = from.predicted,
                      .confidence = from.confidence,
                      .positive_score = from.positive_score});
}

void observe(Embedder& embedder, const Case& from) {
  with_view(from, [&](const CaseView& view) { embedder.observe(view); });
}

struct Embedded {
  std::vector<float> x, z;
  friend bool operator==(const Embedded&, const Embedded&) = default;
};

Embedded embed(const Embedder& embedder, const Case& from) {
  Embedded result{std::vector<float>(embedder.features()), std::vector<float>(embedder.width())};
  with_view(from, [&](const CaseView& view) { embedder.embed(view, result.x, result.z); });
  return result;
}

Embedder fitted(const Schema& schema, const std::vector<Case>& cases, const EmbedderOptions& options = {}) {
  auto embedder = Embedder::create(schema, options);
  EXPECT_TRUE(embedder.has_value());
  for (const Case& one : cases) observe(*embedder, one);
  EXPECT_TRUE(embedder->fit().has_value());
  return std::move(*embedder);
}

/// Mixed cases: skewed and plain numbers, missing values, a small and a large category, an embedding, scores.
std::vector<Case> mixed_cases(std::size_t count, std::uint64_t seed, std::size_t embedding = 3) {
  Rng rng(seed);
  std::vector<Case> cases(count);
  for (Case& one : cases) {
    const double first = rng.normal();
    one.numbers = {first, std::exp(rng.normal()), rng.bernoulli(0.2) ? kUnknown : 100 + 5 * rng.normal() + first};
    one.categories = {rng.bernoulli(0.3)   ? "north"
                      : rng.bernoulli(0.1) ? "?"
                                           : "south",
                      "user" + std::to_string(std::min(rng.below(60), rng.below(60)))};
    for (std::size_t c = 0; c < embedding; ++c)
      one.embedding.push_back(static_cast<float>(first + rng.normal() / static_cast<double>(c + 1)));
    one.positive_score = rng.uniform();
    one.predicted = one.positive_score > 0.5 ? 1 : 0;
    one.confidence = std::max(one.positive_score, 1 - one.positive_score);
  }
  return cases;
}

Schema mixed_schema(std::size_t embedding = 3) {
  return {
      .numbers = {"a", "b", "c"}, .categories = {"region", "user"}, .classes = {"no", "yes"}, .embedding = embedding};
}

double variance_of_axes(const Embedder& embedder, const std::vector<Case>& cases) {
  std::vector<double> sum(embedder.axes()), squares(embedder.axes());
  for (const Case& one : cases) {
    const auto z = embed(embedder, one).z;
    for (std::size_t axis = 0; axis < embedder.axes(); ++axis) {
      sum[axis] += static_cast<double>(z[axis]);
      squares[axis] += std::pow(static_cast<double>(z[axis]), 2);
    }
  }
  const auto n = static_cast<double>(cases.size());
  double total = 0;
  for (std::size_t axis = 0; axis < sum.size(); ++axis) total += squares[axis] / n - std::pow(sum[axis] / n, 2);
  return total;
}

TEST(RobustScale, OfNormalNumbersIsMeanAndSd) {
  std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
  const auto scale = robust_scale(values, 100);  // reaches all of them
  EXPECT_NEAR(scale.mean, 5, 1e-12);
  EXPECT_NEAR(scale.sd, 2, 1e-12);
}

TEST(RobustScale, AnOutlierMovesItOnlyAsFarAsItsReach) {
  std::vector<double> values{1, 2, 3, 4, kInfinite};
  const auto scale = robust_scale(values, 5);  // median 3, MAD 1: the last is held at 3 + 4 · 7.413 at most
  EXPECT_NEAR(scale.mean, (1 + 2 + 3 + 4 + 3 + 4 * 7.413) / 5, 1e-12);

  std::vector<double> many(1000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i % 101) - 50;
  const auto clean = robust_scale(many, 5);
  for (std::size_t i = 0; i < 10; ++i) many[i] = 1e200;
  const auto soiled = robust_scale(many, 5);
  EXPECT_NEAR(soiled.mean / clean.sd, clean.mean / clean.sd, 0.1);
  EXPECT_NEAR(soiled.sd / clean.sd, 1, 0.2);
}

TEST(RobustScale, IsThatOfTheClippedValues) {
  Rng rng(1);
  std::vector<double> values(2000);
  for (double& value : values) value = std::exp(rng.normal());
  std::vector<double> copy = values;
  const auto scale = robust_scale(copy, 5);
  double sum = 0, squares = 0;
  for (const double value : values) {
    const double clipped = std::clamp((value - scale.mean) / scale.sd, -5.0, 5.0);
    sum += clipped / 2000;
    squares += clipped * clipped / 2000;
  }
  EXPECT_NEAR(sum, 0, 0.01);
  EXPECT_NEAR(squares, 1, 0.01);
}

TEST(RobustScale, AColumnThatIsMostlyOneNumberKeepsItsScale) {
  std::vector<double> values(1000, 0.0);
  for (std::size_t i = 0; i < 100; ++i) values[10 * i] = 1;
  values[5] = 1e30;
  const auto scale = robust_scale(values, 5);
  EXPECT_NEAR(scale.sd, std::sqrt(0.1 * 0.9), 0.1);
}

TEST(RobustScale, OfOneNumberIsZero) {
  for (const double value : {0.0, 5.0, 1.6e15, 1e300, -kInfinite}) {
    std::vector<double> values(7, value);
    EXPECT_EQ(robust_scale(values, 5).sd, 0);
  }
  EXPECT_EQ(robust_scale({}, 5).sd, 0);
}

TEST(Embedder, OfTwoNumbersAndAScoreByHand) {
  // a: mean 2, sd 1; b: mean 10, sd 10; the total variance 2 of x becomes 1. Log-odds ±2, mean 0, sd 2.
  const double p = 1 / (1 + std::exp(-2.0));
  const std::vector<Case> cases{{.numbers = {1, 0}, .positive_score = p},
                                {.numbers = {3, 20}, .positive_score = 1 - p},
                                {.numbers = {1, 20}, .positive_score = p},
                                {.numbers = {3, 0}, .positive_score = 1 - p}};
  const auto embedder = fitted({.numbers = {"a", "b"}}, cases);
  ASSERT_EQ(embedder.width(), 3U);
  const auto got = embed(embedder, {.numbers = {4, 5}, .positive_score = 1});
  EXPECT_THAT(got.x, ElementsAre(FloatNear(2, 1e-6F), FloatNear(-0.5, 1e-6F)));
  const float root = std::sqrt(2.0F);
  EXPECT_THAT(got.z, ElementsAre(FloatNear(2 / root, 1e-6F), FloatNear(-0.5F / root, 1e-6F), FloatNear(3, 1e-6F)));
  EXPECT_NEAR(embed(embedder, {.numbers = {4, 5}}).z[2], 0, 1e-6);  // without a score: their mean
}

TEST(Embedder, MarksMissingValuesAndNamesColumns) {
  const auto cases = mixed_cases(400, 1);
  const auto embedder = fitted(mixed_schema(), cases);
  std::vector<std::string> names;
  std::vector<std::size_t> sources;
  for (std::size_t c = 0; c < embedder.features(); ++c) {
    names.push_back(embedder.name_of(c));
    sources.push_back(embedder.source_of(c));
  }
  EXPECT_THAT(std::vector(names.begin(), names.begin() + 7),
              ElementsAre("a", "b", "c", "c is missing", "region is missing", "region = south", "region = north"));
  EXPECT_THAT(std::vector(names.begin() + 11, names.end()),
              ElementsAre("user is rare, group 1", "user is rare, group 2", "user is rare, group 3",
                          "user is rare, group 4", "embedding 0", "embedding 1", "embedding 2"));
  EXPECT_THAT(sources, ElementsAre(0, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 6, 7));
  EXPECT_EQ(embedder.columns_of_features(), 15U);

  Case gap = cases[0];
  gap.numbers = {kUnknown, 1, kUnknown};
  gap.categories = {"?", "user0"};
  const auto x = embed(embedder, gap).x;
  EXPECT_EQ(x[0], 0);
  EXPECT_EQ(x[2], 0);
  EXPECT_GT(x[3], 1);
  EXPECT_GT(x[4], 0);
  EXPECT_LT(x[5], 0);
}

TEST(Embedder, CategoriesNotSeenInTheWarmUp) {
  std::vector<Case> cases;
  for (int i = 0; i < 30; ++i) cases.push_back({.categories = {i % 3 == 0 ? "a" : "b", "v" + std::to_string(i)}});
  const auto embedder = fitted({.categories = {"few", "many"}}, cases);
  ASSERT_EQ(embedder.features(), 2U + 8U);
  const auto x = embed(embedder, {.categories = {"new", "new"}}).x;
  const auto y = embed(embedder, {.categories = {"?", "?"}}).x;
  EXPECT_LT(x[0], 0);  // no column of `few` is on
  EXPECT_LT(x[1], 0);
  EXPECT_EQ(std::count_if(x.begin() + 2, x.end(), [](float value) { return value > 0; }), 1);  // hashed
  EXPECT_EQ(std::count_if(y.begin() + 2, y.end(), [](float value) { return value > 0; }), 0);
}

TEST(Embedder, EveryFeatureHasUnitVarianceAndAllAxesTogether) {
  const auto cases = mixed_cases(2000, 2);
  const auto embedder = fitted(mixed_schema(), cases);
  EXPECT_EQ(embedder.axes(), 12U);
  EXPECT_EQ(embedder.width(), 13U);
  EXPECT_NEAR(variance_of_axes(embedder, cases), 1, 1e-4);
  std::vector<double> squares(8);
  for (const Case& one : cases) {
    const auto x = embed(embedder, one).x;
    for (std::size_t c = 0; c < x.size(); ++c) {
      const bool flag = embedder.name_of(c) == "c is missing";
      if (!flag) squares[embedder.source_of(c)] += std::pow(static_cast<double>(x[c]), 2) / 2000;
    }
  }
  EXPECT_NEAR(squares[0], 1, 0.01);
  EXPECT_NEAR(squares[1], 1, 0.05);
  EXPECT_NEAR(squares[2], 0.8, 0.05);  // a fifth is missing
  EXPECT_NEAR(squares[3], 1, 1e-4);
  EXPECT_NEAR(squares[4], 1, 1e-4);
  EXPECT_NEAR(squares[5] + squares[6] + squares[7], 5, 0.2);  // the embedding as wide as five features
}

TEST(Embedder, AxesAreCentredEvenWhereColumnsAreClipped) {
  std::vector<Case> cases(200);
  for (std::size_t i = 0; i < cases.size(); ++i)
    cases[i].categories = {i < 2 ? "rare" : "common"};  // 7 sd, clipped at 5
  const auto embedder = fitted({.categories = {"c"}}, cases);
  const auto rare = embed(embedder, cases[0]).z, common = embed(embedder, cases[2]).z;
  for (std::size_t axis = 0; axis < rare.size(); ++axis) EXPECT_NEAR(2 * rare[axis] + 198 * common[axis], 0, 1e-3F);
}

TEST(Embedder, OutliersDoNotMoveTheOthers) {
  auto cases = mixed_cases(1000, 3, 0);
  const auto clean = fitted(mixed_schema(0), cases, {.max_axes = 16});
  for (const std::size_t i : {100U, 200U, 300U, 400U})
    cases[i].numbers = {i % 200 == 0 ? kInfinite : -1e200, 1e9, 1e308};
  const auto soiled = fitted(mixed_schema(0), cases, {.max_axes = 16});
  const auto a = embed(clean, cases[0]).x, b = embed(soiled, cases[0]).x;
  for (std::size_t c = 0; c < a.size(); ++c) EXPECT_NEAR(a[c], b[c], 0.15F) << c;
  EXPECT_EQ(embed(soiled, cases[200]).x[0], 5);
  EXPECT_EQ(embed(soiled, cases[100]).x[0], -5);
}

TEST(Embedder, AConstantFeatureStaysWithoutWeight) {
  auto cases = mixed_cases(100, 4, 0);
  for (Case& one : cases) {
    one.numbers[1] = 7;
    one.categories[0] = "everywhere";
  }
  const auto embedder = fitted(mixed_schema(0), cases);
  Case later = cases[0];
  later.numbers[1] = 1e300;
  later.categories[0] = "elsewhere";
  EXPECT_EQ(embed(embedder, later), embed(embedder, cases[0]));
}

TEST(Embedder, WithNothingThatVariesIsOneColumnOfZeros) {
  for (const Schema& schema : {Schema{}, Schema{.numbers = {"a"}}}) {
    const Case one{.numbers = std::vector<double>(schema.numbers.size(), 3.0)};
    const auto embedder = fitted(schema, {one, one});
    EXPECT_THAT(embed(embedder, one).z, ElementsAre(0));
  }
}

TEST(Embedder, LogOddsAreSignedWhereTheSecondClassIsKnown) {
  std::vector<Case> cases;
  for (const double confidence : {0.6, 0.7, 0.8, 0.9})
    for (const std::uint32_t predicted : {0U, 1U}) cases.push_back({.predicted = predicted, .confidence = confidence});
  const auto two = fitted({.classes = {"no", "yes"}}, cases);
  EXPECT_EQ(embed(two, cases[0]).z[0], -embed(two, cases[1]).z[0]);
  EXPECT_GT(embed(two, cases[1]).z[0], 0);
  const auto three = fitted({.classes = {"a", "b", "c"}}, cases);
  EXPECT_EQ(embed(three, cases[0]), embed(three, cases[1]));
  Case certain = cases[0];
  certain.confidence = 1;
  EXPECT_TRUE(std::isfinite(embed(three, certain).z[0]));
  EXPECT_EQ(fitted({.numbers = {"a"}}, {{.numbers = {1}}, {.numbers = {2}}}).width(), 1U);
}

TEST(Embedder, AWideEmbeddingKeepsTheDirectionsThatMatter) {
  Rng rng(5);
  std::vector<Case> cases(700);
  for (Case& one : cases) {
    const double strong = rng.normal(), weak = rng.normal();
    for (std::size_t c = 0; c < 800; ++c)
      one.embedding.push_back(
          static_cast<float>((c % 2 == 0 ? 3 * strong : 0) + (c % 3 == 0 ? weak : 0) + 0.3 * rng.normal()));
    one.numbers = {strong};
  }
  const auto embedder = fitted({.numbers = {"a"}, .embedding = 800}, cases, {.max_axes = 4});
  EXPECT_EQ(embedder.axes(), 4U);
  double product = 0, square = 0, other = 0;
  for (const Case& one : cases) {
    const auto z = static_cast<double>(embed(embedder, one).z[0]);
    product += z * one.numbers[0];
    square += z * z;
    other += one.numbers[0] * one.numbers[0];
  }
  EXPECT_GT(std::abs(product) / std::sqrt(square * other), 0.97);
  EXPECT_NEAR(variance_of_axes(embedder, cases), 1, 0.1);
}

TEST(Embedder, RefusesWhatIsOutOfRange) {
  EXPECT_THAT(Embedder::create({}, {.max_axes = 17}).error().message, HasSubstr("17 principal axes are not in 1 … 16"));
  EXPECT_THAT(Embedder::create({}, {.clip = kUnknown}).error().message, HasSubstr("clip nan"));
  EXPECT_THAT(Embedder::create({}, {.buckets = 1}).error().message, HasSubstr("1 buckets"));
  EXPECT_THAT(Embedder::create({.embedding = 5000}, {}).error().message, HasSubstr("5000 columns is wider than 4096"));
  EXPECT_THAT(Embedder::create({.numbers = std::vector<std::string>(4097)}, {}).error().message, HasSubstr("4097"));
  auto embedder = Embedder::create({.numbers = {"a"}}, {});
  observe(*embedder, {.numbers = {1}});
  EXPECT_THAT(embedder->fit().error().message, HasSubstr("at least 2 cases, not to 1"));
}

TEST(CaseSample, StaysBoundedAndEvenlySpread) {
  CaseSample sample({.numbers = {"i"}});
  for (int i = 0; i < 23'456; ++i) {
    const double value = i;
    sample.observe({.numbers = {&value, 1}});
  }
  ASSERT_EQ(sample.rows(), (23'456 + 7) / 8U);
  for (std::size_t row = 0; row < sample.rows(); ++row)
    EXPECT_EQ(sample.numbers(row)[0], 8.0 * static_cast<double>(row));
}

TEST(CaseSample, LongNamesAreCutBetweenCharacters) {
  CaseSample sample({.categories = {"c"}});
  const std::string name = std::string(63, 'x') + "é" + "y";
  const std::string_view view = name;
  sample.observe({.categories = {&view, 1}});
  EXPECT_EQ(sample.name_of(0, category_hash(name)), std::string(63, 'x'));
}

TEST(CategoryHash, IsTheSameOnEveryMachine) {
  EXPECT_EQ(category_hash("north"), category_hash(std::string("nor") + "th"));
  EXPECT_NE(category_hash(""), 0U);
  EXPECT_NE(category_hash("a"), category_hash("b"));
}

RC_GTEST_PROP(Embedder, GoesOnBitForBitAfterARestore, (bool before_fit)) {
  const auto cases = mixed_cases(*rc::gen::inRange<std::size_t>(2, 80), *rc::gen::arbitrary<std::uint64_t>());
  auto embedder = *Embedder::create(mixed_schema(), {});
  const std::size_t cut = before_fit ? cases.size() / 2 : cases.size();
  for (std::size_t i = 0; i < cut; ++i) observe(embedder, cases[i]);
  if (!before_fit) RC_ASSERT(embedder.fit().has_value());
  ByteWriter out;
  embedder.save(out);
  ByteReader in(out.bytes());
  auto restored = Embedder::load(in);
  RC_ASSERT(restored.has_value());
  RC_ASSERT(in.finish("x").has_value());
  for (Embedder* one : {&embedder, &*restored}) {
    for (std::size_t i = cut; i < cases.size(); ++i) observe(*one, cases[i]);
    if (before_fit) RC_ASSERT(one->fit().has_value());
  }
  ByteWriter again, expected;
  restored->save(again);
  embedder.save(expected);
  RC_ASSERT(again.bytes() == expected.bytes());
  for (const Case& one : cases) RC_ASSERT(embed(*restored, one) == embed(embedder, one));
}

RC_GTEST_PROP(Embedder, AnyFeaturesGiveFiniteNumbers, ()) {
  const auto value = rc::gen::oneOf(rc::gen::arbitrary<double>(),
                                    rc::gen::element(kUnknown, kInfinite, -kInfinite, 0.0, 1e-320, 1e308, 1.0));
  const auto rows = *rc::gen::inRange<std::size_t>(2, 20);
  std::vector<Case> cases(rows);
  for (Case& one : cases) one.numbers = *rc::gen::container<std::vector<double>>(14, value);
  const Schema schema{.numbers = std::vector<std::string>(14, "n")};
  const auto embedder = fitted(schema, cases);
  for (const Case& one : cases) {
    const auto got = embed(embedder, one);
    for (const float v : got.x) RC_ASSERT(std::abs(v) <= 5);
    for (const float v : got.z) RC_ASSERT(std::isfinite(v));
  }
}

TEST(Embedder, EveryCutOrFlippedByteIsRefusedOrHarmless) {
  for (const bool fit : {false, true}) {
    auto embedder = *Embedder::create(mixed_schema(), {});
    const auto cases = mixed_cases(12, 6);
    for (const Case& one : cases) observe(embedder, one);
    if (fit) {
      ASSERT_TRUE(embedder.fit().has_value());
    }
    ByteWriter out;
    embedder.save(out);
    for (std::size_t cut = 0; cut < out.bytes().size(); cut += 3) {
      ByteReader in(std::string_view(out.bytes()).substr(0, cut));
      EXPECT_FALSE(Embedder::load(in).has_value()) << cut;
    }
    for (std::size_t at = 0; at < out.bytes().size(); ++at) {
      std::string bytes = out.bytes();
      bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
      ByteReader in(bytes);
      auto loaded = Embedder::load(in);
      if (!loaded || loaded->fitted() != fit) continue;
      if (fit) static_cast<void>(embed(*loaded, cases[0]));
    }
  }
}

}  // namespace
}  // namespace errata::memory
