// All of these are one function of a case's logits; some first choose a number or a matrix. What needs care is the
// arithmetic. A network that is sure gives p1 = 1 − 1e-20, and 1 − p1 is then 0 for half of the cases: a tie where an
// order is asked for. So nothing is subtracted from 1: with e_c = exp(l_c − max l) the sum of all e_c but the largest
// (which is 1) is formed first, and 1 − p1, the entropy, 1 − Σp² and the log-sum are written with it.
//
// The temperature minimises a function that is convex in β = 1/T, with derivative Σ (E_p[l] − l_label): one bisection
// on the sign finds it.
#include "errata/audit/softmax_detectors.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/audit/detector_inputs.h"
#include "errata/audit/parallel_rows.h"
#include "errata/stats/classification.h"

namespace errata::audit {
namespace {

constexpr std::size_t kSoftmaxRows = 512;  ///< rows of a task

/// Softmax of one case. Memory is kept from case to case.
struct Softmax {
  std::vector<double> p;    ///< [classes]
  std::size_t top = 0;      ///< the first of the largest
  double others = 0;        ///< Σ exp(β(l_c − l_top)) over the rest
  double rest = 0;          ///< 1 − p[top]
  double second = 0;        ///< the largest of the rest
  double top_logit = 0;     ///< β l_top
  double mean_descent = 0;  ///< Σ p_c β(l_top − l_c)

  void take(std::span<const float> logits, double beta = 1) {
    top = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
    p.resize(logits.size());
    top_logit = beta * static_cast<double>(logits[top]);
    others = mean_descent = second = 0;
    for (std::size_t c = 0; c < p.size(); ++c) {
      if (c == top) continue;
      const double descent = top_logit - beta * static_cast<double>(logits[c]);
      p[c] = std::exp(-descent);
      others += p[c];
      mean_descent += p[c] * descent;
      second = std::max(second, p[c]);
    }
    p[top] = 1;
    for (double& value : p) value /= 1 + others;
    rest = others / (1 + others);
    second /= 1 + others;
    mean_descent /= 1 + others;
  }
  [[nodiscard]] double log_sum() const { return top_logit + std::log1p(others); }
};

/// A detector whose risk is a function of one case's logits.
class LogitDetector : public Detector {
 public:
  explicit LogitDetector(std::string_view name, DetectorNeeds needs = {}) : name_(name), needs_(needs) {
    needs_.logits = true;
  }
  [[nodiscard]] std::string_view name() const final { return name_; }
  [[nodiscard]] Result<void> fit(const TrainingCases& cases, ThreadPool& pool) final {
    ERRATA_TRY(check_cases(name_, needs_, cases, pool.cancellation()));
    classes_ = cases.outputs.logits.cols();
    learn(cases, pool);
    return {};
  }
  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const final {
    if (outputs.cases == 0) return {};
    ERRATA_CHECK(classes_ > 0 && outputs.logits.cols() == classes_ && outputs.logits.rows() == outputs.cases);
    std::vector<double> risks(outputs.cases);
    for_row_chunks(pool, outputs.cases, kSoftmaxRows, [&](std::size_t begin, std::size_t end) {
      Softmax scratch;
      for (std::size_t i = begin; i < end; ++i) risks[i] = risk(outputs.logits.row(i), scratch);
    });
    return risks;
  }

 protected:
  virtual void learn(const TrainingCases& cases, ThreadPool& pool) = 0;
  [[nodiscard]] virtual double risk(std::span<const float> logits, Softmax& scratch) const = 0;

 private:
  std::string_view name_;
  DetectorNeeds needs_;
  std::size_t classes_ = 0;
};

/// One that learns nothing.
template <typename Risk>
class FixedLogitDetector final : public LogitDetector {
 public:
  FixedLogitDetector(std::string_view name, Risk of) : LogitDetector(name), of_(of) {}

 protected:
  void learn(const TrainingCases&, ThreadPool&) override {}
  [[nodiscard]] double risk(std::span<const float> logits, Softmax& scratch) const override {
    scratch.take(logits);
    return of_(scratch);
  }

 private:
  Risk of_;
};

template <typename Risk>
std::unique_ptr<Detector> fixed(std::string_view name, Risk of) {
  return std::make_unique<FixedLogitDetector<Risk>>(name, of);
}

class MspTemperature final : public LogitDetector {
 public:
  MspTemperature() : LogitDetector("msp_temperature", {.labels = true}) {}

 protected:
  void learn(const TrainingCases& cases, ThreadPool& pool) override {
    double low = std::log(1e-3), high = std::log(1e3);  // of β; a model that is always right would take it to infinity
    for (int step = 0; step < 40; ++step) {
      const double middle = (low + high) / 2;
      (slope(cases, std::exp(middle), pool) > 0 ? high : low) = middle;
    }
    beta_ = std::exp((low + high) / 2);
  }
  [[nodiscard]] double risk(std::span<const float> logits, Softmax& scratch) const override {
    scratch.take(logits, beta_);
    return scratch.rest;
  }

 private:
  /// β times the derivative of the summed log loss by β.
  static double slope(const TrainingCases& cases, double beta, ThreadPool& pool) {
    std::vector<double> sums((cases.outputs.cases + kSoftmaxRows - 1) / kSoftmaxRows);
    for_row_chunks(pool, cases.outputs.cases, kSoftmaxRows, [&](std::size_t begin, std::size_t end) {
      Softmax softmax;
      for (std::size_t i = begin; i < end; ++i) {
        const auto logits = cases.outputs.logits.row(i);
        softmax.take(logits, beta);
        sums[begin / kSoftmaxRows] +=
            softmax.top_logit - softmax.mean_descent - beta * static_cast<double>(logits[cases.labels[i]]);
      }
    });
    return std::accumulate(sums.begin(), sums.end(), 0.0);
  }

