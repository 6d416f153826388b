#include <gtest/gtest.h>

#include <cstdlib>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/nn/archive.h"
#include "errata/nn/image_model.h"

/// What passes between Errata and Python's torch, where that is installed (Debian: python3-torch).
namespace errata::nn {
namespace {

bool python(const TestFolder& folder, const std::string& program) {
  EXPECT_TRUE(write_file(folder / "program.py", program));
  return std::system(("cd '" + (folder / ".").string() + "' && /usr/bin/python3 program.py").c_str()) == 0;
}

TEST(Python, LoadsWhatErrataWritesAndTheOtherWayRound) {
  const TestFolder folder;
  if (!python(folder, "import importlib.util, sys\nsys.exit(importlib.util.find_spec('torch') is None)\n"))
    GTEST_SKIP() << "python3-torch is not installed";
  ASSERT_TRUE(write_archive(folder / "own.pt",
                            {.kind = "errata.test", .tensors = {{.name = "a.b", .shape = {2}, .values = {3, 4}}}},
                            "def forward(self, x: Tensor) -> Tensor:\n    return x * self.a_b"));
  ASSERT_TRUE(python(folder, R"(
import torch
own = torch.jit.load('own.pt')
own.eval()
assert own(torch.tensor([1.0, 2.0])).tolist() == [3, 8] and own.a_b.tolist() == [3, 4]
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(inplace=True), torch.nn.Dropout(), torch.nn.Flatten(), torch.nn.Linear(8, 3))
with torch.no_grad():
    net[0].weight.fill_(-1); net[0].bias.zero_()
torch.jit.script(net).save('script.pt')
torch.jit.trace(net.eval(), torch.ones(1, 1, 4, 4)).save('trace.pt')
)"));
  for (const auto* const name : {"script.pt", "trace.pt"}) {
    auto model = ImageModel::open(folder / name, {}, false).value();
    EXPECT_EQ(model.layers(), (std::vector<std::string>{"0", "1", "2", "3", "4"}));
    const std::vector<float> x(16, 1.0F);
    const auto seen = model.run(MatrixView<const float>(x, 1, 16), {.channels = 1, .height = 4, .width = 4},
                                std::vector<CaptureLayer>{{.layer = "0"}, {.layer = "1"}, {.layer = "4"}});
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ(seen->widths, (std::vector<std::size_t>{2, 2, 3}));
    EXPECT_EQ(std::vector(seen->latents.begin(), seen->latents.begin() + 4), (std::vector<float>{-9, -9, 0, 0}));
    EXPECT_EQ(std::vector(seen->latents.begin() + 4, seen->latents.end()), seen->logits);
  }
}

}  // namespace
}  // namespace errata::nn
