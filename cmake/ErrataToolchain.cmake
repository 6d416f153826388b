# Language, warnings, sanitizers, compiler cache: what holds for every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1")
# No multiplication is fused with an addition: machines that can (arm64) give the digits of those that cannot (x86-64).
add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-ffp-contract=off>)

option(ERRATA_NN "build what needs networks: errata-nn and its modules (libtorch, OpenCV)" OFF)
option(ERRATA_TESTS "build the tests; switches ERRATA_NN on" OFF)
option(ERRATA_BENCH "build the benchmarks; switches ERRATA_NN on" OFF)
if(ERRATA_TESTS OR ERRATA_BENCH)
  set(ERRATA_NN ON)
endif()
set(ERRATA_SANITIZE "" CACHE STRING "sanitizers, e.g. address,undefined")
option(ERRATA_FUZZ "build the fuzz targets (clang only); what they read with is instrumented for the fuzzer" OFF)
option(ERRATA_FUZZ_ALL "instrument every source for the fuzzer" OFF)

# The sources of a target are compiled sixteen at a time: most of the time goes into what they all include. So no two of a
# module may use one name for different helpers of their own; a source that cannot share is named by errata_alone().
set(CMAKE_UNITY_BUILD ON CACHE BOOL "compile several sources at a time")
set(CMAKE_UNITY_BUILD_BATCH_SIZE 16)

# Paths below the checkout count as relative ones, so that a checkout elsewhere finds what this one compiled.
find_program(CCACHE ccache)
if(CCACHE)
  foreach(language C CXX)
    set(CMAKE_${language}_COMPILER_LAUNCHER env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE}")
  endforeach()
endif()

add_library(errata_flags INTERFACE)
target_compile_options(errata_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror
  -Wno-missing-field-initializers)  # options are structs with defaults, called with designated initialisers
target_include_directories(errata_flags INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_definitions(errata_flags INTERFACE ERRATA_VERSION="${PROJECT_VERSION}")
if(ERRATA_SANITIZE)
  add_compile_options(-fsanitize=${ERRATA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ERRATA_SANITIZE})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  # GCC 12 reports false dangling and maybe-uninitialised values under the sanitizers; clang what GCC 12's own algorithms
  # call.
  target_compile_options(errata_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
endif()
if(ERRATA_FUZZ_ALL)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(ERRATA_TESTS)
  enable_testing()
endif()
