#include "errata/engine_nn/audit_arrays.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errata/arrays/npy.h"
#include "errata/base/test_folder.h"

namespace errata::engine_nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename T>
std::string npy(const std::vector<T>& values, std::vector<std::size_t> shape) {
  return arrays::npy_content(arrays::npy_array(std::span<const T>(values), std::move(shape)));
}

Result<AuditLog> read(const TestFolder& files, const std::string& latents, const std::vector<std::int64_t>& labels) {
  const std::vector<std::int64_t> predictions(labels.size(), 3);
  return read_arrays({.paths = {files.file("latents.npy", latents),
                                files.file("predictions.npy", npy(predictions, {predictions.size()})),
                                files.file("labels.npy", npy(labels, {labels.size()}))}},
                     {});
}

TEST(AuditArrays, ClassesAreTheNumbersThatOccur) {
  const TestFolder files;
  const auto log = read(files, npy(std::vector<float>{1, 2, 3}, {3, 1}), {3, 999'999, 7});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_THAT(log->cases.classes, ElementsAre("3", "7", "999999"));
  EXPECT_THAT(log->cases.predicted, ElementsAre(0, 0, 0));
  EXPECT_THAT(log->cases.labels, ElementsAre(0, 2, 1));
  EXPECT_THAT(log->cases.failed, ElementsAre(0, 1, 1));
}

TEST(AuditArrays, FailuresAreEnoughWithoutLabelsAndPredictions) {
  const TestFolder files;
  const auto log = read_arrays({.paths = {files.file("latents.npy", npy(std::vector<float>{1, 2, 3}, {3, 1})),
                                          files.file("failed.npy", npy(std::vector<std::int64_t>{0, 1, 0}, {3}))}},
                               {});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_THAT(log->cases.failed, ElementsAre(0, 1, 0));
  EXPECT_THAT(log->cases.predicted, testing::IsEmpty());
}

TEST(AuditArrays, RefusesArraysThatHoldNothing) {
  const TestFolder files;
  for (const std::vector<std::size_t>& shape : {std::vector<std::size_t>{1'000'000'000'000'000, 0}, {0, 4}, {0, 0}}) {
    const auto log = read(files, npy(std::vector<float>{}, shape), {3, 4});
    ASSERT_FALSE(log);
    EXPECT_THAT(log.error().message, HasSubstr("latents.npy: array latents holds nothing: its shape is ["));
  }
  EXPECT_THAT(read(files, npy(std::vector<float>{1}, {1, 1}), {}).error().message, HasSubstr("holds nothing"));
}

}  // namespace
}  // namespace errata::engine_nn
