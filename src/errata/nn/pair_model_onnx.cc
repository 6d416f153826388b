/// A pair of ONNX graphs. Each run happens on the thread that asks for it, so images go side by side and give the same
/// bits on any number of threads.

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "errata/nn/onnx_session.h"
#include "errata/nn/onnx_tensors.h"
#include "errata/nn/pair_network.h"
#include "errata/nn/signed_size.h"

namespace errata::nn {
namespace {

constexpr std::int64_t kLongestSide = 4096, kLongestText = 4096;

bool is_integer(const OnnxValue& value) { return value.type == OnnxType::int64 || value.type == OnnxType::int32; }

bool has_rank(const OnnxValue& value, std::size_t rank) { return !value.shape || value.shape->size() == rank; }

/// A size as declared, or nothing where it is open.
std::optional<std::int64_t> declared(const OnnxValue& value, std::size_t dimension) {
  if (!value.shape || value.shape->size() <= dimension || (*value.shape)[dimension] < 0) return std::nullopt;
  return (*value.shape)[dimension];
}

auto refusal(const OnnxFile& file) {
  return [&file](const std::string& why) { return data_error(fmt::format("{}: {}", file.place.string(), why)); };
}

/// One half of a pair: a graph, what it takes, and the tensor of it that is wanted.
struct Half {
  OnnxFile file;
  std::vector<OnnxValue> inputs;
  std::string output{};
  std::optional<OnnxSession> session{};

  Result<void> open() {
    ERRATA_ASSIGN(session, OnnxSession::open(file, {output}));
    file.content = {};  // weights need not lie in memory twice
    return {};
  }

  /// Runs on as many rows as the model takes at once: all of them where that is open.
  /// @param given  a tensor of n rows for each input  @return float [n, …]
  Result<at::Tensor> run(const std::vector<at::Tensor>& given) const {
    const std::int64_t n = given.front().size(0), batch = declared(inputs.front(), 0).value_or(n);
    std::vector<at::Tensor> parts;
    for (std::int64_t first = 0; first < n; first += batch) {
      const std::int64_t rows = std::min(batch, n - first);
      ERRATA_ASSIGN(const at::Tensor part, run_batch(given, first, rows, batch));
      if (part.dim() < 1 || part.size(0) != batch)
        return data_error(fmt::format("{}: {} is a tensor of shape [{}] for {} inputs", file.place.string(), output,
                                      fmt::join(part.sizes(), ", "), batch));
      parts.push_back(part.narrow(0, 0, rows));
    }
    return at::cat(parts);
  }

 private:
  Result<at::Tensor> run_batch(const std::vector<at::Tensor>& given, std::int64_t first, std::int64_t rows,
                               std::int64_t batch) const {
    std::vector<at::Tensor> tensors;
    std::vector<OnnxInput> values;
    tensors.reserve(given.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      at::Tensor part = given[i].narrow(0, first, rows);
      if (rows < batch) {
        std::vector<std::int64_t> missing = part.sizes().vec();
        missing.front() = batch - rows;
        part = at::cat({part, at::zeros(missing, part.options())});
      }
      tensors.push_back(part.to(torch_type(inputs[i].type).value()).contiguous());
      values.push_back(onnx_input(inputs[i], tensors.back()));
    }
    const auto outputs = session->run(values);
    if (!outputs) return data_error(fmt::format("{}: {}", file.place.string(), outputs.error().message));
    auto made = torch_tensor(outputs->front(), output);
    if (!made) return data_error(fmt::format("{}: {}", file.place.string(), made.error().message));
    return made->to(at::kFloat);
  }
};

/// The tokens' input, and a mask's if it takes one, in this order.
Result<std::vector<OnnxValue>> text_inputs(const OnnxFile& file) {
  const auto refused = refusal(file);
  std::vector<OnnxValue> inputs;
  for (const OnnxValue& input : file.inputs)
    if (is_integer(input) && has_rank(input, 2)) inputs.push_back(input);
  const auto is_mask = [](const OnnxValue& input) { return input.name.contains("mask"); };
  std::ranges::stable_partition(inputs, std::not_fn(is_mask));
  const bool fits = (inputs.size() == 1 || (inputs.size() == 2 && is_mask(inputs.back()))) &&
                    inputs.size() == file.inputs.size() && !is_mask(inputs.front());
  if (!fits)
    return refused(
        fmt::format("takes {}; a text encoder takes numbers of tokens, int64 or int32 [n, length], and at "
                    "most a mask of the same shape beside them",
                    file.inputs.empty() ? "nothing" : words_of_values(file.inputs)));
  const auto length = declared(inputs.front(), 1);
  if (length && (*length < 2 || *length > kLongestText))
    return refused(fmt::format("its input {} is not 2 to {} tokens long", inputs.front().words(), kLongestText));
  return inputs;
}

Result<OnnxValue> pixel_input(const OnnxFile& file) {
  const auto refused = refusal(file);
  if (file.inputs.size() != 1)
    return refused(fmt::format("takes {} inputs, and images are one: {}", file.inputs.size(),
                               file.inputs.empty() ? "none" : words_of_values(file.inputs)));
  const OnnxValue& input = file.inputs.front();
  if (!is_float(input.type) || !has_rank(input, 4))
    return refused(
        fmt::format("its input {} does not take images, which are floats [n, 3, height, width]", input.words()));
  if (declared(input, 1).value_or(3) != 3)
    return refused(
        fmt::format("its input {} does not take images of 3 channels, [n, 3, height, width]", input.words()));
  for (const std::size_t dimension : {2U, 3U})
    if (const auto side = declared(input, dimension); side && (*side < 1 || *side > kLongestSide))
      return refused(
          fmt::format("its input {} does not take images of 1 to {} pixels a side", input.words(), kLongestSide));
  return input;
}

/// The float output of a rank whose last size can be `width` (0: any): one of this name before the first.
std::optional<std::string> output_of_rank(const OnnxFile& file, std::size_t rank, std::string_view name,
                                          std::size_t width) {
  std::optional<std::string> found;
  for (const OnnxValue& output : file.outputs) {
    if (!is_float(output.type) || !output.shape || output.shape->size() != rank) continue;
    const std::int64_t last = output.shape->back();
    if (width > 0 && last >= 0 && last != signed_size(width)) continue;
    if (output.name == name) return output.name;
    if (!found) found = output.name;
  }
  return found;
}

class OnnxPair : public PairNetwork {
 public:
  OnnxPair(Half image, Half text) : image_(std::move(image)), text_(std::move(text)) {}

