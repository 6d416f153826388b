#include "errata/nn/archive.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <fstream>

#include "errata/base/atomic_file.h"
#include "errata/base/bytes.h"
#include "errata/base/checksum.h"
#include "errata/base/test_folder.h"

namespace errata::nn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kArchiveScript = R"(
def forward(self, x: Tensor) -> Tensor:
    return torch.relu(torch.addmm(self.layer0_bias, x, self.layer0_weight.t()))
)";

Archive example() {
  return {.kind = "errata.test",
          .version = 3,
          .description = R"({"features":["a","b"],"note":"}\n\"quoted\""})",
          .tensors = {{.name = "layer0.weight", .shape = {2, 3}, .values = {1, 2, 3, -1, 0, 1}},
                      {.name = "layer0.bias", .shape = {2}, .values = {0.5F, -4}},
                      {.name = "nothing", .shape = {0, 7}, .values = {}},
                      {.name = "single", .shape = {}, .values = {9}}}};
}

/// A zip file as libtorch makes it, with records of our choice.
void write_records(const fs::path& place, const std::vector<std::pair<std::string, std::string>>& records) {
  std::ofstream file(place, std::ios::binary);
  caffe2::serialize::PyTorchStreamWriter writer([&](const void* data, std::size_t size) {
    file.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    return size;
  });
  for (const auto& [name, content] : records) writer.writeRecord(name, content.data(), content.size());
  writer.writeEndOfFile();
}

std::string refusal(const fs::path& place, std::string_view kind = "errata.test", std::uint32_t newest = 3) {
  const auto result = read_archive(place, kind, newest);
  if (result) return "";
  EXPECT_EQ(result.error().code, ErrorCode::data);
  EXPECT_TRUE(result.error().message.starts_with(place.string())) << result.error().message;
  EXPECT_EQ(result.error().message.find('\n'), std::string::npos) << result.error().message;
  return result.error().message.substr(std::min(result.error().message.size(), place.string().size() + 2));
}

TEST(Archive, ReadsWhatItWrote) {
  const TestFolder folder;
  const auto archive = example();
  ASSERT_TRUE(write_archive(folder / "a.pt", archive, kArchiveScript));
  const auto read = read_archive(folder / "a.pt", "errata.test", 3);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->kind, archive.kind);
  EXPECT_EQ(read->version, 3);
  EXPECT_EQ(read->description, archive.description);
  ASSERT_EQ(read->tensors.size(), archive.tensors.size());
  for (std::size_t i = 0; i < read->tensors.size(); ++i) {
    EXPECT_EQ(read->tensors[i].name, archive.tensors[i].name);
    EXPECT_EQ(read->tensors[i].shape, archive.tensors[i].shape);
    EXPECT_EQ(read->tensors[i].values, archive.tensors[i].values);
  }
  EXPECT_EQ(kind_of_archive(folder / "a.pt"), "errata.test");
}

TEST(Archive, IsAProgramThatTorchLoads) {
  const TestFolder folder;
  ASSERT_TRUE(write_archive(folder / "a.pt", example(), kArchiveScript));
  auto module = torch::jit::load((folder / "a.pt").string());
  EXPECT_FALSE(module.is_training());
  const auto y = module.forward({at::tensor({1.0F, 1.0F, 1.0F}).view({1, 3})}).toTensor();
  EXPECT_EQ(y[0][0].item<float>(), 6.5F);
  EXPECT_EQ(y[0][1].item<float>(), 0);
}

TEST(Archive, SameContentSameBytes) {
  const TestFolder folder;
  for (const auto* const name : {"a.pt", "b.pt"}) ASSERT_TRUE(write_archive(folder / name, example(), kArchiveScript));
  EXPECT_EQ(read_file(folder / "a.pt").value(), read_file(folder / "b.pt").value());
}

