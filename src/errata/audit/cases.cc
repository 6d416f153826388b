#include "errata/audit/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace errata::audit {
namespace {

template <typename T>
std::vector<T> gather(const std::vector<T>& values, std::span<const std::size_t> rows, std::size_t width) {
  std::vector<T> taken;
  if (values.empty()) return taken;
  taken.reserve(rows.size() * width);
  for (const std::size_t row : rows) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * width);
    taken.insert(taken.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  }
  return taken;
}

std::optional<std::size_t> whole_number(const std::string& text) {
  std::size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

ModelOutputs AuditCases::outputs() const {
  return {.cases = count,
          .latents = {latents, latents.empty() ? 0 : count, width()},
          .blocks = blocks,
          .penultimate = penultimate,
          .logits = {logits, logits.empty() ? 0 : count, logits.empty() ? 0 : classes.size()},
          .predicted = predicted};
}

bool AuditCases::is_clean(std::size_t i) const {
  return groups.empty() ||
         std::ranges::all_of(groups_of[i], [&](std::uint32_t group) { return groups[group] == "none"; });
}

AuditCases AuditCases::at(std::span<const std::size_t> rows) const {
  return {.count = rows.size(),
          .latents = gather(latents, rows, width()),
          .blocks = blocks,
          .penultimate = penultimate,
          .logits = gather(logits, rows, classes.size()),
          .classes = classes,
          .predicted = gather(predicted, rows, 1),
          .labels = gather(labels, rows, 1),
          .failed = gather(failed, rows, 1),
          .groups = groups,
          .groups_of = gather(groups_of, rows, 1),
          .severity = gather(severity, rows, 1)};
}

void AuditCases::append(const AuditCases& others) {
  if (count == 0) {
    *this = others;
    return;
  }
  ERRATA_CHECK(others.width() == width() && others.classes == classes && others.groups == groups);
  const auto behind = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  behind(latents, others.latents);
  behind(logits, others.logits);
  behind(predicted, others.predicted);
  behind(labels, others.labels);
  behind(failed, others.failed);
  behind(groups_of, others.groups_of);
  behind(severity, others.severity);
  count += others.count;
}

std::vector<std::size_t> AuditCases::rows_without(std::span<const std::uint32_t> left_out) const {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const bool kept = groups.empty() || std::ranges::none_of(groups_of[i], [&](std::uint32_t group) {
                        return std::ranges::find(left_out, group) != left_out.end();
                      });
    if (kept) rows.push_back(i);
  }
  return rows;
}

std::vector<std::size_t> AuditCases::rows_of(std::uint32_t group) const {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < count; ++i)
    if (!groups.empty() && groups_of[i].size() == 1 && groups_of[i][0] == group) rows.push_back(i);
  return rows;
}

TrainingCases training_cases(const AuditCases& cases, std::vector<std::uint8_t>& clean) {
  clean.resize(cases.count);
  for (std::size_t i = 0; i < cases.count; ++i) clean[i] = cases.is_clean(i) ? 1 : 0;
  return {.outputs = cases.outputs(),
          .labels = cases.labels,
          .failed = cases.failed,
          .clean = clean,
          .classes = cases.classes.size()};
}

Result<void> widen_classes(AuditCases& cases, std::size_t width, const std::string& place) {
  if (width == cases.classes.size()) return {};
  std::vector<std::uint32_t> index_of;
  for (const std::string& name : cases.classes) {
    const auto number = whole_number(name);
    if (!number || *number >= width)
      return data_error(
          fmt::format("{}: {} logits a case, but {} classes occur ({}…); give a logit a class, in the "
                      "order of the classes",
                      place, width, cases.classes.size(), cases.classes.front()));
    index_of.push_back(static_cast<std::uint32_t>(*number));
  }
  for (auto* indices : {&cases.predicted, &cases.labels})
    for (std::uint32_t& index : *indices)
      if (index < index_of.size()) index = index_of[index];
  cases.classes.clear();
  for (std::size_t c = 0; c < width; ++c) cases.classes.push_back(fmt::format("{}", c));
  return {};
}

Result<void> check_values(const AuditCases& cases, const std::string& place) {
  const std::size_t d = cases.width(), k = cases.classes.size();
  const auto bad_value = [](const std::vector<float>& values) {
    return std::ranges::find_if(values, [](float x) { return !std::isfinite(x); }) - values.begin();
  };
  if (const auto bad = static_cast<std::size_t>(bad_value(cases.latents)); bad < cases.latents.size()) {
    const std::size_t column = bad % d;
    const auto block = std::ranges::find_if(
        cases.blocks, [&](const LatentBlock& b) { return column >= b.first && column < b.first + b.width; });
    return data_error(fmt::format("{}: row {}: latent {}[{}] is {}; latents must be finite", place, bad / d + 1,
                                  block->name, column - block->first, cases.latents[bad]));
  }
  if (const auto bad = static_cast<std::size_t>(bad_value(cases.logits)); bad < cases.logits.size())
    return data_error(fmt::format("{}: row {}: logit {} is {}; logits must be finite", place, bad / k + 1,
                                  cases.classes[bad % k], cases.logits[bad]));
  return {};
}

}  // namespace errata::audit
