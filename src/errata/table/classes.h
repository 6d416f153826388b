#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

/// More different integers than these are rather numbers than classes (task.h).
inline constexpr std::size_t kMaxIntegerClasses = 100;

/// The distinct integers of a numeric column, at most `most`; nothing when it holds other numbers or more of them.
/// Missing and infinite values are passed over.
[[nodiscard]] std::optional<std::set<double>> distinct_integers(const Column& column,
                                                                std::size_t most = kMaxIntegerClasses);

[[nodiscard]] bool is_boolean(const Column& column);

/// A column as class names: the distinct ones, and which one each row has (kNoClass where missing).
struct ClassNames {
  std::vector<std::string> names;
  std::vector<std::uint32_t> rows;
};
[[nodiscard]] ClassNames class_names(const Column& column);

/// Numbers in numeric order, before other names in bytewise order; each once.
void sort_classes(std::vector<std::string>& names);

/// Row values as indices into the sorted classes.
[[nodiscard]] std::vector<std::uint32_t> renumber(const ClassNames& from, const std::vector<std::string>& classes);

/// Is it a yes, in any spelling (1, true, T, yes, y)?
[[nodiscard]] bool is_yes(std::string_view name);

/// The other of two: "1" of "0", "True" of "False", "N" of "Y"; nothing for names that are no yes or no.
[[nodiscard]] std::optional<std::string> opposite_class(std::string_view name);

/// What the user said about the names of classes.
struct ClassOptions {
  std::vector<std::string> classes{};  ///< all of them, also those without cases
  /// A value of label or prediction, and its class; "label:1" and "prediction:1" are values of that column alone.
  std::vector<std::pair<std::string, std::string>> renamed{};
};

/// Which column of classes.
enum class ClassSide : std::uint8_t { label, prediction };
[[nodiscard]] std::string_view name_of(ClassSide side);  ///< "label", "prediction"

/// Which spellings are one class. What the user renamed comes first. Then 1 and 1.0 are one, and yes and no in any
/// spelling (1/0, true/false, yes/no, t/f, y/n; in any case) are one where more than one spelling occurs: but digits
/// only where no other number is a class, and single letters only where no other letter is one.
///     const std::vector<std::string> names{"0", "1", "True", "False"};
///     ClassSpelling(names, {}).class_of("True");  // "1"
class ClassSpelling {
 public:
  ClassSpelling() = default;
  /// @param names  as they occur in label and prediction
  ClassSpelling(std::span<const std::string> names, const ClassOptions& options);

  /// The same for one column, some of whose values are renamed in it alone.
  [[nodiscard]] ClassSpelling with_own(std::map<std::string, std::string> renamed) const;

  /// The class of a spelling, also of one that does not occur.
  [[nodiscard]] std::string class_of(const std::string& spelled) const;
  /// Is any name that occurs called otherwise than it is spelled?
  [[nodiscard]] bool renames() const;
  /// Renames to classes, each once.
  [[nodiscard]] ClassNames renamed(ClassNames names) const;
  /// What with_own() was given.
  [[nodiscard]] const std::map<std::string, std::string>& own() const { return own_; }
  /// "True and 1 are one class", for what is one class and was not said to be.
  [[nodiscard]] const std::vector<std::string>& merged() const { return merged_; }
  /// Values that the user renamed and that do not occur.
  [[nodiscard]] const std::vector<std::string>& unused() const { return unused_; }

 private:
  [[nodiscard]] std::string rename(const std::string& name, const ClassOptions& options);
  void merge(const std::vector<std::vector<std::string>>& groups, const std::vector<std::string>& preferred);

  std::map<std::string, std::string> own_;  ///< values of one column, to be spelled otherwise
  std::map<std::string, std::string> class_of_;
  std::map<std::string, std::string> of_number_;          ///< by the number in its shortest spelling
  std::array<std::optional<std::string>, 2> of_truth_{};  ///< the class that is no, and yes
  std::vector<std::string> merged_, unused_;
};

/// The values among `names` that the user renamed in one column alone, and their new names.
[[nodiscard]] std::map<std::string, std::string> renamed_in(ClassSide side, std::span<const std::string> names,
                                                            const ClassOptions& options);

/// A column and how its values are spelled.
struct SpelledColumn {
  const Column& column;
  const ClassSpelling& spelling;
};
/// A column in SQL so that it equals `other` exactly where their classes are equal.
[[nodiscard]] std::string class_sql(const SpelledColumn& one, const SpelledColumn& other);
/// A column in SQL as the text of its class.
[[nodiscard]] std::string class_text_sql(const Column& column, const ClassSpelling& spelling);

}  // namespace errata::table
