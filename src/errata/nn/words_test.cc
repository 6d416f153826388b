#include "errata/nn/words.h"

#include <gtest/gtest.h>

namespace errata::nn {
namespace {

TEST(ShortWords, KeepTheFirstLineOfLibtorch) {
  EXPECT_EQ(
      short_words("mat1 and mat2 shapes cannot be multiplied (1x2 and 3x4)\nException raised from meta at x.cpp:1"),
      "mat1 and mat2 shapes cannot be multiplied (1x2 and 3x4)");
  EXPECT_EQ(short_words("\n  first\nsecond"), "first");
}

TEST(ShortWords, KeepTheWordsOfAProgram) {
  EXPECT_EQ(
      short_words("The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript (most "
                  "recent call last):\n  File \"a.py\", line 3\n    raise ValueError(\"no\")\n"
                  "RuntimeError: images must be square\n"),
      "images must be square");
}

TEST(ShortWords, NameTheDeviceThatIsMissing) {
  EXPECT_EQ(short_words("The following operation failed in the TorchScript interpreter.\nRuntimeError: Could not run "
                        "'aten::empty_strided' with arguments from the 'CUDA' backend. This could be because …\n\n"
                        "CPU: registered at x.cpp:1\nPythonDispatcher: registered at y.cpp:144 [backend fallback]"),
            "Could not run 'aten::empty_strided' with arguments from the 'CUDA' backend");
}

TEST(ShortWords, AreNeverEmptyAndNeverLong) {
  EXPECT_EQ(short_words(""), "no reason given");
  EXPECT_EQ(short_words("\n \n"), "no reason given");
  EXPECT_EQ(short_words(std::string(10'000, 'x')).size(), 300);
}

}  // namespace
}  // namespace errata::nn
