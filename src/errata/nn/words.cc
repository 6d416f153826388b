#include "errata/nn/words.h"

#include <algorithm>

namespace errata::nn {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

}  // namespace

std::string short_words(std::string_view what) {
  constexpr std::size_t kLongest = 300;
  const bool of_program = what.contains("TorchScript interpreter");
  what = trimmed(what.substr(0, what.find("\nException raised from")));
  std::string_view line;
  constexpr std::string_view kWrongDevice = "Could not run '";
  if (const auto at = what.find(kWrongDevice); at != std::string_view::npos) {
    line = what.substr(at);  // what follows is a list of all devices
    line = trimmed(line.substr(0, std::min(line.find(". "), line.find('\n'))));
  } else if (of_program) {
    line = trimmed(what.substr(what.rfind('\n') + 1));
    for (const std::string_view start : {"RuntimeError: ", "torch.jit.Error: "})
      if (line.starts_with(start)) line.remove_prefix(start.size());
  } else {
    line = trimmed(what.substr(0, what.find('\n')));
  }
  std::string words(line.substr(0, kLongest));
  return words.empty() ? "no reason given" : words;
}

}  // namespace errata::nn
