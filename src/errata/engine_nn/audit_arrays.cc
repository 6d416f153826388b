#include "errata/engine_nn/audit_arrays.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "errata/arrays/npz.h"
#include "errata/engine_nn/audit_capture.h"
#include "errata/engine_nn/audit_classes.h"
#include "errata/image/corruption.h"

namespace errata::engine_nn {
namespace {

using audit::AuditCases;

constexpr std::int64_t kMostNumber = 1'000'000;  // of a class or a group

bool is_npz(const std::string& path) { return path.ends_with(".npz"); }
bool is_npy(const std::string& path) { return path.ends_with(".npy"); }

/// Named arrays, of one archive or a file each.
class Arrays {
 public:
  static Result<Arrays> open(const std::vector<std::string>& paths) {
    Arrays arrays;
    if (paths.size() == 1 && is_npz(paths[0])) {
      ERRATA_ASSIGN(arrays.archive_, arrays::NpzFile::open(paths[0]));
      for (const std::string& name : arrays.archive_->names()) arrays.files_.emplace_back(name, paths[0]);
      return arrays;
    }
    for (const std::string& path : paths) {
      if (!is_npy(path))
        return invalid_argument(fmt::format("{}: arrays are read from one .npz file, or from .npy files alone", path));
      std::string name = std::filesystem::path(path).stem().string();
      if (arrays.has(name)) return invalid_argument(fmt::format("{}: there are two arrays {}", path, name));
      arrays.files_.emplace_back(std::move(name), path);
    }
    return arrays;
  }

  [[nodiscard]] bool has(const std::string& name) const {
    return std::ranges::find(files_, name, &Named::first) != files_.end();
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, path] : files_) names.push_back(name);
    return names;
  }
  /// For messages about all of them.
  [[nodiscard]] const std::string& place() const { return files_.front().second; }

  /// @param rows  that it must have; 0: any  @param dimensions  1: [rows], 2: [rows, width]
  /// @param or_less  [rows] is taken where [rows, width] is asked for, as one column
  [[nodiscard]] Result<arrays::NpyArray> read(const std::string& name, std::size_t rows, std::size_t dimensions,
                                              bool or_less = false) const {
    const auto found = std::ranges::find(files_, name, &Named::first);
    if (found == files_.end())
      return data_error(
          fmt::format("{}: there is no array {}; there are: {}", place(), name, fmt::join(names(), ", ")));
    ERRATA_ASSIGN(arrays::NpyArray array, archive_ ? archive_->read(name) : arrays::read_npy(found->second));
    if (std::ranges::find(array.shape, std::size_t{0}) != array.shape.end())
      return data_error(fmt::format("{}: array {} holds nothing: its shape is {}", found->second, name,
                                    arrays::shape_text(array.shape)));
    if (or_less && array.shape.size() == 1) array.shape.push_back(1);
    if (array.shape.size() != dimensions || (rows > 0 && array.shape[0] != rows))
      return data_error(fmt::format("{}: array {} has the shape {}, not [{}{}]", found->second, name,
                                    arrays::shape_text(array.shape), rows > 0 ? fmt::format("{}", rows) : "n",
                                    dimensions == 2 ? ", width" : ""));
    return array;
  }

  /// Whole numbers from 0 to `most`.
  [[nodiscard]] Result<std::vector<std::uint32_t>> numbers(const std::string& name, std::size_t rows,
                                                           std::int64_t most) const {
    ERRATA_ASSIGN(const arrays::NpyArray array, read(name, rows, 1));
    const std::string where = fmt::format("{}: {}", place(), name);
    ERRATA_ASSIGN(const auto values, array.integers(where));
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] < 0 || values[i] > most)
        return data_error(fmt::format("{}: value {} at {} is not in 0 … {}", where, values[i], i, most));
      numbers.push_back(static_cast<std::uint32_t>(values[i]));
    }
    return numbers;
  }

 private:
  using Named = std::pair<std::string, std::string>;
  std::optional<arrays::NpzFile> archive_;
  std::vector<Named> files_;  ///< name and path, in their order
};

