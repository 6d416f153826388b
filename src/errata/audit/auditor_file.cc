// The auditor as a file.
//
// The numbers that scoring needs stand as tensors (nn/archive.h); what a reader should know stands in the description
// as JSON. The TorchScript beside them is for Python: the same sums, with the calibration as a piecewise linear table.
#include "errata/audit/auditor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "errata/base/json_nesting.h"
#include "errata/nn/archive.h"

namespace errata::audit {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKind = "errata.auditor";

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
          {"unlike", fitted.typicality && std::isfinite(fitted.distance_limit)
                         ? Json{{"limit", fitted.distance_limit}, {"share", fitted.unlike_share}}
                         : Json()},
          {"trained_on", fitted.trained_on},
          {"train_cases", fitted.train_cases},
          {"train_failures", fitted.train_failures},
          {"model", fitted.model ? Json(fmt::format("{:016x}", *fitted.model)) : Json()},
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

Result<RiskCalibration> calibration_of(const nn::Archive& archive) {
  const auto found = std::ranges::find(archive.tensors, "calibration", &nn::NamedTensor::name);
  if (found == archive.tensors.end()) return data_error("it has no calibration");
  std::string bytes;
  for (const float value : found->values) {
    if (!(value >= 0 && value < 256)) return data_error(fmt::format("tensor calibration: {} is no byte", value));
    bytes.push_back(static_cast<char>(static_cast<unsigned char>(value)));
  }
  ByteReader in(bytes);
  ERRATA_ASSIGN(auto calibration, RiskCalibration::load(in));
  ERRATA_TRY(in.finish("calibration"));
  return calibration;
}

Result<const Json*> field(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  if (found == json.end()) return data_error(fmt::format("there is no field {}", name));
  return &*found;
}

std::unexpected<Error> of_another_type(const char* name, const char* wanted, const Json& value) {
  return data_error(fmt::format("field {}: {} is expected, not {}", name, wanted, value.type_name()));
}

Result<std::uint64_t> whole(const Json& json, const char* name) {
  ERRATA_ASSIGN(const Json* value, field(json, name));
  if (!value->is_number_integer()) return of_another_type(name, "a whole number", *value);
  if (!value->is_number_unsigned())
    return data_error(fmt::format("field {}: {} is below 0", name, value->get<std::int64_t>()));
  return value->get<std::uint64_t>();
}

/// A number in [0, 1].
Result<double> share(const Json& json, const char* name) {
  ERRATA_ASSIGN(const Json* value, field(json, name));
  if (!value->is_number()) return of_another_type(name, "a number", *value);
  const double number = *value;
  if (!(number >= 0 && number <= 1)) return data_error(fmt::format("field {}: {} is not in [0, 1]", name, number));
  return number;
}

Result<std::string> text(const Json& json, const char* name) {
  ERRATA_ASSIGN(const Json* value, field(json, name));
  if (!value->is_string()) return of_another_type(name, "a text", *value);
  return value->get<std::string>();
}

Result<const Json*> list(const Json& json, const char* name) {
  ERRATA_ASSIGN(const Json* value, field(json, name));
  if (!value->is_array()) return of_another_type(name, "a list", *value);
  return value;
}

Result<std::vector<std::string>> texts(const Json& json, const char* name) {
  ERRATA_ASSIGN(const Json* values, list(json, name));
  std::vector<std::string> read;
  for (const Json& value : *values) {
    if (!value.is_string()) return of_another_type(name, "a list of texts", value);
    read.push_back(value.get<std::string>());
  }
  return read;
}

Result<std::vector<LatentBlock>> blocks_of(const Json& json, std::size_t latents) {
  ERRATA_ASSIGN(const Json* list_of_blocks, list(json, "blocks"));
  std::vector<LatentBlock> blocks;
  std::size_t first = 0;
  for (const Json& block : *list_of_blocks) {
    ERRATA_ASSIGN(std::string name, text(block, "name"));
    ERRATA_ASSIGN(const std::uint64_t width, whole(block, "width"));
    if (width < 1 || width > latents - first)
      return data_error(fmt::format("field blocks: width {} of {} is not in 1 … {}", width, name, latents - first));
    blocks.push_back({.name = std::move(name), .first = first, .width = width});
    first += width;
  }
  if (first == latents) return blocks;
  return data_error(fmt::format("field blocks: they have {} columns, the auditor reads {} latents", first, latents));
}

Result<OperatingPoint> point_of(const Json& json) {
  OperatingPoint point;
  ERRATA_ASSIGN(const std::string rule, text(json, "rule"));
  constexpr std::array kRules{OperatingRule::sgr, OperatingRule::ltt, OperatingRule::coverage};
  const auto* const known = std::ranges::find(kRules, rule, [](OperatingRule of) { return name_of(of); });
  if (known == kRules.end()) return data_error("field rule: it is none of sgr, ltt, coverage");
  point.rule = *known;
  ERRATA_ASSIGN(point.target, share(json, "target"));
  ERRATA_ASSIGN(point.delta, share(json, "delta"));
  ERRATA_ASSIGN(const Json* threshold, field(json, "threshold"));
  point.at.threshold = -std::numeric_limits<double>::infinity();
  if (!threshold->is_null()) {
    ERRATA_ASSIGN(point.at.threshold, share(json, "threshold"));
  }
  ERRATA_ASSIGN(point.at.coverage, share(json, "coverage"));
  ERRATA_ASSIGN(point.at.accepted.trials, whole(json, "accepted"));
  ERRATA_ASSIGN(point.at.accepted.failures, whole(json, "failures"));
  ERRATA_ASSIGN(point.at.risk_bound, share(json, "risk_bound"));
  if (point.at.accepted.failures > point.at.accepted.trials)
    return data_error(
        fmt::format("field failures: {} of {} accepted cases", point.at.accepted.failures, point.at.accepted.trials));
  return point;
}

Result<std::vector<OperatingPoint>> points_of(const Json& json) {
  ERRATA_ASSIGN(const Json* list_of_points, list(json, "points"));
  std::vector<OperatingPoint> points;
  for (const Json& point : *list_of_points) {
    ERRATA_ASSIGN(points.emplace_back(), point_of(point));
  }
  return points;
}

/// What is too unlike, where the auditor has it.
Result<void> read_typicality(const Json& json, const nn::Archive& archive, FittedAuditor& fitted) {
  ERRATA_ASSIGN(const Json* unlike, field(json, "unlike"));
  if (unlike->is_null()) return {};
  ERRATA_ASSIGN(fitted.unlike_share, share(*unlike, "share"));
  ERRATA_ASSIGN(const Json* limit, field(*unlike, "limit"));
  if (!limit->is_number()) return of_another_type("limit", "a number", *limit);
  fitted.distance_limit = *limit;
  if (!(fitted.distance_limit >= 0 && std::isfinite(fitted.distance_limit)))
    return data_error(fmt::format("field limit: {} is not >= 0", fitted.distance_limit));
  ERRATA_ASSIGN(fitted.typicality, nn::Typicality::of(archive.tensors));
  if (fitted.typicality->width() != fitted.auditor.read_width() ||
      fitted.typicality->classes() < std::max<std::size_t>(1, fitted.classes.size()))
    return data_error("its typical cases do not fit the heads");
  return {};
}

/// The classifier that it belongs to; files of earlier versions do not say.
Result<std::optional<std::uint64_t>> model_of(const Json& json) {
  const auto found = json.find("model");
  if (found == json.end() || found->is_null()) return std::nullopt;
  ERRATA_ASSIGN(const std::string digits, text(json, "model"));
  std::uint64_t model = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), model, 16);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size())
    return data_error("field model: it is no fingerprint of 16 hexadecimal digits");
  return model;
}

