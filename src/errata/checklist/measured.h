#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/checklist/checklist.h"

namespace errata::checklist {

/// The mean of the values that are numbers; NaN of none.
[[nodiscard]] double mean_of(const std::vector<double>& values);

/// Scores of cases that should be found and of cases that should be left alone; higher: sooner found. No NaN.
struct Scores {
  std::vector<double> found, left;
};
/// Area under the ROC curve, with DeLong's interval; NaN without both kinds.
[[nodiscard]] Figure area_figure(std::string name, const Scores& scores, std::optional<Gate> gate);
/// Share of `left` that score at least as high as the threshold that 95% of `found` reach, with an interval by the
/// bootstrap over both; NaN without both kinds.
[[nodiscard]] Figure false_share_figure(std::string name, const Scores& scores, std::optional<Gate> gate,
                                        const ThreadPool& pool);

/// Figures of the contenders of a mode, collected case by case.
class Measured {
 public:
  /// @param cases  that will be added, each once
  explicit Measured(std::size_t cases) : cases_(cases), asked_in_(cases) {}

  /// What case `index` is; as add() from several threads.
  void describe(std::size_t index, Case what) { cases_.at(index) = std::move(what); }
  /// [cases]; those that nobody described have no scene.
  [[nodiscard]] const std::vector<Case>& cases() const { return cases_; }

  /// A value of case `index`; cases may come in any order, also from several threads as long as every contender and
  /// figure was declared before.
  void declare(const std::string& contender, const std::string& figure, std::optional<Gate> gate = {});
  void add(std::string_view contender, std::string_view figure, std::size_t index, double value);

  /// Whether an outsider's answer in a case can be used; it may be asked several times in one. It gets a figure of its
  /// own, kAnswered, and a case with a bad answer fails the others: where they were measured of anybody else, they are
  /// 0 of what must be at least, 1 of what must be at most. From one thread.
  void answered(std::string_view contender, std::size_t index, const Answer& answer);
  static constexpr const char* kAnswered = "answered";  ///< share of cases without a bad answer, at least 1
  /// A figure that an outsider's allocations alone do not tell.
  void leave_out(std::string figure) { left_out_.push_back(std::move(figure)); }

  /// Contenders and their figures in the order of their declaration. Cases without a value are left out.
  [[nodiscard]] std::vector<Contender> contenders(const ThreadPool& pool) const;
  /// Bad answers, by kinds.
  [[nodiscard]] std::vector<Finding> findings() const;
  [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  struct Column {
    std::string contender, figure;
    std::optional<Gate> gate;
    std::vector<double> values;  ///< [cases], NaN where there is none
  };
  struct Bad {
    std::size_t index = 0;
    BadAnswer answer;
  };
  [[nodiscard]] Column& column(std::string_view contender, std::string_view figure);
  [[nodiscard]] bool failed(std::size_t index) const;
  /// Values of a column, those of failed cases in their place.
  [[nodiscard]] std::vector<double> judged(const Column& column) const;
  [[nodiscard]] Column answers() const;

  std::vector<Case> cases_;
  std::vector<Column> columns_;
  std::string asked_;                   ///< the outsider, once it was asked
  std::vector<std::uint8_t> asked_in_;  ///< [cases] 1: it was asked
  std::vector<Bad> bad_;                ///< in the order of the questions
  std::vector<std::string> left_out_;
};

}  // namespace errata::checklist
