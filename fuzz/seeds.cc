// Writes the seeds of the corpus: fuzz_seeds FOLDER
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/arrays/npz.h"
#include "errata/arrays/safetensors.h"
#include "errata/arrays/test_gguf_content.h"
#include "errata/audit/auditor_file.h"
#include "errata/audit/cases.h"
#include "errata/base/atomic_file.h"
#include "errata/base/bytes.h"
#include "errata/base/rng.h"
#include "errata/image/picture.h"
#include "errata/language/config_file.h"
#include "errata/nn/protobuf.h"
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
  const std::vector<arrays::FloatTensor> tensors{{"a", {2, 3}, floats}, {"b", {1}, std::span(floats).first(1)}};
  keep(corpus / "safetensors/floats.safetensors", arrays::safetensors_content(tensors, {{"format", "pt"}}));
  keep(corpus / "npy/bytes.npy", arrays::npy_content(arrays::npy_array(std::span(bytes), {2, 1, 1})));
  fs::create_directories(corpus / "npz");
  ERRATA_CHECK(arrays::write_npz(corpus / "npz/two.npz", {{"latents", matrix}, {"labels", numbers}}));
}

/// A model of one layer and two heads, and one tensor of blocks.
void write_models(const fs::path& corpus) {
  language::ModelConfig config{.vocabulary = 3, .hidden = 4, .layers = 1, .heads = 2, .kv_heads = 1, .intermediate = 2};
  keep(corpus / "model_config/llama.json", language::config_content(config));
  config.rope_scaling = {.kind = language::RopeScaling::Kind::llama3, .factor = 8};
  config.ends = {1, 2};
  keep(corpus / "model_config/llama3.json", language::config_content(config));
  keep(corpus / "model_config/qwen3.json",
       R"({"model_type":"qwen3","vocab_size":9,"hidden_size":4,"intermediate_size":2,"num_hidden_layers":1,)"
       R"("num_attention_heads":2,"max_position_embeddings":8,"head_dim":6,"eos_token_id":[1],"attention_bias":true,)"
       R"("rope_parameters":{"rope_type":"linear","factor":2,"rope_theta":100},"layer_types":["full_attention"]})");
  arrays::GgufContent file;
  file.text_key("general.architecture", "llama");
  for (const auto& [key, value] : {std::pair("llama.block_count", 1U),
                                   {"llama.context_length", 8U},
                                   {"llama.embedding_length", 4U},
                                   {"llama.feed_forward_length", 2U},
                                   {"llama.attention.head_count", 2U},
                                   {"llama.attention.head_count_kv", 1U},
                                   {"tokenizer.ggml.eos_token_id", 1U}})
    file.whole_key(key, value);
  file.number_key("llama.rope.freq_base", 100);
  file.texts_key("tokenizer.ggml.tokens", {"a", "b", "ab"});
  const auto zeros = [&](const char* name, const std::vector<std::uint64_t>& sides) {
    std::uint64_t size = 1;
    for (const std::uint64_t side : sides) size *= side;
    file.floats(name, sides, std::vector<float>(size));
  };
  zeros("token_embd.weight", {4, 3});
  for (const char* norm : {"blk.0.attn_norm.weight", "blk.0.ffn_norm.weight", "output_norm.weight"}) zeros(norm, {4});
  for (const char* map : {"blk.0.attn_q.weight", "blk.0.attn_output.weight"}) zeros(map, {4, 4});
  for (const char* map : {"blk.0.attn_k.weight", "blk.0.attn_v.weight", "blk.0.ffn_gate.weight", "blk.0.ffn_up.weight"})
    zeros(map, {4, 2});
  zeros("blk.0.ffn_down.weight", {2, 4});
  keep(corpus / "gguf/model.gguf", file.content());
  for (const std::uint32_t type : {2U, 3U, 6U, 7U, 8U, 12U, 13U, 14U}) {
    arrays::GgufContent blocks;
    blocks.tensor({.name = "t", .sides = {256, 1}, .type = type, .offset = 0});
    blocks.values.assign(288, 'a');
    keep(corpus / "gguf" / ("type" + std::to_string(type)), blocks.content());
  }
}

