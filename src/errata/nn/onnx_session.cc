/// ONNX Runtime is a library that is looked for when the first model is opened, as the linker would: in the folders
/// that the program was built or installed to look into, then among the system's libraries. So a program without it
/// starts and does everything else.

#include "errata/nn/onnx_session.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "errata/nn/onnx_interface.h"

namespace errata::nn {
namespace {

constexpr std::array kLibraries{"libonnxruntime.so", "libonnxruntime.so.1"};
constexpr std::size_t kLongestWords = 400;  ///< characters of what ONNX Runtime says

}  // namespace

/// The library, its environment and what all sessions share. Lives as long as the program: a library with threads of
/// its own is not unloaded.
class OnnxRuntime {
 public:
  [[nodiscard]] static Result<const OnnxRuntime*> get() {
    static const Result<const OnnxRuntime*> runtime = load();
    return runtime;
  }

  template <typename Entry, typename... Arguments>
  auto call(Arguments... arguments) const {
    return reinterpret_cast<typename Entry::Function>(table_[Entry::kPlace])(arguments...);
  }
  /// Calls a function that can fail. @return its words
  template <typename Entry, typename... Arguments>
  [[nodiscard]] Result<void> must(Arguments... arguments) const {
    OrtStatus* const status = call<Entry>(arguments...);
    if (status == nullptr) return {};
    const std::string words = short_onnx_words(call<ort::Message>(status));
    call<ort::ReleaseStatus>(status);
    return data_error(words);
  }
  [[nodiscard]] const OrtEnv* environment() const { return environment_; }
  [[nodiscard]] const OrtMemoryInfo* memory() const { return memory_; }
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  OnnxRuntime() = default;

  [[nodiscard]] static Result<const OnnxRuntime*> load() {
    void* library = nullptr;
    for (const char* const name : kLibraries)
      if (library == nullptr) library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
      return unavailable(
          "ONNX models are run by ONNX Runtime (libonnxruntime.so), which is not installed here: run `deps/install.sh "
          "nn` "
          "in Errata's sources, or install the library where the linker finds it");
    auto* const base = reinterpret_cast<const ort::Base* (*)()>(::dlsym(library, ort::kBaseFunction));
    if (base == nullptr) return unavailable("libonnxruntime.so is no ONNX Runtime: it has no OrtGetApiBase()");
    auto* const runtime = new OnnxRuntime();  // for the whole run of the program
    runtime->version_ = base()->version();
    runtime->table_ = static_cast<void* const*>(base()->table(ort::kOldest));
    if (runtime->table_ == nullptr)
      return unavailable(fmt::format("libonnxruntime.so is ONNX Runtime {}; 1.{} and later can be used",
                                     runtime->version_, ort::kOldest));
    ERRATA_TRY(runtime->must<ort::CreateEnv>(ort::kLogFatal, "errata", &runtime->environment_));
    ERRATA_TRY(runtime->must<ort::CreateCpuMemory>(ort::kArenaAllocator, ort::kDefaultMemory, &runtime->memory_));
    return runtime;
  }

