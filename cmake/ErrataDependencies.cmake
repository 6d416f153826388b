# Third-party parts. Debian's packages are listed in deps/debian*.txt, npm's in deps/npm.txt (unpacked into .deps).
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)

# DuckDB: a system installation when CMake finds one, else the pinned npm packages.
set(deps "${CMAKE_SOURCE_DIR}/.deps")
string(REPLACE "x86_64" "x64" duckdb_machine "${CMAKE_SYSTEM_PROCESSOR}")
string(REPLACE "aarch64" "arm64" duckdb_machine "${duckdb_machine}")
find_library(DUCKDB_LIBRARY duckdb)
find_path(DUCKDB_INCLUDE duckdb.h)
if(NOT DUCKDB_LIBRARY OR NOT DUCKDB_INCLUDE)
  set(DUCKDB_LIBRARY "${deps}/@duckdb/node-bindings-linux-${duckdb_machine}/libduckdb.so")
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
endif()

# JPEG by the part of libjpeg-turbo that returns its errors. Its CMake package names libraries of other packages.
find_library(TURBOJPEG_LIBRARY turbojpeg REQUIRED)
find_path(TURBOJPEG_INCLUDE turbojpeg.h REQUIRED)
add_library(turbojpeg::turbojpeg INTERFACE IMPORTED)
target_link_libraries(turbojpeg::turbojpeg INTERFACE "${TURBOJPEG_LIBRARY}")
target_include_directories(turbojpeg::turbojpeg SYSTEM INTERFACE "${TURBOJPEG_INCLUDE}")

add_subdirectory(web)

if(ERRATA_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  find_path(RAPIDCHECK_INCLUDE rapidcheck.h REQUIRED)
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
  add_library(rapidcheck_gtest INTERFACE)
  target_include_directories(rapidcheck_gtest SYSTEM INTERFACE "${RAPIDCHECK_INCLUDE}")
  target_link_libraries(rapidcheck_gtest INTERFACE "${RAPIDCHECK_LIBRARY}")
endif()
if(ERRATA_BENCH)
  find_package(benchmark REQUIRED)
  find_path(HNSWLIB_INCLUDE hnswlib/hnswlib.h REQUIRED) # what the exact index is measured against
  add_library(hnswlib INTERFACE)
  target_include_directories(hnswlib SYSTEM INTERFACE "${HNSWLIB_INCLUDE}")
endif()
