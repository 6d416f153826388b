#include "errata/checklist/real.h"

#include <gtest/gtest.h>

namespace errata::checklist {
namespace {

TEST(RealPictures, TheBeginningOfTheNameSaysWhatItIs) {
  EXPECT_EQ(kind_of_name("abstract_udnie.jpg"), RealKind::empty);
  EXPECT_EQ(kind_of_name("texture-brick.png"), RealKind::empty);
  EXPECT_EQ(kind_of_name("xray.png"), RealKind::foreign);
  EXPECT_EQ(kind_of_name("microscopy_cell_gray.png"), RealKind::foreign);
  EXPECT_EQ(kind_of_name("person_dog.jpg"), RealKind::photo);
  EXPECT_EQ(kind_of_name("textured_wall.jpg"), RealKind::photo);
  EXPECT_EQ(kind_of_name(""), RealKind::photo);
  EXPECT_EQ(name_of(RealKind::empty), "real void");
}

}  // namespace
}  // namespace errata::checklist
