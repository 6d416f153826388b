// Writes the seeds of the corpus: fuzz_seeds FOLDER
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/arrays/npz.h"
#include "errata/audit/auditor_file.h"
#include "errata/audit/cases.h"
#include "errata/base/atomic_file.h"
#include "errata/base/bytes.h"
#include "errata/base/rng.h"
#include "memory_file.h"
#include "monitor_content.h"

namespace {

using namespace errata;
namespace fs = std::filesystem;

void keep(const fs::path& place, std::string_view content) {
  fs::create_directories(place.parent_path());
  ERRATA_CHECK(content.size() < 4096 && write_file(place, content));
}

void write_arrays(const fs::path& corpus) {
  const std::vector<float> floats{1, 2.5F, -3, 0, 1e30F, 6};
  const std::vector<std::int64_t> integers{1, 0, 7};
  const std::vector<std::uint8_t> bytes{0, 255};
  const auto matrix = arrays::npy_array(std::span(floats), {2, 3});
  const auto numbers = arrays::npy_array(std::span(integers), {3});
  keep(corpus / "npy/floats.npy", arrays::npy_content(matrix));
  keep(corpus / "npy/integers.npy", arrays::npy_content(numbers));
  keep(corpus / "npy/bytes.npy", arrays::npy_content(arrays::npy_array(std::span(bytes), {2, 1, 1})));
  fs::create_directories(corpus / "npz");
  ERRATA_CHECK(arrays::write_npz(corpus / "npz/two.npz", {{"latents", matrix}, {"labels", numbers}}));
}

std::string packed(std::string_view content) {
  const fuzz::MemoryFile file("");
  gzFile gz = gzopen(file.path().c_str(), "wb");
  ERRATA_CHECK(gzwrite(gz, content.data(), static_cast<unsigned>(content.size())) > 0 && gzclose(gz) == Z_OK);
  return read_file(file.path()).value();
}

void write_idx(const fs::path& corpus) {
  const std::string images = std::string("\0\0\x08\x03\0\0\0\3\0\0\0\2\0\0\0\2", 16) + "abcdefghijkl";
  const std::string labels = std::string("\0\0\x08\x01\0\0\0\3", 8) + std::string("\1\0\2", 3);
  for (const bool gz : {false, true}) {
    const std::string first = gz ? packed(images) : images, second = gz ? packed(labels) : labels;
    const std::string length{'\0', static_cast<char>(first.size())};
    keep(corpus / "idx" / (gz ? "packed" : "plain"), length + first + second);
  }
}

void write_snapshots(const fs::path& corpus) {
  keep(corpus / "snapshot/empty", '\0' + fuzz::monitor_content(0));
  keep(corpus / "snapshot/waiting", '\0' + fuzz::monitor_content(5));
  keep(corpus / "snapshot/edits", std::string("\1\0\1\0\0\0\0\0\0\xf8\x7f\0\2\4\0\0\0\0\0\0\0\1", 23));
}

void write_auditor(const fs::path& corpus, audit::AuditorTarget target, std::string_view name) {
  Rng rng(5);
  audit::AuditCases cases{.count = 60, .blocks = {{.name = "h", .first = 0, .width = 2}}, .classes = {"a", "b"}};
  for (std::size_t i = 0; i < cases.count; ++i) {
    const double x = rng.normal(), y = rng.normal();
    for (const double value : {x, y}) cases.latents.push_back(static_cast<float>(value));
    cases.predicted.push_back(x > 0);
    cases.labels.push_back(x + y > 0);
    cases.failed.push_back(cases.predicted[i] != cases.labels[i]);
  }
  std::vector<std::uint8_t> clean;
  auto auditor = audit::Auditor::train(audit::training_cases(cases, clean),
                                       {.target = target, .axes = 1, .hidden = {2}, .epochs = 1})
                     .value();
  const auto risks = auditor.risks(cases.outputs());
  const auto point =
      audit::operating_point_for_risk(risks, cases.failed, {.risk = .3}, audit::OperatingRule::ltt).value();
  const audit::FittedAuditor fitted{
      .auditor = std::move(auditor),
      .calibration = audit::RiskCalibration::fit(audit::CalibrationMethod::isotonic, risks, cases.failed).value(),
      .blocks = cases.blocks,
      .classes = cases.classes,
      .points = {point},
      .trained_on = "seed"};
  const fs::path place = corpus / "auditor.pt";
  ERRATA_CHECK(audit::save_auditor(place, fitted));
  const auto archive = nn::read_archive(place, "errata.auditor", audit::kAuditorVersion).value();
  fs::remove(place);
  ByteWriter out;
  out.write(std::string_view(archive.description));
  for (const auto& tensor : archive.tensors) {
    out.write(std::string_view(tensor.name));
    out.write(tensor.shape);
    out.write(tensor.values);
  }
  keep(corpus / "auditor" / name, out.bytes());
}

void write_texts(const fs::path& corpus) {
  keep(corpus / "slices/slices.json",
       R"({"slices": [{"where": [{"feature": "age", "above": 60, "up_to": null}, {"feature": "x", "equals": 3}]}]})");
  keep(corpus / "slices/analysis.json", R"({"schema": "errata.analysis", "schema_version": 1, "hotspots": [{"where": [)"
                                        R"({"feature": "c", "any_of": ["a", "b"], "source": "label"}, )"
                                        R"({"feature": "t", "above": 1e3, "min": 2, "time": true}]}]})");
  keep(corpus / "slices/missing.json",
       R"({"slices": [{"where": [{"feature": "é", "missing": true}]}, {"where": []}]})");
  for (const auto& [name, text] : {std::pair("comparison", "label <> prediction"),
                                   {"quotes", R"(a > 1 AND ("label" = 0 OR 'it''s (' = '') -- a > (0)"},
                                   {"calls", "abs(a - 2) < 1 /* ; */ OR a IN (1, 3)"},
                                   {"escape", R"(E'a''b' <> 'c' AND a IS NOT NULL)"},
                                   {"dollars", "$$a$$ = 'a'"}})
    keep(corpus / "expression" / name, text);
  std::string calls;
  for (int i = 0; i < 400; ++i) calls += static_cast<char>(i * 37 % 251);
  keep(corpus / "c_interface/calls", calls);
}

}  // namespace

int main(int count, char** arguments) {
  ERRATA_CHECK(count == 2);
  const fs::path corpus = arguments[1];
  fs::create_directories(corpus);
  write_arrays(corpus);
  write_idx(corpus);
  write_snapshots(corpus);
  write_auditor(corpus, audit::AuditorTarget::label, "label");
  write_auditor(corpus, audit::AuditorTarget::failure, "failure");
  write_texts(corpus);
}
