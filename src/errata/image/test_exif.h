#pragma once

#include <string>

namespace errata::image {

/// An EXIF block, a TIFF file of one directory, that says how a picture is turned.
/// @param number  of the orientation  @param highest_first  order of its bytes
inline std::string exif_of(int number, bool highest_first = true) {
  const auto bytes = [&](int value, int size) {
    std::string made;
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (highest_first ? size - 1 - i : i);
      made.push_back(static_cast<char>(shift < 32 ? value >> shift : 0));
    }
    return made;
  };
  const auto entry = [&](int tag, const std::string& value) {
    return bytes(tag, 2) + bytes(3, 2) + bytes(1, 4) + value;
  };
  return (highest_first ? "MM" : "II") + bytes(42, 2) + bytes(8, 4) + bytes(2, 2) +
         entry(258, bytes(8, 2) + bytes(0, 2)) +  // bits a sample, which is not asked for
         entry(274, bytes(number, 2) + bytes(0, 2)) + bytes(0, 4);
}

/// A JPEG file with an EXIF segment behind its first two bytes.
inline std::string with_exif(const std::string& file, const std::string& exif) {
  const std::string content = std::string("Exif\0\0", 6) + exif;
  const std::size_t length = content.size() + 2;
  return file.substr(0, 2) + "\xff\xe1" + static_cast<char>(length >> 8U) + static_cast<char>(length & 0xFFU) +
         content + file.substr(2);
}

}  // namespace errata::image
