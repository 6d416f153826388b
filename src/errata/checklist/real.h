#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/image/picture.h"

// Pictures and videos that nobody drew: no labels, but some things are true of them all the same.
namespace errata::checklist {

/// What a real picture is, as far as its file's name tells.
enum class RealKind : std::uint8_t {
  photo,    ///< something is on it
  empty,    ///< a painting or a texture without a subject
  foreign,  ///< of another machine than a camera
};
/// "real photo", "real void", "real foreign"
[[nodiscard]] std::string_view name_of(RealKind kind);
inline constexpr std::string_view kRealVideo = "real video";

/// By what stands before the first '_', '-' or '.' of the name: "abstract", "texture": empty; "xray", "ultrasound",
/// "thermal", "microscopy": foreign; anything else: photo.
[[nodiscard]] RealKind kind_of_name(std::string_view file);

/// Pictures are opened when they are needed, one or a few at a time.
struct RealPicture {
  std::string file;  ///< its name, without the folder
  std::function<Result<image::Picture>()> open;
  [[nodiscard]] RealKind kind() const { return kind_of_name(file); }
};

/// A video without a cut.
struct RealVideo {
  std::string file;
  std::function<Result<std::vector<image::Picture>>()> open;  ///< some of its frames that follow each other, >= 2
};

/// What a user has.
struct RealMaterial {
  std::string folder;
  std::vector<RealPicture> pictures{};
  std::vector<RealVideo> videos{};
  std::vector<std::string> left_out{};  ///< files that cannot be used, with the reason
};

/// Each real picture is asked for the subject that a person would look for, whether it is there or not.
inline constexpr std::string_view kRealQuery = "where is the dog";

}  // namespace errata::checklist