void write_vocabularies(const fs::path& corpus) {
  const std::string merges = "#version: 0.2\nt h\nth e</w>\nc a\n";
  keep(corpus / "vocabulary/merges", std::string(1, '\0') + merges);
  const std::string json = "{\"th\": 0, \"the</w>\": 1, \"<|startoftext|>\": 2, \"<|endoftext|>\": 3}";
  const std::size_t share = (json.size() * 255 + json.size() + merges.size() - 1) / (json.size() + merges.size());
  keep(corpus / "vocabulary/json", static_cast<char>(share) + json + merges);
}

void write_tokenizers(const fs::path& corpus) {
  keep(corpus / "tokenizer/pattern", std::string(1, '\0') +
                                         R"((?i:'s|'ll)|[^\r\n\p{L}]?\p{L}+|\p{N}{1,3}|\s*[\r\n]+|\s+(?!\S)|\s+)" +
                                         "\n I'LL pay 1234\n");
  const std::string json =
      R"({"version":"1.0","added_tokens":[{"id":0,"content":"<|e|>","lstrip":true,"special":true}],)"
      R"("normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[)"
      R"({"type":"Digits","individual_digits":true},{"type":"Split","pattern":{"Regex":"\\p{L}+"},)"
      R"("behavior":"Removed","invert":true},{"type":"ByteLevel","add_prefix_space":true}]},)"
      R"("post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}},)"
      R"({"Sequence":{"id":"A"}}],"special_tokens":{"x":{"ids":[0]}}},"decoder":{"type":"ByteLevel"},)"
      R"("model":{"type":"BPE","unk_token":"a","ignore_merges":false,)"
      R"("vocab":{"<|e|>":0,"a":1,"b":2,"ab":3,"Ġ":4},"merges":[["a","b"]]}})";
  keep(corpus / "tokenizer/pairs", "\xFF" + json);
  std::string texts = json;
  texts.replace(texts.find(R"([["a","b"]])"), 11, R"(["a b"])");
  keep(corpus / "tokenizer/texts", "\xF0" + texts + std::string(texts.size() / 15, 'a'));
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

/// A PNG of 2 × 3 grey pixels with a chunk eXIf, and what a camera writes before the pixels of a JPEG.
void write_pictures(const fs::path& corpus) {
  const std::string exif("MM\0\x2a\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0", 26);
  const fs::path place = corpus / "picture/turned.png";
  fs::create_directories(place.parent_path());
  ERRATA_CHECK(image::write_png(place, {.height = 3, .width = 2, .channels = 1, .bytes = {0, 50, 100, 150, 200, 250}}));
  constexpr std::size_t kHeader = 33;  // signature and IHDR
  std::string png = read_file(place).value();
  png.insert(kHeader, std::string("\0\0\0\x1a", 4) + "eXIf" + exif + std::string(4, '\0'));
  keep(place, png);
  keep(corpus / "picture/camera.jpg",
       "\xff\xd8\xff\xe1" + std::string("\0\x22", 2) + std::string("Exif\0\0", 6) + exif + "\xff\xd9");
}

using Fields = std::vector<std::pair<std::uint32_t, std::string>>;

std::string message(const Fields& fields) {
  std::string bytes;
  for (const auto& [number, content] : fields) nn::append_field(bytes, number, content);
  return bytes;
}

std::string onnx_node(std::string_view name, std::string_view operation, const Fields& more) {
  Fields fields{{3, std::string(name)}, {4, std::string(operation)}};
  fields.insert(fields.end(), more.begin(), more.end());
  return message(fields);
}

/// A value [n, 4] of floats.
std::string onnx_value(const std::string& name) {
  std::string open, fixed, tensor;
  nn::append_field(open, 2, "n");
  nn::append_field(fixed, 1, std::uint64_t{4});
  nn::append_field(tensor, 1, std::uint64_t{1});
  nn::append_field(tensor, 2, message({{1, open}, {1, fixed}}));
  return message({{1, name}, {2, message({{1, tensor}})}});
}

/// Weights [4, 4]: zeros in the file, or in another one.
std::string onnx_weights(bool outside) {
  std::string tensor;
  for (int i = 0; i < 2; ++i) nn::append_field(tensor, 1, std::uint64_t{4});
  nn::append_field(tensor, 2, std::uint64_t{1});
  nn::append_field(tensor, 8, "w");
  if (!outside) nn::append_field(tensor, 9, std::string(64, '\0'));
  if (outside) nn::append_field(tensor, 13, message({{1, "location"}, {2, "weights.bin"}}));
  if (outside) nn::append_field(tensor, 14, std::uint64_t{1});
  return tensor;
}

