#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "errata/base/error.h"

struct gzFile_s;  // NOLINT(readability-identifier-naming): the name is zlib's

namespace errata::image {

/// A file that is read from its beginning, gzipped or not.
class PackedFile {
 public:
  /// @return data error naming the file: a directory, or not to be read
  [[nodiscard]] static Result<PackedFile> open(const std::filesystem::path& place);
  /// Unpacks on until the content has `size` bytes or the file ends.
  /// @return data error naming the file: truncated, or not to be unpacked
  [[nodiscard]] Result<void> read_until(std::size_t size, std::string& content);

 private:
  struct Close {
    void operator()(gzFile_s* file) const;
  };
  explicit PackedFile(std::filesystem::path place, gzFile_s* file) : place_(std::move(place)), file_(file) {}
  std::filesystem::path place_;
  std::unique_ptr<gzFile_s, Close> file_;
};

/// The file itself or its gzipped form (NAME.gz); empty when neither is there.
[[nodiscard]] std::filesystem::path packed_or_not(const std::filesystem::path& folder, const std::string& name);

}  // namespace errata::image
