#include "verbs.h"

#include <algorithm>

namespace errata::cli {

const GroupEntry* find_group(std::string_view name) {
  const auto* found = std::ranges::find(kGroups, name, &GroupEntry::name);
  return found == kGroups.end() ? nullptr : found;
}

const VerbEntry* find_verb(std::string_view group, std::string_view name) {
  const auto* found =
      std::ranges::find_if(kVerbs, [&](const VerbEntry& verb) { return verb.group == group && verb.name == name; });
  return found == kVerbs.end() ? nullptr : found;
}

Executable program_of(std::string_view first_word) {
  const bool group = !first_word.empty() && find_group(first_word) != nullptr;
  const auto* found = std::ranges::find_if(
      kVerbs, [&](const VerbEntry& verb) { return group ? verb.group == first_word : verb.name == first_word; });
  return found == kVerbs.end() || (!group && !found->group.empty()) ? Executable::errata : found->program;
}

}  // namespace errata::cli
