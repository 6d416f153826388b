#include "errata/image/orientation.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "errata/image/test_exif.h"

namespace errata::image {
namespace {

using testing::ElementsAre;

const std::string kEmptyJpeg = "\xff\xd8\xff\xd9";

TEST(OrientationOf, ReadsEitherOrderOfBytes) {
  for (int number = 1; number <= 8; ++number)
    for (const bool highest_first : {true, false})
      EXPECT_EQ(orientation_of(with_exif(kEmptyJpeg, exif_of(number, highest_first))),
                static_cast<Orientation>(number));
}

TEST(OrientationOf, PassesOtherSegments) {
  const std::string comment = "\xff\xfe" + std::string("\0\4", 2) + "ab";
  const std::string file = with_exif(kEmptyJpeg, exif_of(6));
  EXPECT_EQ(orientation_of("\xff\xd8" + comment + "\xff" + file.substr(2)), Orientation::turned_right);
  EXPECT_EQ(orientation_of("\xff\xd8\xff\xda" + file.substr(2)), Orientation::upright) << "pixels begin before it";
}

TEST(OrientationOf, IsUprightWhereNothingOrNonsenseIsSaid) {
  const std::string file = with_exif(kEmptyJpeg, exif_of(6));
  EXPECT_EQ(orientation_of(kEmptyJpeg), Orientation::upright);
  EXPECT_EQ(orientation_of(""), Orientation::upright);
  EXPECT_EQ(orientation_of("GIF89a"), Orientation::upright);
  for (const int number : {0, 9, 256})
    EXPECT_EQ(orientation_of(with_exif(kEmptyJpeg, exif_of(number))), Orientation::upright);
  std::string far = exif_of(6);
  far[4] = '\x7f';  // a directory far beyond the end
  EXPECT_EQ(orientation_of(with_exif(kEmptyJpeg, far)), Orientation::upright);
  std::string many = exif_of(6);
  many[8] = '\x7f';  // more entries than there are bytes, the one that is asked for among them
  EXPECT_EQ(orientation_of(with_exif(kEmptyJpeg, many)), Orientation::turned_right);
  for (std::size_t size = 0; size + 14 < file.size(); ++size)
    EXPECT_EQ(orientation_of(file.substr(0, size)), Orientation::upright) << size;
}

TEST(Shown, TurnsAsCamerasMeanIt) {
  const Picture stored{.height = 2, .width = 3, .channels = 1, .bytes = {1, 2, 3, 4, 5, 6}};
  const auto bytes = [&](Orientation orientation) { return shown(stored, orientation).bytes; };
  EXPECT_THAT(bytes(Orientation::upright), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(bytes(Orientation::mirrored), ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_THAT(bytes(Orientation::upside_down), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(bytes(Orientation::flipped), ElementsAre(4, 5, 6, 1, 2, 3));
  EXPECT_THAT(bytes(Orientation::transposed), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(bytes(Orientation::turned_right), ElementsAre(4, 1, 5, 2, 6, 3));
  EXPECT_THAT(bytes(Orientation::anti_transposed), ElementsAre(6, 3, 5, 2, 4, 1));
  EXPECT_THAT(bytes(Orientation::turned_left), ElementsAre(3, 6, 2, 5, 1, 4));
  EXPECT_EQ(shown(stored, Orientation::turned_left).height, 3);
  const Picture coloured{.height = 1, .width = 2, .channels = 3, .bytes = {1, 2, 3, 4, 5, 6}};
  EXPECT_THAT(shown(coloured, Orientation::mirrored).bytes, ElementsAre(4, 5, 6, 1, 2, 3));
}

RC_GTEST_PROP(OrientationOf, TakesAnyBytes, (const std::string& bytes, bool segment)) {
  const auto said = orientation_of((segment ? with_exif(kEmptyJpeg, bytes.substr(0, 999)) : bytes));
  RC_ASSERT(static_cast<int>(said) >= 1 && static_cast<int>(said) <= 8);
}

}  // namespace
}  // namespace errata::image
