// The auditor as a file.
//
// The numbers that scoring needs stand as tensors (nn/archive.h); what a reader should know stands in the description
// as JSON. The TorchScript beside them is for Python: the same sums, with the calibration as a piecewise linear table.
#include "errata/audit/auditor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "errata/nn/archive.h"

namespace errata::audit {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKind = "errata.auditor";

std::string word(AuditorTarget target) { return target == AuditorTarget::label ? "label" : "failure"; }

Json json_of(const FittedAuditor& fitted) {
  Json blocks = Json::array(), points = Json::array();
  for (const LatentBlock& block : fitted.blocks) blocks.push_back({{"name", block.name}, {"width", block.width}});
  for (const OperatingPoint& point : fitted.points)
    points.push_back({{"rule", name_of(point.rule)},
                      {"target", point.target},
                      {"delta", point.delta},
                      {"threshold", std::isfinite(point.at.threshold) ? Json(point.at.threshold) : Json()},
                      {"coverage", point.at.coverage},
                      {"accepted", point.at.accepted.trials},
                      {"failures", point.at.accepted.failures},
                      {"risk_bound", point.at.risk_bound}});
  return {{"errata", ERRATA_VERSION},
          {"target", word(fitted.auditor.target())},
          {"latents", fitted.auditor.latents()},
          {"logits", fitted.auditor.logits()},
          {"blocks", blocks},
          {"classes", fitted.classes},
          {"latent_columns", fitted.latent_columns},
          {"logit_columns", fitted.logit_columns},
          {"calibration", name_of(fitted.calibration.method())},
          {"points", points},
          {"trained_on", fitted.trained_on},
          {"train_cases", fitted.train_cases},
          {"train_failures", fitted.train_failures},
          {"metrics", fitted.metrics.empty() ? Json::object() : Json::parse(fitted.metrics)}};
}

/// forward(columns, predicted) → calibrated risk, in the words of TorchScript.
std::string script_of(const FittedAuditor& fitted) {
  const bool labels = fitted.auditor.target() == AuditorTarget::label;
  std::string code =
      "def forward(self, columns: Tensor, predicted: Tensor) -> Tensor:\n"
      "    x = (columns - self.mean) * self.scale\n"
      "    if float(self.bound[0]) > 0.0:\n"
      "        x = x / (1.0 + torch.abs(x) / self.bound)\n"
      "    risk = torch.zeros([columns.size(0)])\n";
  if (fitted.auditor.has_axes()) code += "    x = torch.addmm(self.axes_bias, x, self.axes_weight.t())\n";
  const auto& heads = fitted.auditor.heads();
  for (std::size_t head = 0; head < heads.size(); ++head) {
    code += "    h = x\n";
    const std::size_t layers = heads[head].layers().size();
    for (std::size_t l = 0; l < layers; ++l) {
      code += fmt::format("    h = torch.addmm(self.head{0}_layer{1}_bias, h, self.head{0}_layer{1}_weight.t())\n",
                          head, l);
      if (l + 1 < layers) code += "    h = torch.relu(h)\n";
    }
    code += labels ? "    p = torch.softmax(h, 1)\n"
                     "    risk = risk + 1.0 - torch.gather(p, 1, predicted.unsqueeze(1)).squeeze(1)\n"
                   : "    risk = risk + torch.sigmoid(h).squeeze(1)\n";
  }
  code += fmt::format("    risk = torch.clamp(risk / {}.0, 0.0, 1.0)\n", heads.size());
  code +=
      "    above = torch.bucketize(risk, self.calibration_x, right=True)\n"
      "    last = self.calibration_x.size(0) - 1\n"
      "    high = torch.clamp(above, 0, last)\n"
      "    low = torch.clamp(above - 1, 0, last)\n"
      "    x0 = self.calibration_x[low]\n"
      "    y0 = self.calibration_y[low]\n"
      "    run = self.calibration_x[high] - x0\n"
      "    share = torch.where(run > 0.0, (risk - x0) / torch.clamp(run, min=1e-30), torch.zeros_like(run))\n"
      "    return y0 + share * (self.calibration_y[high] - y0)\n";
  return code;
}

nn::NamedTensor table_tensor(const char* name, const std::vector<double>& values) {
  return {.name = name,
          .shape = {static_cast<std::int64_t>(values.size())},
          .values = std::vector<float>(values.begin(), values.end())};
}

/// Bytes as numbers from 0 to 255: the calibration is kept to the last bit beside its table for Python.
nn::NamedTensor bytes_tensor(const char* name, const std::string& bytes) {
  nn::NamedTensor tensor{.name = name, .shape = {static_cast<std::int64_t>(bytes.size())}, .values = {}};
  for (const char byte : bytes) tensor.values.push_back(static_cast<float>(static_cast<unsigned char>(byte)));
  return tensor;
}

std::unexpected<Error> wrong(const std::filesystem::path& place, const std::string& why) {
  return data_error(fmt::format("{}: this auditor cannot be used: {}", place.string(), why));
}

Result<RiskCalibration> calibration_of(const nn::Archive& archive) {
  const auto found = std::ranges::find(archive.tensors, "calibration", &nn::NamedTensor::name);
  if (found == archive.tensors.end()) return data_error("it has no calibration");
  std::string bytes;
  for (const float value : found->values) bytes.push_back(static_cast<char>(static_cast<unsigned char>(value)));
  ByteReader in(bytes);
  ERRATA_ASSIGN(auto calibration, RiskCalibration::load(in));
  ERRATA_TRY(in.finish("calibration"));
  return calibration;
}

std::vector<LatentBlock> blocks_of(const Json& json) {
  std::vector<LatentBlock> blocks;
  std::size_t first = 0;
  for (const Json& block : json) {
    blocks.push_back({.name = block.at("name"), .first = first, .width = block.at("width")});
    first += blocks.back().width;
  }
  return blocks;
}

std::vector<OperatingPoint> points_of(const Json& json) {
  std::vector<OperatingPoint> points;
  for (const Json& point : json) {
    OperatingPoint read{.target = point.at("target"), .delta = point.at("delta")};
    for (const auto rule : {OperatingRule::sgr, OperatingRule::ltt, OperatingRule::coverage})
      if (point.at("rule") == name_of(rule)) read.rule = rule;
    read.at.threshold = point.at("threshold").is_null() ? -std::numeric_limits<double>::infinity()
                                                        : point.at("threshold").get<double>();
    read.at.coverage = point.at("coverage");
    read.at.accepted = {.failures = point.at("failures"), .trials = point.at("accepted")};
    read.at.risk_bound = point.at("risk_bound");
    points.push_back(read);
  }
  return points;
}

}  // namespace

