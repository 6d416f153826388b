/// A checkpoint's tensors may lie in several files; an index says which lies where. Nothing is believed of it: each
/// file must hold just the tensors that the index names, and all of them together just those of the plan, so that no
/// hostile configuration asks for more memory than the files are long.
#include "errata/language/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "errata/arrays/npy.h"
#include "errata/arrays/safetensors.h"
#include "errata/base/atomic_file.h"
#include "errata/base/json_nesting.h"
#include "errata/language/config_file.h"
#include "errata/language/gguf_model.h"
#include "errata/language/part_readers.h"

namespace errata::language {
namespace {

constexpr const char* kModelValues = "model.safetensors";
constexpr const char* kModelIndex = "model.safetensors.index.json";
constexpr const char* kModelConfig = "config.json";
constexpr const char* kModelEnds = "generation_config.json";
constexpr std::string_view kHeadWeight = "lm_head.weight", kEmbeddingWeight = "model.embed_tokens.weight";
constexpr std::size_t kMostConfig = 1 << 20, kMostIndex = 1 << 26;

/// A tensor and the file that holds it.
struct Held {
  const arrays::Safetensors* file;
  const arrays::SafetensorEntry* entry;
};

/// What the files of a checkpoint hold.
struct Shards {
  std::vector<arrays::Safetensors> files;
  std::map<std::string, Held, std::less<>> tensors;
};

/// Old programs wrote the frequencies of the rotary positions beside the weights.
bool is_left_out(std::string_view name) { return name.ends_with("rotary_emb.inv_freq"); }

using WeightMap = std::map<std::string, std::string, std::less<>>;  ///< tensor -> file

Result<WeightMap> read_index(const std::filesystem::path& place) {
  const auto wrong = [&](const std::string& why) { return data_error(fmt::format("{}: {}", place.string(), why)); };
  ERRATA_ASSIGN(const std::string text, read_file(place, kMostIndex));
  if (nests_deeper(text, 8)) return wrong("nested more than 8 deep");
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
    return wrong("no JSON object with a weight_map");
  WeightMap map;
  for (const auto& [name, file] : json["weight_map"].items()) {
    const std::string of = file.is_string() ? file.get<std::string>() : "";
    if (of.empty() || of.find('/') != std::string::npos || !of.ends_with(".safetensors"))
      return wrong(fmt::format("weight_map: '{}' lies in {}, which is no file of this folder", name, file.dump()));
    map.emplace(name, of);
  }
  return map;
}

Result<Shards> open_shards(const std::filesystem::path& folder) {
  Shards shards;
  std::map<std::string, const arrays::Safetensors*> by_name;
  WeightMap index;
  const bool whole = std::filesystem::exists(folder / kModelValues) || !std::filesystem::exists(folder / kModelIndex);
  if (!whole) {
    ERRATA_ASSIGN(index, read_index(folder / kModelIndex));
  }
  std::vector<std::string> names;
  if (whole) names.emplace_back(kModelValues);
  for (const auto& [tensor, file] : index) names.push_back(file);
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  shards.files.reserve(names.size());
  for (const std::string& name : names) {
    ERRATA_ASSIGN(arrays::Safetensors file, arrays::read_safetensors(folder / name));
    shards.files.push_back(std::move(file));
    const arrays::Safetensors& kept = shards.files.back();
    for (const auto& entry : kept.entries) {
      const auto said = index.find(entry.name);
      if (!whole && (said == index.end() || said->second != name))
        return data_error(
            fmt::format("{}: it holds '{}', which the index does not look for there", kept.place, entry.name));
      if (!is_left_out(entry.name)) shards.tensors.emplace(entry.name, Held{.file = &kept, .entry = &entry});
    }
  }
  for (const auto& [tensor, file] : index)
    if (!is_left_out(tensor) && !shards.tensors.contains(tensor))
      return data_error(fmt::format("{}: there is no tensor '{}', which the index looks for there",
                                    (folder / file).string(), tensor));
  return shards;
}

/// A head beside a tied embedding may be there when it is the embedding, and is then left out.
Result<void> leave_out_head(Shards& shards) {
  const auto head = shards.tensors.find(kHeadWeight), embedding = shards.tensors.find(kEmbeddingWeight);
  if (head == shards.tensors.end()) return {};
  const auto bytes_of = [](const Held& held) {
    return held.file->file.bytes().substr(held.entry->start, held.entry->bytes);
  };
  if (embedding == shards.tensors.end() || head->second.entry->type != embedding->second.entry->type ||
      bytes_of(head->second) != bytes_of(embedding->second))
    return data_error(
        fmt::format("{}: it holds lm_head.weight that is not the embedding, and {} says that the embedding is tied",
                    head->second.file->place, kModelConfig));
  shards.tensors.erase(head);
  return {};
}

Result<void> check_amount(const Shards& shards, const Plan& plan, const std::filesystem::path& folder) {
  std::size_t held = 0;
  for (const auto& [name, tensor] : shards.tensors) held += tensor.entry->size();
  if (held == plan.size && shards.tensors.size() == plan.parts.size()) return {};
  for (const auto& [name, tensor] : shards.tensors)
    if (plan.find(name) == nullptr)
      return data_error(fmt::format("{}: it holds '{}', which {} does not ask for", tensor.file->place, name,
                                    (folder / kModelConfig).string()));
  return data_error(fmt::format("{}: {} tensors of {} numbers, where {} asks for {} of {}", folder.string(),
                                shards.tensors.size(), held, kModelConfig, plan.parts.size(), plan.size));
}

Result<ModelConfig> read_config(const std::filesystem::path& folder) {
  const std::filesystem::path place = folder / kModelConfig, generation = folder / kModelEnds;
  ERRATA_ASSIGN(const std::string text, read_file(place, kMostConfig));
  ERRATA_ASSIGN(ModelConfig config, parse_config(text, place.string()));
  if (!std::filesystem::exists(generation)) return config;
  ERRATA_ASSIGN(const std::string more, read_file(generation, kMostConfig));
  ERRATA_ASSIGN(std::vector<std::int32_t> ends, parse_ends(more, generation.string()));
  std::erase_if(ends, [&](std::int32_t end) { return static_cast<std::size_t>(end) >= config.vocabulary; });
  if (!ends.empty()) config.ends = std::move(ends);
  return config;
}

Result<Model> load_folder(const std::filesystem::path& folder) {
  ERRATA_ASSIGN(ModelConfig config, read_config(folder));
  Model model{.config = std::move(config), .plan = {}, .values = {}};
  model.plan = plan_of(model.config);
  ERRATA_ASSIGN(Shards shards, open_shards(folder));
  if (model.config.tied) ERRATA_TRY(leave_out_head(shards));
  ERRATA_TRY(check_amount(shards, model.plan, folder));
  std::vector<ReadPart> readers;
  for (const Part& part : model.plan.parts) {
    const auto held = shards.tensors.find(part.name);
    if (held == shards.tensors.end())
      return data_error(fmt::format("{}: there is no tensor '{}'", folder.string(), part.name));
    const arrays::Safetensors& file = *held->second.file;
    ERRATA_ASSIGN(const arrays::SafetensorEntry* const entry, file.tensor(part.name, part.shape));
    readers.emplace_back([&file, entry](std::size_t first, std::span<float> to) { file.read(*entry, first, to); });
  }
  read_parts(model, readers);
  return model;
}

}  // namespace

Result<void> save_model(const Model& model, const std::filesystem::path& folder) {
  std::vector<arrays::FloatTensor> tensors;
  for (const Part& part : model.plan.parts)
    tensors.push_back({part.name, part.shape, std::span(model.values).subspan(part.offset, part.size())});
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) return output_error(fmt::format("{}: {}", folder.string(), problem.message()));
  ERRATA_TRY(write_file(folder / kModelValues, arrays::safetensors_content(tensors, {{"format", "pt"}})));
  return write_file(folder / kModelConfig, config_content(model.config));
}

Result<Model> load_model(const std::filesystem::path& place) {
  if (place.extension() != ".gguf") return load_folder(place);
  ERRATA_ASSIGN(GgufModel read, load_gguf(place));
  return std::move(read.model);
}

}  // namespace errata::language
