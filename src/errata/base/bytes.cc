#include "errata/base/bytes.h"

#include <fmt/format.h>

namespace errata {

void ByteWriter::write(const std::vector<std::string>& texts) {
  write(static_cast<std::uint64_t>(texts.size()));
  for (const std::string& text : texts) write(text);
}

std::string ByteReader::read_text() {
  std::vector<char> text;
  read_into(text);
  return {text.begin(), text.end()};
}

std::vector<std::string> ByteReader::read_texts() {
  std::vector<std::string> texts;
  const auto count = read<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && !truncated_; ++i) texts.push_back(read_text());
  return texts;
}

Result<void> ByteReader::finish(std::string_view place) const {
  if (truncated_) return data_error(fmt::format("{} ends too early: it was cut off or is damaged", place));
  if (!rest_.empty())
    return data_error(fmt::format("{} has {} bytes more than it should: it is damaged", place, rest_.size()));
  return {};
}

}  // namespace errata