/// A class an output where the auditor is asked for the label, and a class a logit.
Result<void> check_classes(const FittedAuditor& fitted) {
  const std::size_t classes = fitted.classes.size(), logits = fitted.auditor.logits();
  if (fitted.auditor.target() == AuditorTarget::label && classes != fitted.auditor.classes())
    return data_error(
        fmt::format("field classes: it has {}, but the heads have {} outputs", classes, fitted.auditor.classes()));
  if (logits > 0 && classes != logits)
    return data_error(fmt::format("field classes: it has {}, but {} logits are read", classes, logits));
  return {};
}

Result<Json> description_of(const nn::Archive& archive) {
  constexpr std::size_t kMostNesting = 64;
  if (nests_deeper(archive.description, kMostNesting))
    return data_error(fmt::format("its description nests deeper than {} levels", kMostNesting));
  Json json = Json::parse(archive.description, nullptr, false);
  if (!json.is_object()) return data_error("its description is no JSON object");
  return json;
}

}  // namespace

std::vector<double> FittedAuditor::risks(const ModelOutputs& outputs, const Cancellation* cancellation) const {
  return calibration.risks(auditor.risks(outputs, cancellation));
}

std::vector<double> FittedAuditor::distances(const ModelOutputs& outputs, const Cancellation* cancellation) const {
  const std::vector<float> read = auditor.read_by_heads(outputs, cancellation);
  const std::vector<std::uint32_t> none(outputs.predicted.empty() ? outputs.cases : 0, 0);
  return typicality->distances({read, outputs.cases, auditor.read_width()},
                               outputs.predicted.empty() ? none : outputs.predicted);
}