TEST(Archive, SaysWhatCannotBeWritten) {
  const TestFolder folder;
  const auto bad_script = write_archive(folder / "a.pt", example(), "def forward(self, x): return self.no_such_weight");
  ASSERT_FALSE(bad_script);
  EXPECT_EQ(bad_script.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(bad_script.error().message, testing::HasSubstr("no_such_weight"));
  auto archive = example();
  archive.tensors[0].shape = {2, 2};
  EXPECT_THAT(write_archive(folder / "a.pt", archive, kArchiveScript).error().message,
              testing::HasSubstr("tensor layer0.weight: 6 values do not fill the shape [2, 2]"));
  archive = example();
  archive.kind = "a\"b";
  EXPECT_FALSE(write_archive(folder / "a.pt", archive, kArchiveScript));
  EXPECT_FALSE(fs::exists(folder / "a.pt"));
  EXPECT_EQ(write_archive(folder / "none" / "a.pt", example(), kArchiveScript).error().code, ErrorCode::output);
}

TEST(Archive, RefusesOtherKindsAndNewerVersions) {
  const TestFolder folder;
  ASSERT_TRUE(write_archive(folder / "a.pt", example(), kArchiveScript));
  EXPECT_EQ(refusal(folder / "a.pt", "errata.auditor"), "an archive of kind errata.test, not errata.auditor");
  EXPECT_EQ(refusal(folder / "a.pt", "errata.test", 2), "errata.test of version 3; this Errata reads versions up to 2");
}

TEST(Archive, RefusesProgramsOfOthers) {
  const TestFolder folder;
  torch::jit::Module module("Other");
  module.define("def forward(self, x): return x\n");
  module.save((folder / "other.pt").string());
  EXPECT_EQ(refusal(folder / "other.pt"), "this model file was not written by Errata");
  EXPECT_EQ(kind_of_archive(folder / "other.pt"), "");
}

TEST(Archive, RefusesWhatIsNoZipFile) {
  const TestFolder folder;
  for (const std::string& content : {std::string(), std::string("no zip file"), std::string(100'000, '\0')}) {
    ASSERT_TRUE(write_file(folder / "a.pt", content));
    EXPECT_THAT(refusal(folder / "a.pt"), testing::StartsWith("no model file, or one that is cut short: "));
    EXPECT_EQ(kind_of_archive(folder / "a.pt"), "");
  }
  EXPECT_EQ(refusal(folder / "missing.pt"), "there is no such file");
}

TEST(Archive, RefusesEveryTruncation) {
  const TestFolder folder;
  ASSERT_TRUE(write_archive(folder / "a.pt", example(), kArchiveScript));
  const auto file = read_file(folder / "a.pt").value();
  for (std::size_t size = 0; size < file.size(); size += 61) {
    ASSERT_TRUE(write_file(folder / "cut.pt", std::string_view(file).substr(0, size)));
    EXPECT_NE(refusal(folder / "cut.pt"), "") << size;
  }
}

TEST(Archive, DamageIsFoundOrDoesNotMatter) {
  const TestFolder folder;
  const auto archive = example();
  ASSERT_TRUE(write_archive(folder / "a.pt", archive, kArchiveScript));
  const auto file = read_file(folder / "a.pt").value();
  std::size_t refused = 0;
  for (std::size_t at = 0; at < file.size(); at += 17) {
    auto damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    ASSERT_TRUE(write_file(folder / "b.pt", damaged));
    const auto read = read_archive(folder / "b.pt", "errata.test", 3);
    if (!read) ++refused;
    if (!read) continue;
    for (std::size_t i = 0; i < archive.tensors.size(); ++i)
      EXPECT_EQ(read->tensors.at(i).values, archive.tensors[i].values) << at;
  }
  EXPECT_GT(refused, 0);
}

/// A file with our two records, its fingerprint in order.
void write_lies(const fs::path& place, const std::string& weights,
                std::string_view head = "{\"magic\":\"errata model\"") {
  char sum[17];
  std::snprintf(sum, sizeof sum, "%016llx", static_cast<unsigned long long>(checksum(weights)));
  write_records(place, {{"extra/errata.json", std::string(head) + R"(,"kind":"errata.test","version":1,"weights":")" +
                                                  sum + R"(","description":{}})" + "\n"},
                        {"extra/errata.weights", weights}});
}

TEST(Archive, RefusesTensorsThatLie) {
  const TestFolder folder;
  const auto tensor = [](const std::string& name, const std::vector<std::int64_t>& shape, std::uint64_t values) {
    ByteWriter out;
    out.write(std::uint64_t{1});
    out.write(std::string_view(name));
    out.write(shape);
    out.write(values);
    out.write(1.0F);
    return out.bytes();
  };
  write_lies(folder / "a.pt", tensor("w", {1}, 1));
  EXPECT_EQ(refusal(folder / "a.pt"), "");
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{
           {2}, {-1}, {-1, -1}, {0}, {1LL << 62, 4}, {1LL << 32, 1LL << 32}, {1LL << 32, 1LL << 32, 0}}) {
    write_lies(folder / "a.pt", tensor("w", shape, 1));
    EXPECT_THAT(refusal(folder / "a.pt"), testing::HasSubstr("1 values do not fill the shape"));
  }
  for (const std::uint64_t values : {2ULL, 1ULL << 40, ~0ULL}) {
    write_lies(folder / "a.pt", tensor("w", {static_cast<std::int64_t>(values)}, values));
    EXPECT_NE(refusal(folder / "a.pt"), "");
  }
  write_lies(folder / "a.pt", tensor("w\n", {1}, 1));
  EXPECT_EQ(refusal(folder / "a.pt"), "the name of tensor 0 is none");
  write_lies(folder / "a.pt", tensor("w", {1}, 1) + "x");
  EXPECT_NE(refusal(folder / "a.pt"), "");
  ByteWriter many;
  many.write(~std::uint64_t{0});
  write_lies(folder / "a.pt", many.bytes());
  EXPECT_NE(refusal(folder / "a.pt"), "");
  write_lies(folder / "a.pt", tensor("w", {1}, 1), "{\"magic\":\"another\"");
  EXPECT_EQ(refusal(folder / "a.pt"), "its record errata.json is not what Errata writes");
}

}  // namespace
}  // namespace errata::nn