  double beta_ = 1;
};

double to_the_power(double base, int power) {
  double result = 1;
  for (; power > 0; --power) result *= base;
  return result;
}

/// −max z / ‖z‖_p; 0 when all logits are equal.
double p_norm_risk(std::span<const float> logits, int p) {
  double mean = 0, scale = 0, sum = 0, top = 0;
  for (const float logit : logits) mean += static_cast<double>(logit) / static_cast<double>(logits.size());
  for (const float logit : logits) {
    scale = std::max(scale, std::abs(static_cast<double>(logit) - mean));
    top = std::max(top, static_cast<double>(logit) - mean);
  }
  if (scale == 0) return 0;
  for (const float logit : logits) sum += to_the_power(std::abs(static_cast<double>(logit) - mean) / scale, p);
  return -top / scale / std::pow(sum, 1.0 / p);
}

class PNormMaxLogit final : public LogitDetector {
 public:
  PNormMaxLogit() : LogitDetector("p_norm_max_logit", {.outcomes = true}) {}

 protected:
  void learn(const TrainingCases& cases, ThreadPool& pool) override {
    constexpr int kMost = 10;
    std::vector<double> areas(kMost);
    pool.parallel_for(kMost, [&](std::size_t task, std::size_t) {
      std::vector<double> risks(cases.outputs.cases);
      for (std::size_t i = 0; i < risks.size(); ++i) {
        risks[i] = p_norm_risk(cases.outputs.logits.row(i), static_cast<int>(task) + 1);
      }
      areas[task] = stats::ranking_areas(risks, cases.failed).roc_auc;
    });
    p_ = static_cast<int>(std::ranges::max_element(areas) - areas.begin()) + 1;
  }
  [[nodiscard]] double risk(std::span<const float> logits, Softmax&) const override { return p_norm_risk(logits, p_); }

 private:
  int p_ = 1;
};

class RelU final : public LogitDetector {
 public:
  RelU() : LogitDetector("rel_u", {.outcomes = true}) {}

 protected:
  void learn(const TrainingCases& cases, ThreadPool&) override {
    constexpr double kLambda = 0.5;
    d_ = (kLambda * mean_product(cases, 1) - (1 - kLambda) * mean_product(cases, 0)).cwiseMax(0);
    d_.diagonal().setZero();
    if (const double norm = d_.norm(); norm > 0) d_ /= norm;
  }
  [[nodiscard]] double risk(std::span<const float> logits, Softmax& scratch) const override {
    scratch.take(logits);
    const Eigen::Map<const Eigen::VectorXd> p(scratch.p.data(), static_cast<Eigen::Index>(scratch.p.size()));
    return p.dot(d_ * p);
  }

 private:
  /// E[ppᵀ | failed = outcome]
  static Eigen::MatrixXd mean_product(const TrainingCases& cases, std::uint8_t outcome) {
    constexpr Eigen::Index kBlock = 256;  // cases of one matrix product
    const auto classes = static_cast<Eigen::Index>(cases.outputs.logits.cols());
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(classes, classes), block(classes, kBlock);
    Eigen::Index filled = 0, count = 0;
    const auto add_block = [&] {
      sum.selfadjointView<Eigen::Lower>().rankUpdate(block.leftCols(filled));
      count += std::exchange(filled, 0);
    };
    Softmax softmax;
    for (std::size_t i = 0; i < cases.outputs.cases; ++i) {
      if (cases.failed[i] != outcome) continue;
      softmax.take(cases.outputs.logits.row(i));
      block.col(filled++) = Eigen::Map<const Eigen::VectorXd>(softmax.p.data(), classes);
      if (filled == kBlock) add_block();
    }
    add_block();
    return Eigen::MatrixXd(sum.selfadjointView<Eigen::Lower>()) / static_cast<double>(count);
  }

  Eigen::MatrixXd d_;
};

}  // namespace

std::unique_ptr<Detector> make_msp() {
  return fixed("msp", [](const Softmax& s) { return s.rest; });
}
std::unique_ptr<Detector> make_msp_temperature() { return std::make_unique<MspTemperature>(); }
std::unique_ptr<Detector> make_entropy() {
  return fixed("entropy", [](const Softmax& s) { return std::log1p(s.others) + s.mean_descent; });
}
std::unique_ptr<Detector> make_margin() {
  return fixed("margin", [](const Softmax& s) { return s.rest + s.second; });
}
std::unique_ptr<Detector> make_max_logit() {
  return fixed("max_logit", [](const Softmax& s) { return -s.top_logit; });
}
std::unique_ptr<Detector> make_p_norm_max_logit() { return std::make_unique<PNormMaxLogit>(); }
std::unique_ptr<Detector> make_energy() {
  return fixed("energy", [](const Softmax& s) { return -s.log_sum(); });
}
std::unique_ptr<Detector> make_doctor() {
  return fixed("doctor", [](const Softmax& s) {
    double squares = 0, complement = 0;  // 1 − Σp² = Σ p(1 − p)
    for (std::size_t c = 0; c < s.p.size(); ++c) {
      squares += s.p[c] * s.p[c];
      complement += s.p[c] * (c == s.top ? s.rest : 1 - s.p[c]);
    }
    return complement / squares;
  });
}
std::unique_ptr<Detector> make_rel_u() { return std::make_unique<RelU>(); }

}  // namespace errata::audit