  void* const* table_ = nullptr;
  OrtEnv* environment_ = nullptr;
  OrtMemoryInfo* memory_ = nullptr;
  std::string version_;
};

namespace {

/// Something of ONNX Runtime's that is given back when it goes.
template <typename T, typename Release>
auto owned(const OnnxRuntime& runtime, T* value) {
  return std::shared_ptr<T>(value, [&runtime](T* of) {
    if (of != nullptr) runtime.call<Release>(of);
  });
}

using Options = std::shared_ptr<OrtSessionOptions>;

Result<Options> session_options(const OnnxRuntime& runtime, const OnnxFile& file) {
  OrtSessionOptions* made = nullptr;
  ERRATA_TRY(runtime.must<ort::CreateOptions>(&made));
  Options options = owned<OrtSessionOptions, ort::ReleaseOptions>(runtime, made);
  ERRATA_TRY(runtime.must<ort::SetLogLevel>(made, ort::kLogFatal));
  ERRATA_TRY(runtime.must<ort::SetOptimization>(made, ort::kOptimizeAll));
  ERRATA_TRY(runtime.must<ort::SetThreadsWithin>(made, 1));
  ERRATA_TRY(runtime.must<ort::SetThreadsBetween>(made, 1));
  // Or bytes 4 to 7 would decide, and a file that was checked as ONNX would be read as something else.
  ERRATA_TRY(runtime.must<ort::SetEntry>(made, ort::kModelFormat, "ONNX"));
  if (file.has_external_data) {
    const auto folder = file.place.parent_path().empty() ? std::filesystem::path(".") : file.place.parent_path();
    ERRATA_TRY(runtime.must<ort::SetEntry>(made, ort::kExternalFolder, folder.c_str()));
  }
  return options;
}

Result<std::shared_ptr<OrtValue>> input_value(const OnnxRuntime& runtime, const OnnxInput& input) {
  OrtValue* made = nullptr;
  // ONNX Runtime takes inputs as data that may be written, and reads them only.
  ERRATA_TRY(runtime.must<ort::CreateTensor>(
      runtime.memory(), const_cast<void*>(static_cast<const void*>(input.bytes.data())), input.bytes.size(),
      input.shape.data(), input.shape.size(), static_cast<int>(input.type), &made));
  return owned<OrtValue, ort::ReleaseValue>(runtime, made);
}

Result<OnnxTensor> tensor_of(const OnnxRuntime& runtime, const std::shared_ptr<OrtValue>& value,
                             const std::string& name) {
  int is_tensor = 0;
  if (value != nullptr) ERRATA_TRY(runtime.must<ort::IsTensor>(value.get(), &is_tensor));
  if (is_tensor == 0) return data_error(fmt::format("{} is no tensor", name));
  OrtTensorTypeAndShapeInfo* info = nullptr;
  ERRATA_TRY(runtime.must<ort::TypeAndShape>(value.get(), &info));
  const auto described = owned<OrtTensorTypeAndShapeInfo, ort::ReleaseTypeAndShape>(runtime, info);
  int type = 0;
  std::size_t dimensions = 0;
  ERRATA_TRY(runtime.must<ort::Type>(info, &type));
  ERRATA_TRY(runtime.must<ort::DimensionCount>(info, &dimensions));
  OnnxTensor tensor{.type = static_cast<OnnxType>(type), .shape = std::vector<std::int64_t>(dimensions), .data = {}};
  ERRATA_TRY(runtime.must<ort::Dimensions>(info, tensor.shape.data(), dimensions));
  if (tensor.type == OnnxType::text) return data_error(fmt::format("{} is a tensor of strings", name));
  void* data = nullptr;
  ERRATA_TRY(runtime.must<ort::Data>(value.get(), &data));
  tensor.data = std::shared_ptr<void>(value, data);
  return tensor;
}

}  // namespace

struct OnnxSession::State {
  const OnnxRuntime& runtime;
  std::shared_ptr<OrtSession> session;
  std::vector<std::string> outputs;
};

OnnxSession::OnnxSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
OnnxSession::OnnxSession(OnnxSession&&) noexcept = default;
OnnxSession& OnnxSession::operator=(OnnxSession&&) noexcept = default;
OnnxSession::~OnnxSession() = default;

Result<OnnxSession> OnnxSession::open(const OnnxFile& file, std::vector<std::string> outputs) {
  const auto runtime = OnnxRuntime::get();
  if (!runtime) {
    Error error = runtime.error();
    error.message = fmt::format("{}: {}", file.place.string(), error.message);
    return std::unexpected(std::move(error));
  }
  if (const auto foreign = foreign_operator(file))
    return data_error(
        fmt::format("{}: the operator {} is neither ONNX's nor ONNX Runtime's, and custom operators are "
                    "code, which is not loaded; export the model without it",
                    file.place.string(), *foreign));
  std::vector<std::string> added;
  for (const auto& output : outputs)
    if (std::ranges::find(file.outputs, output, &OnnxValue::name) == file.outputs.end()) added.push_back(output);
  const std::string model = with_outputs(file, added);
  const auto in_file = [&](const Error& error) {
    return data_error(fmt::format("{}: no model that ONNX Runtime {} can run: {}", file.place.string(),
                                  (*runtime)->version(), error.message));
  };
  const auto options = session_options(**runtime, file);
  if (!options) return in_file(options.error());
  OrtSession* session = nullptr;
  const auto made = (*runtime)->must<ort::CreateSession>(
      (*runtime)->environment(), static_cast<const void*>(model.data()), model.size(), options->get(), &session);
  if (!made) return in_file(made.error());
  return OnnxSession(
      std::make_unique<State>(State{.runtime = **runtime,
                                    .session = owned<OrtSession, ort::ReleaseSession>(**runtime, session),
                                    .outputs = std::move(outputs)}));
}

Result<std::vector<OnnxTensor>> OnnxSession::run(std::span<const OnnxInput> inputs) const {
  const OnnxRuntime& runtime = state_->runtime;
  std::vector<std::shared_ptr<OrtValue>> given;
  std::vector<const OrtValue*> values;
  std::vector<const char*> input_names, output_names;
  for (const OnnxInput& input : inputs) {
    ERRATA_ASSIGN(auto value, input_value(runtime, input));
    values.push_back(value.get());
    given.push_back(std::move(value));
    input_names.push_back(input.name.c_str());
  }
  for (const std::string& output : state_->outputs) output_names.push_back(output.c_str());
  std::vector<OrtValue*> made(output_names.size(), nullptr);
  const auto ran =
      runtime.must<ort::Run>(state_->session.get(), static_cast<const OrtRunOptions*>(nullptr), input_names.data(),
                             values.data(), values.size(), output_names.data(), output_names.size(), made.data());
  std::vector<std::shared_ptr<OrtValue>> results;
  for (OrtValue* const value : made) results.push_back(owned<OrtValue, ort::ReleaseValue>(runtime, value));
  ERRATA_TRY(ran);
  std::vector<OnnxTensor> tensors;
  for (std::size_t i = 0; i < results.size(); ++i) {
    ERRATA_ASSIGN(OnnxTensor tensor, tensor_of(runtime, results[i], state_->outputs[i]));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

Result<std::string> describe_onnx_runtime() {
  ERRATA_ASSIGN(const OnnxRuntime* runtime, OnnxRuntime::get());
  return "ONNX Runtime " + runtime->version();
}

std::string short_onnx_words(std::string_view what) {
  // "…/session_state.cc:57 void f() condition was false. Words": the sources' part is nobody's business.
  constexpr std::string_view kFailed = " was false. ";
  if (const auto at = what.find(kFailed); at != std::string_view::npos && at + kFailed.size() < what.size())
    what.remove_prefix(at + kFailed.size());
  if (const auto end = what.find("\nStacktrace"); end != std::string_view::npos) what = what.substr(0, end);
  std::string words;
  for (const char c : what) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (!control)
      words += c;
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
  }
  while (words.ends_with(' ')) words.pop_back();
  if (words.size() > kLongestWords) {
    std::size_t end = kLongestWords;
    while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0U) == 0x80U) --end;  // not inside a letter
    words = words.substr(0, end) + " …";
  }
  return words;
}

}  // namespace errata::nn
