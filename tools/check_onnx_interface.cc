// Compares src/errata/nn/onnx_interface.h with the official header of ONNX Runtime: it compiles when places, types and
// numbers agree. Run by hand when the interface changes (docs/decisions/0014-onnx-runtime.md):
//   g++ -std=c++23 -fsyntax-only -Wno-ignored-attributes -Isrc -I FOLDER_WITH_THE_HEADER tools/check_onnx_interface.cc
#include <onnxruntime_c_api.h>

#include <type_traits>

#include "errata/nn/onnx_interface.h"

namespace {

using namespace errata::nn::ort;

/// A type as it is passed: enumerations as int, of pointers what they point to likewise.
template <typename T>
struct Passed {
  using Type = T;
};
template <typename T>
  requires std::is_enum_v<T>
struct Passed<T> {
  static_assert(sizeof(T) == sizeof(int));
  using Type = int;
};
template <typename T>
struct Passed<T*> {
  using Type = typename Passed<T>::Type*;
};
template <typename Returned, typename... Arguments>
struct Passed<Returned(Arguments...) noexcept> {
  using Type = typename Passed<Returned>::Type(typename Passed<Arguments>::Type...) noexcept;
};
template <typename Returned, typename... Arguments>
struct Passed<Returned(Arguments...)> {
  using Type = typename Passed<Returned>::Type(typename Passed<Arguments>::Type...) noexcept;
};
template <typename T>
using passed = typename Passed<T>::Type;

#define ERRATA_SAME(ours, official)                                                     \
  static_assert(offsetof(OrtApi, official) == ours::kPlace * sizeof(void*), #official); \
  static_assert(std::is_same_v<passed<decltype(OrtApi::official)>, passed<ours::Function>>, #official)

ERRATA_SAME(Message, GetErrorMessage);
ERRATA_SAME(CreateEnv, CreateEnv);
ERRATA_SAME(CreateSession, CreateSessionFromArray);
ERRATA_SAME(Run, Run);
ERRATA_SAME(CreateOptions, CreateSessionOptions);
ERRATA_SAME(SetLogLevel, SetSessionLogSeverityLevel);
ERRATA_SAME(SetOptimization, SetSessionGraphOptimizationLevel);
ERRATA_SAME(SetThreadsWithin, SetIntraOpNumThreads);
ERRATA_SAME(SetThreadsBetween, SetInterOpNumThreads);
ERRATA_SAME(CreateTensor, CreateTensorWithDataAsOrtValue);
ERRATA_SAME(IsTensor, IsTensor);
ERRATA_SAME(Data, GetTensorMutableData);
ERRATA_SAME(Type, GetTensorElementType);
ERRATA_SAME(DimensionCount, GetDimensionsCount);
ERRATA_SAME(Dimensions, GetDimensions);
ERRATA_SAME(TypeAndShape, GetTensorTypeAndShape);
ERRATA_SAME(CreateCpuMemory, CreateCpuMemoryInfo);
ERRATA_SAME(ReleaseStatus, ReleaseStatus);
ERRATA_SAME(ReleaseMemory, ReleaseMemoryInfo);
ERRATA_SAME(ReleaseSession, ReleaseSession);
ERRATA_SAME(ReleaseValue, ReleaseValue);
ERRATA_SAME(ReleaseTypeAndShape, ReleaseTensorTypeAndShapeInfo);
ERRATA_SAME(ReleaseOptions, ReleaseSessionOptions);
ERRATA_SAME(SetEntry, AddSessionConfigEntry);

static_assert(offsetof(OrtApiBase, GetApi) == 0 && offsetof(OrtApiBase, GetVersionString) == sizeof(void*));
static_assert(sizeof(OrtApiBase) == sizeof(Base));
static_assert(kLogFatal == ORT_LOGGING_LEVEL_FATAL && kOptimizeAll == ORT_ENABLE_ALL);
static_assert(kArenaAllocator == OrtArenaAllocator && kDefaultMemory == OrtMemTypeDefault);
static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT == 1 && ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 == 10 &&
              ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE == 11 && ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 == 16);
static_assert(kOldest <= ORT_API_VERSION);

}  // namespace