std::vector<std::uint8_t> FittedAuditor::unlike(const ModelOutputs& outputs, const Cancellation* cancellation) const {
  std::vector<std::uint8_t> unlike(outputs.cases, 0);
  if (!typicality || !std::isfinite(distance_limit)) return unlike;
  const auto away = distances(outputs, cancellation);
  for (std::size_t i = 0; i < outputs.cases; ++i) unlike[i] = away[i] <= distance_limit ? 0 : 1;
  return unlike;
}

Result<void> save_auditor(const std::filesystem::path& place, const FittedAuditor& fitted) {
  nn::Archive archive{.kind = kKind,
                      .version = kAuditorVersion,
                      .description = json_of(fitted).dump(),
                      .tensors = fitted.auditor.tensors()};
  ByteWriter calibration;
  fitted.calibration.save(calibration);
  if (fitted.typicality && std::isfinite(fitted.distance_limit))
    for (auto& tensor : fitted.typicality->tensors()) archive.tensors.push_back(std::move(tensor));
  archive.tensors.push_back(bytes_tensor("calibration", calibration.bytes()));
  archive.tensors.push_back(table_tensor("calibration_x", fitted.calibration.table().x()));
  archive.tensors.push_back(table_tensor("calibration_y", fitted.calibration.table().y()));
  return nn::write_archive(place, archive, script_of(fitted));
}

Result<FittedAuditor> auditor_of(const nn::Archive& archive) {
  ERRATA_ASSIGN(const Json json, description_of(archive));
  ERRATA_ASSIGN(const std::string target, text(json, "target"));
  if (target != "label" && target != "failure") return data_error("field target: it is neither label nor failure");
  ERRATA_ASSIGN(const std::uint64_t logits, whole(json, "logits"));
  ERRATA_ASSIGN(auto auditor, Auditor::of(target == "label" ? AuditorTarget::label : AuditorTarget::failure, logits,
                                          archive.tensors));
  ERRATA_ASSIGN(auto calibration, calibration_of(archive));
  FittedAuditor fitted{.auditor = std::move(auditor), .calibration = std::move(calibration), .blocks{}, .classes{}};
  ERRATA_ASSIGN(fitted.blocks, blocks_of(json, fitted.auditor.latents()));
  ERRATA_ASSIGN(fitted.classes, texts(json, "classes"));
  ERRATA_ASSIGN(fitted.logit_columns, texts(json, "logit_columns"));
  ERRATA_ASSIGN(fitted.latent_columns, texts(json, "latent_columns"));
  ERRATA_ASSIGN(fitted.points, points_of(json));
  if (archive.version > 1) ERRATA_TRY(read_typicality(json, archive, fitted));
  ERRATA_ASSIGN(fitted.trained_on, text(json, "trained_on"));
  ERRATA_ASSIGN(fitted.train_cases, whole(json, "train_cases"));
  ERRATA_ASSIGN(fitted.train_failures, whole(json, "train_failures"));
  ERRATA_ASSIGN(fitted.model, model_of(json));
  ERRATA_ASSIGN(const Json* metrics, field(json, "metrics"));
  fitted.metrics = metrics->dump();
  ERRATA_TRY(check_classes(fitted));
  return fitted;
}

Result<FittedAuditor> load_auditor(const std::filesystem::path& place) {
  ERRATA_ASSIGN(const nn::Archive archive, nn::read_archive(place, kKind, kAuditorVersion));
  auto fitted = auditor_of(archive);
  if (!fitted)
    return data_error(fmt::format("{}: this auditor cannot be used: {}", place.string(), fitted.error().message));
  return fitted;
}

}  // namespace errata::audit
