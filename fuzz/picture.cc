// PNG and JPEG files, and what EXIF says in them of how they are turned.
#include <algorithm>
#include <cstdint>
#include <string>

#include "errata/image/orientation.h"
#include "errata/image/picture.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  const std::string content(reinterpret_cast<const char*>(data), size);
  const auto said = static_cast<int>(image::orientation_of(content));
  ERRATA_CHECK(said >= 1 && said <= 8);
  auto stored = image::parse_picture(content, "picture", {.as_shown = false});
  auto shown = image::parse_picture(content, "picture");
  ERRATA_CHECK(stored.has_value() == shown.has_value());
  if (!stored) return 0;
  ERRATA_CHECK(shown->bytes.size() == shown->height * shown->width * shown->channels);
  ERRATA_CHECK(shown->height * shown->width == stored->height * stored->width);
  std::ranges::sort(stored->bytes);
  std::ranges::sort(shown->bytes);
  ERRATA_CHECK(stored->bytes == shown->bytes);
  return 0;
}