Result<void> check_flags(const table::ReadOptions& read, const AuditColumns& columns) {
  const auto refuse = [&](bool given, const char* what) -> Result<void> {
    if (!given) return {};
    return invalid_argument(fmt::format("{}: arrays have no {}; give a table", read.paths.front(), what));
  };
  ERRATA_TRY(refuse(read.failure.has_value(), "columns for a failure rule (an array `failed` of 0 and 1 does it)"));
  ERRATA_TRY(refuse(read.loss.has_value(), "loss"));
  ERRATA_TRY(refuse(read.confident.has_value(), "confidence to count failures by"));
  ERRATA_TRY(refuse(read.roles.time.has_value(), "times"));
  return refuse(columns.split.has_value(), "words for a split");
}

/// "latents" and all that begin with "latents_", or what was named.
std::vector<std::string> latent_names(const Arrays& arrays, const AuditColumns& columns,
                                      const std::optional<std::string>& embedding) {
  if (!columns.latents.empty()) return columns.latents;
  if (embedding) return {*embedding};
  std::vector<std::string> names = arrays.names();
  std::erase_if(names, [](const std::string& name) { return name != "latents" && !name.starts_with("latents_"); });
  return names;
}

Result<void> take_latents(const Arrays& arrays, AuditLog& read) {
  AuditCases& cases = read.cases;
  std::vector<std::vector<float>> parts;
  std::size_t width = 0;
  for (const std::string& name : read.latent_columns) {
    ERRATA_ASSIGN(const arrays::NpyArray array, arrays.read(name, cases.count, 2));
    cases.count = array.shape[0];
    cases.blocks.push_back(
        {.name = name.starts_with("latents_") ? name.substr(8) : name, .first = width, .width = array.shape[1]});
    width += array.shape[1];
    parts.push_back(array.floats());
  }
  if (parts.empty()) return {};
  cases.penultimate = cases.blocks.size() - 1;
  cases.latents.resize(cases.count * width);
  for (std::size_t b = 0; b < parts.size(); ++b)
    for (std::size_t row = 0; row < cases.count; ++row)
      std::copy_n(parts[b].begin() + static_cast<std::ptrdiff_t>(row * cases.blocks[b].width), cases.blocks[b].width,
                  cases.latents.begin() + static_cast<std::ptrdiff_t>(row * width + cases.blocks[b].first));
  return {};
}

/// Numbers become places among those that occur, in their order: one label of a million makes no million classes.
void name_classes(AuditCases& cases) {
  std::vector<std::uint32_t> numbers = cases.predicted;
  numbers.insert(numbers.end(), cases.labels.begin(), cases.labels.end());
  std::ranges::sort(numbers);
  const auto again = std::ranges::unique(numbers);
  numbers.erase(again.begin(), again.end());
  for (const std::uint32_t number : numbers) cases.classes.push_back(fmt::format("{}", number));
  for (auto* classes : {&cases.predicted, &cases.labels})
    for (std::uint32_t& index : *classes)
      index = static_cast<std::uint32_t>(std::ranges::lower_bound(numbers, index) - numbers.begin());
}

Result<void> take_outcomes(const Arrays& arrays, const table::RoleNames& roles, const AuditColumns& columns,
                           AuditCases& cases) {
  const std::string label = roles.label.value_or("labels");
  const std::string prediction = roles.prediction.value_or("predictions");
  const bool needs_prediction = !columns.known_classes && !arrays.has("failed");
  if (needs_prediction || roles.prediction || arrays.has(prediction)) {
    ERRATA_ASSIGN(cases.predicted, arrays.numbers(prediction, cases.count, kMostNumber));
    cases.count = cases.predicted.size();
  }
  if (roles.label || arrays.has(label)) {
    ERRATA_ASSIGN(cases.labels, arrays.numbers(label, cases.count, kMostNumber));
  }
  name_classes(cases);
  if (arrays.has("failed")) {
    ERRATA_ASSIGN(const auto failed, arrays.numbers("failed", cases.count, 1));
    cases.failed.assign(failed.begin(), failed.end());
  } else {
    for (std::size_t i = 0; i < std::min(cases.labels.size(), cases.predicted.size()); ++i)
      cases.failed.push_back(cases.labels[i] == cases.predicted[i] ? 0 : 1);
  }
  if (columns.known_classes) return match_classes(cases, *columns.known_classes, arrays.place());
  if (cases.failed.empty())
    return data_error(fmt::format("{}: there is neither an array labels nor failed", arrays.place()));
  return {};
}

