#include "config.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <CLI/CLI.hpp>

#include "errata/base/atomic_file.h"
#include "flags.h"
#include "near_names.h"
#include "program.h"

// A key of errata.toml is the long name of a flag, and its value goes through the very code that reads the flag, so
// that the two cannot differ. A flag on the command line has been counted by then and wins.

namespace errata::cli {
namespace {

constexpr const char* kLogTable = "log";

bool describes_log(const CLI::Option& option) {
  return option.get_group() == kReading || option.get_group() == kRoles || option.get_group() == kFailure;
}

bool settable(const CLI::Option& option) {
  const auto& name = option.get_single_name();
  return option.nonpositional() && name != "help" && name != "config";
}

std::unexpected<Error> wrong(const std::string& place, const toml::node& node, const std::string& why) {
  return data_error(fmt::format("{}: line {}: {}", place, node.source().begin.line, why));
}

/// Names of the flags that a table may hold.
std::vector<std::string> keys_of(CLI::App& root, const std::string& table) {
  std::vector<std::string> keys;
  for (const auto* verb : root.get_subcommands({})) {
    if (table != kLogTable && verb->get_name() != table) continue;
    for (const auto* option : verb->get_options())
      if (settable(*option) && (table != kLogTable || describes_log(*option)))
        for (const auto& name : option->get_lnames()) keys.push_back(name);
  }
  return keys;
}

std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

/// The value as the strings that a command line would hold.
Result<std::vector<std::string>> texts_of(const std::string& place, const std::string& key, const toml::node& node) {
  const auto not_a_value = [&](const toml::node& wrong_node) {
    return wrong(place, wrong_node, fmt::format("'{}' is no text, number, true or false, or a list of them", key));
  };
  std::vector<std::string> texts;
  if (const auto* list = node.as_array()) {
    for (const auto& entry : *list) {
      const auto text = scalar_text(entry);
      if (!text) return not_a_value(entry);
      texts.push_back(quoted_name(*text));
    }
    return texts;
  }
  const auto text = scalar_text(node);
  if (!text) return not_a_value(node);
  texts.push_back(*text);
  return texts;
}

Result<void> set_flag(const std::string& place, const std::string& key, const toml::node& node, CLI::Option& option) {
  ERRATA_ASSIGN(auto texts, texts_of(place, key, node));
  if (key == "json" && node.is_boolean()) {
    if (texts[0] == "false") return {};
    texts[0] = "-";
  }
  try {
    for (auto& text : texts) option.add_result(std::move(text));
    option.run_callback();
  } catch (const CLI::Error& error) {
    return wrong(place, node, error.what());
  }
  return {};
}

Result<void> check_table(const std::string& place, const std::string& name, const toml::node& node,
                         const std::vector<std::string>& keys) {
  if (!node.is_table()) return wrong(place, node, fmt::format("'{}' is no table", name));
  for (const auto& [key, value] : *node.as_table())
    if (std::ranges::find(keys, key.str()) == keys.end())
      return wrong(place, value,
                   fmt::format("there is no key '{}' in [{}]{}", key.str(), name, did_you_mean(key.str(), keys)));
  return {};
}

/// Every key must be a flag, also in tables of other verbs, so that a slip of the pen does not stay unseen.
/// The tables of groups, and of verbs of another executable, are checked by their own programs.
/// @param prefix  of the tables' names: "audit." or nothing
Result<void> check_tables(const std::string& place, const std::string& prefix, const toml::table& tables,
                          const std::vector<std::string>& known, CLI::App& root) {
  for (const auto& [name, node] : tables) {
    const bool is_known = std::ranges::find(known, name.str()) != known.end();
    if (prefix.empty() && (find_group(name.str()) != nullptr || (!is_known && find_verb("", name.str()) != nullptr)))
      continue;
    if (!is_known)
      return wrong(place, node,
                   fmt::format("there is no table [{}{}]{}", prefix, name.str(), did_you_mean(name.str(), known)));
    ERRATA_TRY(check_table(place, prefix + std::string(name.str()), node, keys_of(root, std::string(name.str()))));
  }
  return {};
}

/// The tables of a group's verbs lie in a table of the group; [log] and the verbs without a group are checked by the
/// program that has none.
Result<void> check_file(const std::string& place, const Program& program, const toml::table& file, CLI::App& root) {
  std::vector<std::string> verbs;
  for (const auto* verb : root.get_subcommands({})) verbs.push_back(verb->get_name());
  if (program.group.empty()) {
    verbs.insert(verbs.begin(), kLogTable);
    return check_tables(place, "", file, verbs, root);
  }
  const auto* group = file.get(program.group);
  if (group == nullptr) return {};
  if (!group->is_table()) return wrong(place, *group, fmt::format("'{}' is no table", program.group));
  return check_tables(place, std::string(program.group) + ".", *group->as_table(), verbs, root);
}

}  // namespace

Result<void> apply_config(const std::string& place, const Program& program, CLI::App& root, CLI::App& verb) {
  constexpr std::size_t kLargest = 1 << 16;  // toml++ recurses into what it reads
  ERRATA_ASSIGN(const auto text, read_file(place, kLargest));
  toml::table file;
  try {
    file = toml::parse(text, place);
  } catch (const toml::parse_error& error) {
    return data_error(fmt::format("{}: line {}: {}", place, error.source().begin.line, error.description()));
  }
  ERRATA_TRY(check_file(place, program, file, root));
  const auto own = program.group.empty() ? file[verb.get_name()] : file[program.group][verb.get_name()];
  for (const auto* keys : {own.as_table(), file[kLogTable].as_table()}) {
    if (keys == nullptr) continue;
    for (const auto& [key, node] : *keys) {
      auto* option = verb.get_option_no_throw("--" + std::string(key.str()));
      if (option != nullptr && option->count() == 0) ERRATA_TRY(set_flag(place, std::string(key.str()), node, *option));
    }
  }
  return {};
}

}  // namespace errata::cli
