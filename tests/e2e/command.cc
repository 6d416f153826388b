#include "e2e/command.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "errata/base/test_folder.h"

namespace errata::e2e {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& place) {
  std::ifstream file(place, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// An argument as the shell takes it word for word.
std::string quoted(const std::string& argument) {
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "errata-e2e-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  return name;
}

}  // namespace

Workplace::Workplace() : folder_(new_folder()), said_(new_folder()) {}

Workplace::~Workplace() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  fs::remove_all(said_, ignored);
}

Outcome Workplace::shell(const std::string& line) const {
  const auto out = said_ / "out", err = said_ / "err";
  const auto command = "cd " + quoted(folder_.string()) +
                       " && ERRATA=" + quoted((program_folder() / "errata").string()) + " && { " + line + "\n} >" +
                       quoted(out.string()) + " 2>" + quoted(err.string());
  const int status = std::system(command.c_str());
  return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = content_of(out),
          .err = content_of(err)};
}

Outcome Workplace::run(const std::vector<std::string>& arguments, const std::string& out) const {
  std::string line = "\"$ERRATA\"";
  for (const auto& argument : arguments) line += " " + quoted(argument);
  if (!out.empty()) line += " >" + quoted(out);
  return shell(line);
}

void Workplace::write(const std::string& name, const std::string& content) const {
  std::ofstream(folder_ / name, std::ios::binary) << content;
}

std::string Workplace::read(const std::string& name) const { return content_of(folder_ / name); }

std::string Workplace::path(const std::string& name) const { return (folder_ / name).string(); }

std::vector<std::string> Workplace::names() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder_))
    names.push_back(fs::relative(entry.path(), folder_).string());
  std::ranges::sort(names);
  return names;
}

std::size_t longest_line(const std::string& text) {
  std::size_t width = 0, longest = 0;
  for (const char c : text) {
    width = c == '\n' ? 0 : width + ((c & 0xC0) != 0x80);
    longest = std::max(longest, width);
  }
  return longest;
}

std::optional<std::string> shared_data(const std::string& name) {
  const std::string found = real_data(name);
  return found.empty() ? std::nullopt : std::optional(found);
}

}  // namespace errata::e2e