Result<void> take_logits(const Arrays& arrays, const AuditColumns& columns, AuditLog& read) {
  if (columns.logits.size() > 1)
    return invalid_argument(
        fmt::format("{}: logits are one array [n, classes], not {}", arrays.place(), fmt::join(columns.logits, ", ")));
  const std::string name = columns.logits.empty() ? "logits" : columns.logits.front();
  if (columns.logits.empty() && !arrays.has(name)) return {};
  ERRATA_ASSIGN(const arrays::NpyArray logits, arrays.read(name, read.cases.count, 2, true));
  read.cases.logits = logits.floats();
  const std::size_t width = complete_single_logit(read.cases.logits, logits.shape[1],
                                                  columns.known_classes.value_or(read.cases.classes), read.warnings);
  ERRATA_TRY(name_logits(read.cases, width, columns, arrays.place()));
  read.logit_columns = {name};
  return {};
}

Result<void> take_model(const Arrays& arrays, AuditLog& log) {
  if (!arrays.has(kModelArray)) return {};
  ERRATA_ASSIGN(const arrays::NpyArray array, arrays.read(kModelArray, 1, 1));
  ERRATA_ASSIGN(const auto values, array.integers(arrays.place()));
  log.model = std::bit_cast<std::uint64_t>(values.front());
  return {};
}

/// Numbers of corruptions, as `errata audit capture` writes them, are named; others name themselves.
Result<void> take_groups(const Arrays& arrays, const std::string& name, AuditCases& cases) {
  ERRATA_ASSIGN(const auto numbers, arrays.numbers(name, cases.count, kMostNumber));
  const std::uint32_t most = numbers.empty() ? 0 : std::ranges::max(numbers);
  const auto corruptions = image::corruptions();
  const bool named = name == "corruption" && most < corruptions.size();
  std::vector<std::optional<std::uint32_t>> index_of(std::size_t{most} + 1);
  for (const std::uint32_t number : numbers) {
    if (!index_of[number]) {
      index_of[number] = static_cast<std::uint32_t>(cases.groups.size());
      cases.groups.push_back(named ? std::string(corruptions[number].name) : fmt::format("{}", number));
    }
    cases.groups_of.push_back({*index_of[number]});
  }
  return {};
}

}  // namespace

bool holds_arrays(std::span<const std::string> paths) {
  return std::ranges::any_of(paths, [](const std::string& path) { return is_npz(path) || is_npy(path); });
}

Result<AuditLog> read_arrays(const table::ReadOptions& read, const AuditColumns& columns) {
  ERRATA_TRY(check_flags(read, columns));
  ERRATA_ASSIGN(const Arrays arrays, Arrays::open(read.paths));
  AuditLog log;
  log.latent_columns = latent_names(arrays, columns, read.roles.embedding);
  ERRATA_TRY(take_latents(arrays, log));
  ERRATA_TRY(take_outcomes(arrays, read.roles, columns, log.cases));
  ERRATA_TRY(take_logits(arrays, columns, log));
  if (columns.group) ERRATA_TRY(take_groups(arrays, *columns.group, log.cases));
  ERRATA_TRY(take_model(arrays, log));
  ERRATA_TRY(audit::check_values(log.cases, arrays.place()));
  check_logits(log);
  log.order.resize(log.cases.count);
  std::iota(log.order.begin(), log.order.end(), 0);
  return log;
}

}  // namespace errata::engine_nn
