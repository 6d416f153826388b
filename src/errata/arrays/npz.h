#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/arrays/npy.h"
#include "errata/base/cancellation.h"
#include "errata/base/error.h"

namespace errata::arrays {

/// Writes a .npz file, whole or not at all; numpy.load reads it. @return output error naming the place
/// @param cancellation  looked at while the arrays go to the disk; unwinds with Cancelled
///     ERRATA_TRY(write_npz("cache.npz", {{"latents", npy_array<float>(values, {n, d})}}));
[[nodiscard]] Result<void> write_npz(const std::filesystem::path& place,
                                     const std::vector<std::pair<std::string, NpyArray>>& arrays,
                                     const Cancellation* cancellation = nullptr);

/// A .npz file: a zip archive of .npy files. Arrays are read one by one, so that an unused one costs nothing.
class NpzFile {
 public:
  /// @return data error naming the file when it is not there or no whole zip archive
  [[nodiscard]] static Result<NpzFile> open(const std::filesystem::path& file);
  NpzFile(NpzFile&&) noexcept;
  NpzFile& operator=(NpzFile&&) noexcept;
  ~NpzFile();

  /// Names of the arrays, without .npy, in the order of the archive.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] bool has(std::string_view name) const;
  /// @return data error naming file and array: no array of this name, damaged, or what parse_npy refuses
  [[nodiscard]] Result<NpyArray> read(std::string_view name) const;

 private:
  struct Archive;
  NpzFile(std::string place, std::unique_ptr<Archive> archive);
  std::string place_;
  std::unique_ptr<Archive> archive_;
  std::vector<std::string> names_;
};

}  // namespace errata::arrays