std::string onnx_model(const Fields& graph, const Fields& more = {}) {
  std::string model, operators;
  nn::append_field(model, 1, std::uint64_t{8});
  nn::append_field(operators, 2, std::uint64_t{15});
  nn::append_field(model, 8, operators);
  nn::append_field(model, 7, message(graph));
  return model + message(more);
}

void write_onnx(const fs::path& corpus) {
  const std::pair x{11U, onnx_value("x")}, y{12U, onnx_value("y")};
  const std::string relu = onnx_node("/block/relu/Relu", "Relu", {{1, "x"}, {2, "h"}});
  const std::string product = onnx_node("/block/head/MatMul", "MatMul", {{1, "h"}, {1, "w"}, {2, "y"}});
  keep(corpus / "onnx/plain.onnx", onnx_model({{1, relu}, {1, product}, {2, "g"}, {5, onnx_weights(false)}, x, y}));
  keep(corpus / "onnx/external.onnx", onnx_model({{1, relu}, {1, product}, {2, "g"}, {5, onnx_weights(true)}, x, y}));
  const std::string fold = onnx_node("fold", "Fold", {{1, "x"}, {2, "y"}, {7, "com.example"}});
  std::string set;
  nn::append_field(set, 2, std::uint64_t{15});
  const std::string function = message({{1, "Fold"},
                                        {4, "a"},
                                        {5, "b"},
                                        {7, onnx_node("n", "Relu", {{1, "a"}, {2, "b"}})},
                                        {9, set},
                                        {10, "com.example"}});
  keep(corpus / "onnx/function.onnx",
       onnx_model({{1, fold}, {2, "g"}, x, y},
                  {{8, message({{1, "com.example"}}) + std::string("\x10\x01")}, {25, function}}));
  const std::string branch =
      message({{1, onnx_node("n", "Relu", {{1, "x"}, {2, "b"}})}, {2, "inside"}, {12, onnx_value("b")}});
  const auto attribute = [&](const std::string& name) {
    std::string of = message({{1, name}, {6, branch}});
    nn::append_field(of, 20, std::uint64_t{5});
    return of;
  };
  std::string yes;
  nn::append_field(yes, 2, std::uint64_t{9});
  yes += message({{8, "yes"}, {9, "\1"}});
  keep(corpus / "onnx/branches.onnx",
       onnx_model({{1, onnx_node("if", "If",
                                 {{1, "yes"}, {2, "y"}, {5, attribute("then_branch")}, {5, attribute("else_branch")}})},
                   {2, "g"},
                   {5, yes},
                   x,
                   y}));
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
  // A picture of 40 × 60 pixels, 1,000 tokens, question 7.
  const std::string question{39, 59, 4, 7};
  for (const auto& [name, text] :
       {std::pair("taken", R"({"id":7,"positions":[11,0],"budgets":[999,1],"more":{"a":[]}})"),
        {"refused", R"({"id":7,"error":"é: no \u0000 answer"})"},
        {"numbers", R"({"id":7,"positions":[-1,4294967296],"budgets":[1e3,18446744073709551616]})"},
        {"cut", R"({"id":7,"positions":[1,"éééééééééééééééééééééééééééééééééé"],"budgets":[1)"}})
    keep(corpus / "allocator_answer" / name, question + text);
  std::string calls;
  for (int i = 0; i < 400; ++i) calls += static_cast<char>(i * 37 % 251);
  keep(corpus / "c_interface/calls", calls);
}

}  // namespace

int main(int count, char** arguments) {
  ERRATA_CHECK(count == 2);
  const fs::path corpus = arguments[1];
  fs::create_directories(corpus);
  write_vocabularies(corpus);
  write_tokenizers(corpus);
  write_models(corpus);
  write_arrays(corpus);
  write_idx(corpus);
  write_pictures(corpus);
  write_onnx(corpus);
  write_snapshots(corpus);
  write_auditor(corpus, audit::AuditorTarget::label, "label");
  write_auditor(corpus, audit::AuditorTarget::failure, "failure");
  write_texts(corpus);
}
