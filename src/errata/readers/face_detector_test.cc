#include "errata/readers/face_detector.h"

#include <gmock/gmock.h>

#include <cmath>

#include "errata/base/test_folder.h"
#include "errata/readers/test_drawings.h"

namespace errata::readers {
namespace {

TEST(FacesOfGrid, ARowIsMeasuredFromTheMiddleOfItsCell) {
  // Two cells a side, 128 pixels each, one anchor: the last cell's middle is at (192, 192).
  std::vector<float> logits(4, -9), rows(4 * 16, 0);
  logits[3] = std::log(3.0F);  // .75
  float* const row = &rows[3 * 16];
  row[0] = -2, row[1] = 4, row[2] = 40, row[3] = 60, row[4] = -10, row[5] = -20;
  const auto faces = faces_of_grid(logits, rows, 2, 1, 0.6);
  ASSERT_EQ(faces.size(), 1);
  EXPECT_NEAR(faces[0].score, 0.75, 1e-6);
  EXPECT_EQ(faces[0].left, 170);
  EXPECT_EQ(faces[0].right, 210);
  EXPECT_EQ(faces[0].top, 166);
  EXPECT_EQ(faces[0].bottom, 226);
  EXPECT_EQ(faces[0].points[0], (Corner{182, 172}));
  EXPECT_TRUE(faces_of_grid(logits, rows, 2, 1, 0.76).empty());
  row[7] = std::nanf("");
  EXPECT_TRUE(faces_of_grid(logits, rows, 2, 1, 0.6).empty());
}

TEST(MergedFaces, OverlappingOnesBecomeTheirWeightedMean) {
  const std::vector<Face> faces{{.left = 0, .top = 0, .right = 10, .bottom = 10, .score = 0.6},
                                {.left = 2, .top = 0, .right = 12, .bottom = 10, .score = 0.9},
                                {.left = 50, .top = 50, .right = 60, .bottom = 60, .score = 0.7}};
  const auto merged = merged_faces(faces, 0.3);
  ASSERT_EQ(merged.size(), 2);
  EXPECT_EQ(merged[0].score, 0.9);
  EXPECT_NEAR(merged[0].left, 2 * .9 / 1.5, 1e-5);
  EXPECT_NEAR(merged[0].right, (10 * .6 + 12 * .9) / 1.5, 1e-5);
  EXPECT_EQ(merged[1].score, 0.7);
  EXPECT_EQ(merged_faces(faces, 0.7).size(), 3);  // 80 of 120 in common: .667
}

class FaceDetectorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { detector = new FaceDetector(FaceDetector::open().value()); }
  static void TearDownTestSuite() { delete detector; }
  static inline const FaceDetector* detector = nullptr;
};

TEST_F(FaceDetectorTest, ADrawnFaceIsFoundWhereItStands) {
  for (const auto& [x, y] : {std::pair(200, 160), std::pair(420, 400)}) {
    const auto faces = detector->find(draw_face(600, x, y, 1.5)).value();
    ASSERT_EQ(faces.size(), 1) << x;
    EXPECT_GT(faces[0].score, 0.7);
    EXPECT_NEAR((faces[0].left + faces[0].right) / 2, x, 25);
    EXPECT_NEAR((faces[0].top + faces[0].bottom) / 2, y, 45);
    EXPECT_LT(faces[0].points[0].x, faces[0].points[1].x);
    EXPECT_GT(faces[0].points[3].y, faces[0].points[0].y);  // the mouth is below the eyes
  }
}

TEST_F(FaceDetectorTest, AWallHasNone) {
  const image::Picture wall = light_page(300, 500);
  EXPECT_TRUE(detector->find(wall).value().empty());
  const image::Picture pixel{.height = 1, .width = 1, .channels = 1, .bytes = {9}};
  EXPECT_TRUE(detector->find(pixel).value().empty());
}

TEST_F(FaceDetectorTest, OptionsOutsideTheirRangesAreRefused) {
  for (const FaceDetectionOptions& options :
       {FaceDetectionOptions{.score = 0}, FaceDetectionOptions{.score = std::nan("")},
        FaceDetectionOptions{.overlap = 0}}) {
    const auto faces = detector->find(light_page(10, 10), options);
    ASSERT_FALSE(faces);
    EXPECT_EQ(faces.error().code, ErrorCode::invalid_argument);
  }
}

TEST_F(FaceDetectorTest, FacesOfPhotographsAreFound) {
  const auto folder = real_data_folder("images/people_dog_couch_001150.jpg");
  if (folder.empty()) GTEST_SKIP() << "the real pictures are not there (ERRATA_DATA)";
  const auto find = [&](const char* name) {
    return detector->find(image::read_picture(folder / "images" / name).value()).value();
  };
  const auto couch = find("people_dog_couch_001150.jpg");
  ASSERT_EQ(couch.size(), 1);
  EXPECT_GT(couch[0].score, 0.8);
  EXPECT_TRUE(couch[0].quad().contains({326, 45}));
  EXPECT_EQ(find("person_dog.jpg").size(), 1);
  EXPECT_EQ(find("person_camera_gray.png").size(), 1);
  EXPECT_TRUE(find("room_bedroom_0.jpg").empty());
}

}  // namespace
}  // namespace errata::readers
