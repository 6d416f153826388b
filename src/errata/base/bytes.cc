#include "errata/base/bytes.h"

#include <fmt/format.h>

namespace errata {

std::string ByteReader::read_text() {
  std::vector<char> text;
  read_into(text);
  return {text.begin(), text.end()};
}

Result<void> ByteReader::finish(std::string_view place) const {
  if (truncated_) return data_error(fmt::format("{} ends too early: it was cut off or is damaged", place));
  if (!rest_.empty())
    return data_error(fmt::format("{} has {} bytes more than it should: it is damaged", place, rest_.size()));
  return {};
}

}  // namespace errata
