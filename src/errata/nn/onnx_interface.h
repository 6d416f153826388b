#pragma once

/// The part of ONNX Runtime's C interface that is used here, written for this project: the official header has 400 KB
/// and lies in no small package. The interface is one table of function pointers that is only ever appended to, so a
/// function is known by its place in the table, and any library since 1.20 serves. tools/check_onnx_interface.cc
/// compares places and types with the official header (docs/decisions/0014-onnx-runtime.md).

#include <cstddef>
#include <cstdint>

extern "C" {
struct OrtEnv;
struct OrtMemoryInfo;
struct OrtRunOptions;
struct OrtSession;
struct OrtSessionOptions;
struct OrtStatus;
struct OrtTensorTypeAndShapeInfo;
struct OrtValue;
}

namespace errata::nn::ort {

inline constexpr std::uint32_t kOldest = 20;  ///< version of the table that is asked for: ONNX Runtime 1.20

/// What OrtGetApiBase(), the library's one exported function, gives.
struct Base {
  const void* (*table)(std::uint32_t version);  ///< null when the library is older
  const char* (*version)();                     ///< "1.28.2"
};
inline constexpr const char* kBaseFunction = "OrtGetApiBase";

/// A function of the table. Those that can fail give a status, null when they did not. Enumerations are passed as int,
/// as the C compilers of these machines do.
template <std::size_t Place, typename Function>
struct Entry;
template <std::size_t Place, typename Returned, typename... Arguments>
struct Entry<Place, Returned(Arguments...)> {
  static constexpr std::size_t kPlace = Place;
  using Function = Returned (*)(Arguments...) noexcept;
};

using Message = Entry<2, const char*(const OrtStatus*)>;
using CreateEnv = Entry<3, OrtStatus*(int level, const char* name, OrtEnv**)>;
using CreateSession =
    Entry<8, OrtStatus*(const OrtEnv*, const void* model, std::size_t size, const OrtSessionOptions*, OrtSession**)>;
using Run = Entry<9, OrtStatus*(OrtSession*, const OrtRunOptions*, const char* const* input_names,
                                const OrtValue* const* inputs, std::size_t input_count, const char* const* output_names,
                                std::size_t output_count, OrtValue** outputs)>;
using CreateOptions = Entry<10, OrtStatus*(OrtSessionOptions**)>;
using SetLogLevel = Entry<22, OrtStatus*(OrtSessionOptions*, int level)>;
using SetOptimization = Entry<23, OrtStatus*(OrtSessionOptions*, int level)>;
using SetThreadsWithin = Entry<24, OrtStatus*(OrtSessionOptions*, int threads)>;
using SetThreadsBetween = Entry<25, OrtStatus*(OrtSessionOptions*, int threads)>;
using CreateTensor = Entry<49, OrtStatus*(const OrtMemoryInfo*, void* data, std::size_t bytes,
                                          const std::int64_t* shape, std::size_t dimensions, int type, OrtValue**)>;
using IsTensor = Entry<50, OrtStatus*(const OrtValue*, int* yes)>;
using Data = Entry<51, OrtStatus*(OrtValue*, void** data)>;
using Type = Entry<60, OrtStatus*(const OrtTensorTypeAndShapeInfo*, int* type)>;
using DimensionCount = Entry<61, OrtStatus*(const OrtTensorTypeAndShapeInfo*, std::size_t* dimensions)>;
using Dimensions = Entry<62, OrtStatus*(const OrtTensorTypeAndShapeInfo*, std::int64_t* sizes, std::size_t dimensions)>;
using TypeAndShape = Entry<65, OrtStatus*(const OrtValue*, OrtTensorTypeAndShapeInfo**)>;
using CreateCpuMemory = Entry<69, OrtStatus*(int allocator, int kind, OrtMemoryInfo**)>;
using ReleaseStatus = Entry<93, void(OrtStatus*)>;
using ReleaseMemory = Entry<94, void(OrtMemoryInfo*)>;
using ReleaseSession = Entry<95, void(OrtSession*)>;
using ReleaseValue = Entry<96, void(OrtValue*)>;
using ReleaseTypeAndShape = Entry<99, void(OrtTensorTypeAndShapeInfo*)>;
using ReleaseOptions = Entry<100, void(OrtSessionOptions*)>;
using SetEntry = Entry<130, OrtStatus*(OrtSessionOptions*, const char* key, const char* value)>;

inline constexpr int kLogFatal = 4;        ///< ORT_LOGGING_LEVEL_FATAL
inline constexpr int kOptimizeAll = 99;    ///< ORT_ENABLE_ALL
inline constexpr int kArenaAllocator = 1;  ///< OrtArenaAllocator
inline constexpr int kDefaultMemory = 0;   ///< OrtMemTypeDefault
inline constexpr const char* kModelFormat = "session.load_model_format";
inline constexpr const char* kExternalFolder = "session.model_external_initializers_file_folder_path";

}  // namespace errata::nn::ort
