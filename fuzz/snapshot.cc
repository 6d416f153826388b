// Snapshots of a monitor; head and checksum are made to fit, so that changes get past them. Behind a first byte of 0
// the input is the content. Behind another it is changes to the content of a fitted monitor, which is too large to
// change at random: three bytes of place and eight that are put there, again and again. A monitor that can be restored
// decides, learns, and saves what is the same when it is restored.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "monitor_content.h"

namespace {

std::string changed(std::string_view changes) {
  static const std::string fitted = errata::fuzz::monitor_content(60);
  std::string content = fitted;
  for (; changes.size() >= 11; changes.remove_prefix(11)) {
    std::size_t place = 0;
    for (std::size_t i = 0; i < 3; ++i) place = place << 8 | static_cast<unsigned char>(changes[i]);
    std::ranges::copy(changes.substr(3, 8),
                      content.begin() + static_cast<std::ptrdiff_t>(place % (content.size() - 8)));
  }
  return content;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  (void)monitor::Monitor::restore(rest, fuzz::schema());
  const std::string sealed =
      monitor::seal(monitor::SnapshotKind::monitor, fuzz::schema(), data[0] == 0 ? std::string(rest) : changed(rest));
  auto restored = monitor::Monitor::restore(sealed, fuzz::schema());
  if (!restored) return 0;
  const std::int64_t begin = restored->view()->time;
  if (begin < INT64_MAX - 1000) fuzz::see_cases(*restored, 40, begin);
  // Weights that grow beyond all bounds are refused then; what is not refused goes on.
  const std::string saved = restored->snapshot();
  const auto again = monitor::Monitor::restore(saved, fuzz::schema());
  ERRATA_CHECK(!again || again->snapshot() == saved);
  return 0;
}
