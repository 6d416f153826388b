#include "help.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "errata/report/kit/utf8.h"
#include "flags.h"

namespace errata::cli {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kFlagWidth = 26;

/// `left` in a column of its own, `right` wrapped beside it.
std::string two_columns(const std::string& left, const std::string& right) {
  std::string text = "  " + left;
  bool beside = left.size() + 2 < kFlagWidth;
  for (const auto& line : report::wrap(right, kWidth - kFlagWidth)) {
    if (beside)
      text += std::string(kFlagWidth - 2 - left.size(), ' ') + line;
    else
      text += "\n" + std::string(kFlagWidth, ' ') + line;
    beside = false;
  }
  return text + "\n";
}

std::string line_of(const CLI::Option& option) {
  std::string left = option.get_name(false, true);
  for (std::size_t at = 0; (at = left.find(',', at)) != std::string::npos; at += 2) left.insert(at + 1, " ");
  // CLI11 names a flag that may have a value after what it means without: "--flag{value}".
  if (const std::size_t brace = left.find('{'); brace != std::string::npos)
    left = fmt::format("{}[={}]", left.substr(0, brace), option.get_type_name());
  if (!option.get_type_name().empty() && option.get_items_expected_max() > 0) left += " " + option.get_type_name();
  std::string right = option.get_description();
  if (!option.get_default_str().empty()) right += fmt::format(" [{}]", option.get_default_str());
  return two_columns(left, right);
}

}  // namespace

std::string overview(const Program& program) {
  const std::string prefix = program.prefix();
  std::string text;
  for (const auto& line : report::wrap(std::string(program.words), kWidth)) text += line + "\n";
  text += fmt::format("\nusage: errata {}VERB ...\n\n", prefix);
  for (const auto& verb : kVerbs)
    if (verb.group == program.group) text += two_columns(std::string(verb.name), std::string(verb.words));
  if (program.group.empty())
    for (const auto& group : kGroups) text += two_columns(std::string(group.name), std::string(group.words));
  text += fmt::format("\n`errata {}VERB --help` tells a verb's flags, `errata --version` the version.\n", prefix);
  text += program.group.empty() ? "Exit status: 0 done, 1 found what --fail-on-hotspot or --fail-on-worse names,\n2 "
                                  "usage, 3 data or output, 130 stopped.\n"
                                : "Exit status: 0 done, 2 usage, 3 data or output, 130 stopped.\n";
  return text;
}

std::string help_of(const Program& program, const CLI::App& app) {
  std::string positionals;
  for (const auto* option : app.get_options())
    if (option->get_positional())
      positionals += " " + option->get_name(true) + (option->get_items_expected_max() > 1 ? "..." : "");
  std::string text = fmt::format("usage: errata {}{}{} [flags]\n\n", program.prefix(), app.get_name(), positionals);
  for (const auto& line : report::wrap(app.get_description(), kWidth)) text += line + "\n";
  auto groups = app.get_groups();
  std::ranges::stable_partition(groups, [](const std::string& group) { return group != kRunning; });
  for (const auto& group : groups) {
    std::string flags;
    for (const auto* option : app.get_options())
      if (option->get_group() == group && option->nonpositional()) flags += line_of(*option);
    for (const auto* option : app.get_options())
      if (option->get_group() == group && option->get_positional())
        flags += two_columns(option->get_name(true), option->get_description());
    if (!flags.empty()) text += fmt::format("\n{}\n{}", group, flags);
  }
  return text;
}

}  // namespace errata::cli
