#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "errata/image/glyphs.h"

namespace errata::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFonts = 48;
// Families whose digits are digits; symbol and ornament fonts put other pictures in their place.
constexpr std::array<std::string_view, 12> kFamilies{"DejaVuSans", "DejaVuSerif", "Liberation", "FreeSans",
                                                     "FreeSerif",  "FreeMono",    "NotoSans-",  "NotoSerif-",
                                                     "NotoMono",   "Lato-",       "OpenSans-",  "Roboto-"};
constexpr std::array<FT_Pos, 2> kEmboldened{0, FT_Pos{4} * 64};  // 64ths of a pixel at kGlyphHeight

using Library = std::unique_ptr<std::remove_pointer_t<FT_Library>, decltype(&FT_Done_FreeType)>;
using Face = std::unique_ptr<std::remove_pointer_t<FT_Face>, decltype(&FT_Done_Face)>;

/// By path, so that the order does not hang on the file system.
std::set<fs::path> font_files(std::span<const fs::path> folders) {
  std::set<fs::path> files;
  for (const fs::path& folder : folders) {
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      const fs::path& file = at->path();
      const std::string name = file.stem().string(), extension = file.extension().string();
      const bool known =
          std::ranges::any_of(kFamilies, [&](std::string_view family) { return name.starts_with(family); });
      if (known && (extension == ".ttf" || extension == ".otf")) files.insert(file);
    }
  }
  return files;
}

Glyph draw(FT_Face face, char character, FT_Pos bolder) {
  if (FT_Get_Char_Index(face, static_cast<FT_ULong>(character)) == 0) return {};
  if (FT_Load_Char(face, static_cast<FT_ULong>(character), FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) != 0) return {};
  if (face->glyph->format != FT_GLYPH_FORMAT_OUTLINE) return {};
  if (bolder != 0 && FT_Outline_Embolden(&face->glyph->outline, bolder) != 0) return {};
  if (FT_Render_Glyph(face->glyph, FT_RENDER_MODE_NORMAL) != 0) return {};
  const FT_Bitmap& bitmap = face->glyph->bitmap;
  if (bitmap.pixel_mode != FT_PIXEL_MODE_GRAY || bitmap.pitch < 0) return {};
  const auto pitch = static_cast<std::size_t>(bitmap.pitch);
  std::vector<float> ink;
  for (std::size_t y = 0; y < bitmap.rows; ++y)
    for (std::size_t x = 0; x < bitmap.width; ++x)
      ink.push_back(static_cast<float>(bitmap.buffer[y * pitch + x]) / 255.0F);
  return crop_to_ink(ink, bitmap.rows, bitmap.width);
}

std::optional<DigitFace> draw_digits(FT_Face face, std::string name, FT_Pos bolder) {
  DigitFace drawn{.font = std::move(name), .digits{}};
  for (std::size_t d = 0; d < 10; ++d) {
    drawn.digits[d] = draw(face, static_cast<char>('0' + d), bolder);
    if (drawn.digits[d].ink.empty()) return std::nullopt;
  }
  return drawn;
}

}  // namespace

std::vector<DigitFace> vector_faces(std::span<const fs::path> folders) {
  std::vector<DigitFace> faces;
  FT_Library opened = nullptr;
  if (FT_Init_FreeType(&opened) != 0) return faces;
  const Library library(opened, FT_Done_FreeType);
  std::size_t fonts = 0;
  for (const fs::path& file : font_files(folders)) {
    if (fonts == kMostFonts) break;
    FT_Face raw = nullptr;
    if (FT_New_Face(library.get(), file.c_str(), 0, &raw) != 0) continue;
    const Face face(raw, FT_Done_Face);
    // A digit is about 0.72 of the size of its font.
    if (FT_Set_Pixel_Sizes(face.get(), 0, static_cast<FT_UInt>(std::lround(kGlyphHeight / 0.72))) != 0) continue;
    const std::size_t before = faces.size();
    for (const FT_Pos bolder : kEmboldened)
      if (auto drawn = draw_digits(face.get(), file.stem().string(), bolder)) faces.push_back(*std::move(drawn));
    if (faces.size() > before) ++fonts;
  }
  return faces;
}

}  // namespace errata::image
