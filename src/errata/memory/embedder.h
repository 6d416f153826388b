#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/memory/case.h"
#include "errata/memory/case_sample.h"
#include "errata/memory/feature_coder.h"

namespace errata::memory {

struct EmbedderOptions {
  std::size_t max_axes = 12;  ///< 1 … 16: principal axes kept of the features and the model's embedding
  double clip = 5;            ///< 1 … 100: standardised values are held within ±clip, so that one outlier moves no axis
  std::size_t buckets = 8;    ///< 2 … 256: columns of a categorical feature; fewer (>= 2) when there are many features
};

/// What the model saw and how it decided, as numbers of one scale.
///     x  [features()]  features and the model's embedding as FeatureCoder lays them out: numbers standardised and
///                      clipped, missing values marked, categories as indicators or hashed. No outcome is looked at.
///     z  [width()]     x itself when it has at most max_axes columns that vary, else its principal axes; less its mean
///                      and scaled to unit total variance. Then, when cases have scores, a last column: the model's
///                      log-odds held within ±6, / their sd. It is signed, log P(second class) / P(first class), when
///                      cases tell it (positive_score, or predicted and confidence of two classes); else the log-odds
///                      of the confidence. A case without a score gets their mean.
/// `observe` keeps a bounded, evenly spread sample of the warm-up (all of it up to 5,000 cases); `fit` freezes the
/// scales and axes, so that distances between cases of different times can be compared; then `embed` may be called from
/// many threads. Nothing is drawn by chance. What was constant or never missing in the warm-up stays without weight.
/// Cost: observe O(d); fit O(n d² + d³) up to 512 columns, beyond that O(m² d + m³) with m <= 512 of the cases;
/// embed O(d · axes). Memory: see CaseSample; after fit 16 floats a column.
/// Reference: docs/methods/embedding.md.
class Embedder {
 public:
  static constexpr std::size_t kMostFeatures = 4096;   ///< numbers and categories
  static constexpr std::size_t kMostEmbedding = 4096;  ///< columns of the model's embedding
  static constexpr std::size_t kMostAxes = 16;

  /// @return invalid_argument for options outside their range or a schema beyond the limits above
  [[nodiscard]] static Result<Embedder> create(const Schema& schema, const EmbedderOptions& options);

  /// Takes a warm-up case into the sample; before fit only. The case fits the schema and its scores are in [0, 1].
  void observe(const CaseView& from);
  /// Freezes the scales and finds the axes. Without anything that varies, z is one column of zeros.
  /// @return invalid_argument when fewer than two cases were observed
  [[nodiscard]] Result<void> fit();
  [[nodiscard]] bool fitted() const { return coder_.has_value(); }
  /// Null before fit.
  [[nodiscard]] const FeatureCoder* coder() const { return coder_ ? &*coder_ : nullptr; }
  [[nodiscard]] const Schema& schema() const { return schema_; }

  // After fit:
  [[nodiscard]] std::size_t features() const;               ///< columns of x
  [[nodiscard]] std::size_t columns_of_features() const;    ///< how many of them come before the embedding's
  [[nodiscard]] std::size_t axes() const { return axes_; }  ///< columns of z that come from x
  [[nodiscard]] std::size_t width() const { return axes_ + (log_odds_ == LogOdds::none ? 0 : 1); }  ///< columns of z
  /// The feature of the schema behind a column of x: numbers first, then categories, then the embedding's columns.
  [[nodiscard]] std::size_t source_of(std::size_t column) const;
  /// In words for people: "f3", "region = north", "income is missing", "embedding 7".
  [[nodiscard]] std::string name_of(std::size_t column) const;

  /// @param x  [features()]  @param z  [width()]; both finite for any finite, infinite or missing features
  void embed(const CaseView& from, std::span<float> x, std::span<float> z) const;

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<Embedder> load(ByteReader& in);

 private:
  enum class LogOdds : std::uint8_t { none, of_second_class, of_confidence };
  struct Moments {  ///< Welford's recurrence
    double count = 0, mean = 0, squares = 0;
    void add(double value);
  };
  Embedder(const Schema& schema, const EmbedderOptions& options);
  [[nodiscard]] std::optional<double> log_odds_of_second_class(const CaseView& from) const;
  void fit_axes(const std::vector<double>& rows, std::size_t columns);
  void set_axes(const std::vector<double>& directions, std::span<const double> mean, double total_variance);
  void fit_log_odds();
  [[nodiscard]] std::vector<double> encoded_sample() const;

  Schema schema_;
  EmbedderOptions options_;
  std::optional<CaseSample> sample_;     ///< until fit
  std::optional<FeatureCoder> coder_{};  ///< from fit on
  Moments second_class_{}, confidence_{};
  std::size_t axes_ = 0;
  std::vector<float> weights_{};  ///< [features(), kMostAxes] what a column of x adds to each axis; zeros beyond axes_
  std::vector<float> offset_{};   ///< [kMostAxes] what the mean of x adds
  LogOdds log_odds_ = LogOdds::none;
  double log_odds_weight_ = 0, usual_log_odds_ = 0;
};

}  // namespace errata::memory