  [[nodiscard]] PairSizes sizes() const override {
    PairSizes sizes;
    const OnnxValue& pixels = image_.inputs.front();
    sizes.height = static_cast<std::size_t>(declared(pixels, 2).value_or(signed_size(sizes.height)));
    sizes.width = static_cast<std::size_t>(declared(pixels, 3).value_or(signed_size(sizes.width)));
    sizes.length = static_cast<std::size_t>(declared(text_.inputs.front(), 1).value_or(signed_size(sizes.length)));
    return sizes;
  }
  [[nodiscard]] bool is_shareable() const override { return true; }

  [[nodiscard]] Result<at::Tensor> read(const at::Tensor& tokens, const at::Tensor& mask) const override {
    std::vector<at::Tensor> given{tokens};
    if (text_.inputs.size() == 2) given.push_back(mask);
    ERRATA_ASSIGN(const at::Tensor vector, text_.run(given));
    if (vector.dim() != 2 || vector.size(1) < 1)
      return data_error(fmt::format("{}: {} is a tensor of shape [{}] for a text, not [1, d]",
                                    text_.file.place.string(), text_.output, fmt::join(vector.sizes(), ", ")));
    return vector[0].contiguous();
  }

  [[nodiscard]] Result<at::Tensor> relate(const at::Tensor& images, const PairText& text) const override {
    ERRATA_ASSIGN(const at::Tensor vectors, image_.run({images}));
    const bool has_rank = vectors.dim() == 2 || vectors.dim() == 3;
    if (!has_rank || vectors.size(-1) != signed_size(text.vector.size()))
      return data_error(
          fmt::format("{}: {} is a tensor of shape [{}]; vectors of images have the width of the text's, "
                      "{}: [n, {}] or [n, patches, {}]",
                      image_.file.place.string(), image_.output, fmt::join(vectors.sizes(), ", "), text.vector.size(),
                      text.vector.size(), text.vector.size()));
    return cosines_with(vectors, text.vector);
  }

 private:
  Half image_, text_;
};

Result<Half> open_text_half(const std::filesystem::path& place) {
  ERRATA_ASSIGN(OnnxFile file, read_onnx(place));
  ERRATA_ASSIGN(std::vector<OnnxValue> inputs, text_inputs(file));
  const auto output = output_of_rank(file, 2, "text_embeds", 0);
  if (!output)
    return refusal(file)(fmt::format("gives {}; a text's vector is floats [n, d]", words_of_values(file.outputs)));
  Half half{.file = std::move(file), .inputs = std::move(inputs), .output = *output};
  ERRATA_TRY(half.open());
  return half;
}

/// @param width  of the text's vectors, 0 where the file leaves it open
Result<Half> open_image_half(const PairFiles& files, std::size_t width) {
  ERRATA_ASSIGN(OnnxFile file, read_onnx(files.image));
  ERRATA_ASSIGN(OnnxValue input, pixel_input(file));
  std::optional<std::string> output;
  if (!files.image_output.empty()) output = files.image_output;
  if (!output) output = output_of_rank(file, 2, "image_embeds", width);
  if (!output) output = output_of_rank(file, 3, "", width);
  if (!output)
    return refusal(file)(
        fmt::format("gives {}; an image's vectors are floats [n, d] or [n, patches, d], d {} as wide "
                    "as the text's vector",
                    words_of_values(file.outputs), width > 0 ? fmt::format("= {},", width) : ""));
  Half half{.file = std::move(file), .inputs = {std::move(input)}, .output = *output};
  ERRATA_TRY(half.open());
  return half;
}

/// As the file declares it, or 0.
std::size_t width_of(const Half& text) {
  const auto output = std::ranges::find(text.file.outputs, text.output, &OnnxValue::name);
  return static_cast<std::size_t>(declared(*output, 1).value_or(0));
}

}  // namespace

Result<std::unique_ptr<PairNetwork>> open_onnx_pair(const PairFiles& files) {
  ERRATA_ASSIGN(Half text, open_text_half(files.text));
  ERRATA_ASSIGN(Half image, open_image_half(files, width_of(text)));
  return std::make_unique<OnnxPair>(std::move(image), std::move(text));
}

}  // namespace errata::nn
