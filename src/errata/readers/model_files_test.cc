#include "errata/readers/model_files.h"

#include <gmock/gmock.h>

#include "errata/base/test_folder.h"
#include "errata/readers/text_detector.h"
#include "errata/readers/text_reader.h"

namespace errata::readers {
namespace {

TEST(ModelFiles, LieBesideTheProgramsFolderOrInIt) {
  const TestFolder files;
  const std::string beside = files.file("share/errata/models/face_detector.onnx", "model");
  EXPECT_EQ(find_model(ModelFile::face_detector, files / "bin"), beside);
  EXPECT_EQ(find_model(ModelFile::face_detector, files.path()), beside);
}

TEST(ModelFiles, OneThatIsNotThereSaysWhatBringsIt) {
  const TestFolder files;
  const auto found = find_model(ModelFile::text_reader, files / "bin");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::unavailable);
  EXPECT_THAT(found.error().message, testing::HasSubstr("share/errata/models/text_reader.onnx"));
  EXPECT_THAT(found.error().message, testing::HasSubstr("`make build`"));
}

TEST(ModelFiles, ABuildHasThemAll) {
  for (const auto model :
       {ModelFile::text_detector, ModelFile::text_reader, ModelFile::text_reader_characters, ModelFile::face_detector})
    EXPECT_TRUE(find_model(model)) << find_model(model).error().message;
}

TEST(ModelFiles, AModelOfAnotherInterfaceIsRefusedByName) {
  const auto place = source_folder() / "fuzz/corpus/onnx/plain.onnx";  // [n, 4] -> [n, 4]
  const auto detector = TextDetector::open(place);
  ASSERT_TRUE(detector) << detector.error().message;
  const image::Picture picture{.height = 4, .width = 4, .channels = 1, .bytes = std::vector<std::uint8_t>(16)};
  const auto found = detector->find(picture);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::data);
  EXPECT_THAT(found.error().message, testing::HasSubstr("plain.onnx"));

  const TestFolder files;
  const auto no_model = TextReader::open(files.file("words.onnx", "no model"), files.file("keys.txt", "a\nb\n"));
  ASSERT_FALSE(no_model);
  EXPECT_THAT(no_model.error().message, testing::HasSubstr("words.onnx"));
}

TEST(ModelFiles, CharactersOfAnotherReaderAreRefused) {
  const TestFolder files;
  const auto reader = TextReader::open(find_model(ModelFile::text_reader).value(), files.file("keys.txt", "a\nb\n"));
  ASSERT_TRUE(reader) << reader.error().message;
  const image::Picture picture{.height = 8, .width = 8, .channels = 1, .bytes = std::vector<std::uint8_t>(64)};
  const std::vector<Quad> lines{{.corners = {Corner{0, 0}, Corner{8, 0}, Corner{8, 8}, Corner{0, 8}}}};
  const auto read = reader->read(picture, lines, ThreadPool(1));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, testing::HasSubstr("these 2 characters"));
}

}  // namespace
}  // namespace errata::readers
