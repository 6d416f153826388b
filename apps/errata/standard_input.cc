#include "standard_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "errata/base/temporary_folder.h"

namespace errata::cli {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 16;

}  // namespace

Result<void> StandardInput::take_place_of_dash(std::vector<std::string>& paths, const Cancellation& stop) {
  const auto dash = std::ranges::find(paths, "-");
  if (dash == paths.end()) return {};
  if (std::ranges::count(paths, "-") > 1) return invalid_argument("standard input (-) is named twice");
  ERRATA_ASSIGN(folder_, make_temporary_folder("input"));
  std::string piece(kPiece, '\0');
  std::size_t taken = std::fread(piece.data(), 1, piece.size(), stdin), all = taken;
  throw_if_requested(&stop);
  if (taken == 0) return data_error("standard input is empty");
  const std::size_t first = piece.find_first_not_of(" \t\r\n");
  const bool json = first < taken && piece[first] == '{';
  copy_ = UnfinishedFile(folder_.path() / (json ? "standard-input.jsonl" : "standard-input.csv"));
  const auto& place = copy_.path();
  std::ofstream file(place, std::ios::binary);
  for (; taken > 0; all += taken = std::fread(piece.data(), 1, piece.size(), stdin)) {
    throw_if_requested(&stop);
    if (all > kMost)
      return data_error(fmt::format("standard input has more than {} bytes; write the log to a file first", kMost));
    if (!file.write(piece.data(), static_cast<std::streamsize>(taken)))
      return output_error(fmt::format("{}: cannot be written", place.string()));
  }
  throw_if_requested(&stop);  // which ends a read as the end of the input does
  file.close();
  if (!file) return output_error(fmt::format("{}: cannot be written", place.string()));
  *dash = place.string();
  return {};
}

std::string StandardInput::in_words(std::string text) const {
  const std::string place = copy_.path().string();
  for (std::size_t at = 0; !place.empty() && (at = text.find(place, at)) != std::string::npos;)
    text.replace(at, place.size(), "standard input");
  return text;
}

}  // namespace errata::cli
