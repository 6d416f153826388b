#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "errata/base/error.h"

namespace errata::arrays {

/// The bytes of a file, mapped into memory and read from the disk as they are asked for, or a text in their place.
/// Copies share the bytes. Whoever cuts a file off while it is mapped ends the process that reads behind its new end:
/// files are replaced (AtomicFile) and not written over.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(std::string content);
  /// @return data error naming the file: it is not there, no regular file, or may not be read
  [[nodiscard]] static Result<MappedFile> open(const std::filesystem::path& place);

  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view bytes_;
};

}  // namespace errata::arrays