std::vector<double> FittedAuditor::risks(const ModelOutputs& outputs, const Cancellation* cancellation) const {
  return calibration.risks(auditor.risks(outputs, cancellation));
}

Result<void> save_auditor(const std::filesystem::path& place, const FittedAuditor& fitted) {
  nn::Archive archive{.kind = kKind,
                      .version = kAuditorVersion,
                      .description = json_of(fitted).dump(),
                      .tensors = fitted.auditor.tensors()};
  ByteWriter calibration;
  fitted.calibration.save(calibration);
  archive.tensors.push_back(bytes_tensor("calibration", calibration.bytes()));
  archive.tensors.push_back(table_tensor("calibration_x", fitted.calibration.table().x()));
  archive.tensors.push_back(table_tensor("calibration_y", fitted.calibration.table().y()));
  return nn::write_archive(place, archive, script_of(fitted));
}

Result<FittedAuditor> load_auditor(const std::filesystem::path& place) {
  ERRATA_ASSIGN(const nn::Archive archive, nn::read_archive(place, kKind, kAuditorVersion));
  try {
    const Json json = Json::parse(archive.description);
    const std::string target = json.at("target");
    if (target != "label" && target != "failure") return wrong(place, fmt::format("its target is '{}'", target));
    auto auditor = Auditor::of(target == "label" ? AuditorTarget::label : AuditorTarget::failure,
                               json.at("logits").get<std::size_t>(), archive.tensors);
    if (!auditor) return wrong(place, auditor.error().message);
    auto calibration = calibration_of(archive);
    if (!calibration) return wrong(place, calibration.error().message);
    return FittedAuditor{.auditor = std::move(*auditor),
                         .calibration = std::move(*calibration),
                         .blocks = blocks_of(json.at("blocks")),
                         .classes = json.at("classes"),
                         .logit_columns = json.at("logit_columns"),
                         .latent_columns = json.at("latent_columns"),
                         .points = points_of(json.at("points")),
                         .trained_on = json.at("trained_on"),
                         .train_cases = json.at("train_cases"),
                         .train_failures = json.at("train_failures"),
                         .metrics = json.at("metrics").dump()};
  } catch (const nlohmann::json::exception& error) {
    return wrong(place, error.what());
  }
}

}  // namespace errata::audit
