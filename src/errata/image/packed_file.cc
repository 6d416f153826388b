#include "errata/image/packed_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

namespace errata::image {

void PackedFile::Close::operator()(gzFile_s* file) const { gzclose(file); }

Result<PackedFile> PackedFile::open(const std::filesystem::path& place) {
  std::error_code error;
  if (std::filesystem::is_directory(place, error))
    return data_error(fmt::format("{}: is a directory, not a file", place.string()));
  errno = 0;
  gzFile_s* const file = gzopen(place.c_str(), "rb");
  if (file == nullptr)
    return data_error(fmt::format("{}: cannot be read: {}", place.string(),
                                  std::generic_category().message(errno == 0 ? ENOMEM : errno)));
  return PackedFile(place, file);
}

Result<void> PackedFile::read_until(std::size_t size, std::string& content) {
  std::vector<char> block(std::size_t{1} << 20);
  while (content.size() < size) {
    const int got =
        gzread(file_.get(), block.data(), static_cast<unsigned>(std::min(block.size(), size - content.size())));
    int code = Z_OK;
    const char* why = gzerror(file_.get(), &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
      return data_error(
          fmt::format("{}: cannot be unpacked: {}", place_.string(), code == Z_BUF_ERROR ? "it is truncated" : why));
    if (got == 0) break;
    content.append(block.data(), static_cast<std::size_t>(got));
  }
  return {};
}

std::filesystem::path packed_or_not(const std::filesystem::path& folder, const std::string& name) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"})
    if (std::filesystem::path place = folder / (name + ending); std::filesystem::exists(place, ignored)) return place;
  return {};
}

}  // namespace errata::image
