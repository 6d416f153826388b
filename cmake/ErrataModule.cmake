# errata_quick_to_compile(<target>): under the sanitizers, the optimisation is left out.
function(errata_quick_to_compile target)
  if(ERRATA_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# errata_links(<variable> <target> <library>): whether a target links a library, itself or by another.
function(errata_links variable target library)
  set(links "")
  if(TARGET ${target})
    get_target_property(direct ${target} LINK_LIBRARIES)
    get_target_property(passed_on ${target} INTERFACE_LINK_LIBRARIES)
    set(links ${direct} ${passed_on})
  endif()
  set(found OFF)
  if(library IN_LIST links)
    set(found ON)
  else()
    list(FILTER links INCLUDE REGEX "^errata")
    foreach(link ${links})
      errata_links(found ${link} ${library})
      if(found)
        break()
      endif()
    endforeach()
  endif()
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

# errata_alone(<sources>): sources that set macros, pragmas or operators of their own, or whose private state holds types
# of their own, which g++ refuses in an included source.
function(errata_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# errata_headers_without_source(<variable> <headers>): those that no source or test beside them includes before all else.
# The others need not be compiled once more to show that they include what they need.
function(errata_headers_without_source variable)
  set(alone "")
  foreach(header ${ARGN})
    string(REGEX REPLACE "\\.h$" "" stem "${header}")
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY "${CMAKE_SOURCE_DIR}/src" OUTPUT_VARIABLE included)
    set(first "")
    foreach(source "${stem}.cc" "${stem}_test.cc")
      if(EXISTS "${source}")
        file(STRINGS "${source}" include LIMIT_COUNT 1 REGEX "^#include")
        list(APPEND first "${include}")
      endif()
    endforeach()
    if(NOT "#include \"${included}\"" IN_LIST first)
      list(APPEND alone "${header}")
    endif()
  endforeach()
  set(${variable} "${alone}" PARENT_SCOPE)
endfunction()

# errata_module(<path> [DEPENDS <paths>] [LIBRARIES <targets>])
#
# One folder src/errata/<path> is one library errata::<path, _ for />, with its tests beside its sources:
#   x.h x.cc          the module; the target all_verify_interface_header_sets compiles headers alone
#   x_test.cc         -> <name>_test, run by ctest
#   x_slow_test.cc    -> <name>_slow_test, run by ctest with the label slow
#   test_x.h test_x.cc  shared by the tests of the folder, and by others that name them
function(errata_module path)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES" ${ARGN})
  string(REPLACE "/" "_" name "${path}")
  string(REPLACE "/" "_" arg_DEPENDS "${arg_DEPENDS}")
  set(folder "${CMAKE_SOURCE_DIR}/src/errata/${path}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cc")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${folder}/*.h")
  list(FILTER headers EXCLUDE REGEX "/test_[^/]*\\.h$")
  set(shared_by_tests ${sources})
  list(REMOVE_ITEM shared_by_tests "${CMAKE_SOURCE_DIR}/src/errata/base/test_folder.cc") # in errata_test_support
  list(FILTER shared_by_tests INCLUDE REGEX "/test_[^/]*\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/test_[^/]*\\.cc$")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(slow_tests ${tests})
  list(FILTER tests EXCLUDE REGEX "_slow_test\\.cc$")
  list(FILTER slow_tests INCLUDE REGEX "_slow_test\\.cc$")

  list(TRANSFORM arg_DEPENDS PREPEND errata::)
  add_library(errata_${name} STATIC ${sources})
  add_library(errata::${name} ALIAS errata_${name})
  target_link_libraries(errata_${name} PRIVATE errata_flags PUBLIC ${arg_DEPENDS} ${arg_LIBRARIES})
  if(path MATCHES "^report/") # words and pages: little to run, much to compile
    errata_quick_to_compile(errata_${name})
  endif()
  errata_headers_without_source(alone ${headers})
  target_sources(errata_${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${CMAKE_SOURCE_DIR}/src" FILES ${alone})
  set_target_properties(errata_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)

  if(ERRATA_TESTS)
    set(label quick)
    if(path MATCHES "^report/")
      set(label report)
    endif()
    errata_test(${name}_test SOURCES ${tests} ${shared_by_tests} LIBRARIES errata::${name} LABELS ${label})
    errata_test(${name}_slow_test SOURCES ${slow_tests} LIBRARIES errata::${name} LABELS slow)
  endif()
endfunction()

# Property tests draw the same cases in every run; a test program run by hand draws new ones and prints their seed.
set(ERRATA_TEST_ENVIRONMENT "RC_PARAMS=seed=1")

# What check-sanitizers builds: every test of a module but those of its words and pages, which whole programs show.
add_custom_target(unit_tests)

# errata_test(<name> SOURCES <files> LIBRARIES <targets> [LABELS <labels>] [SHARDS <n>] [TOGETHER <suite>]
#   [UNSANITIZED <pattern of gtest>]): one executable,
# one ctest entry a TEST, but one in all for a suite whose fixture is costly to set up, and for a program that links
# libtorch, which takes half a second to start; under the sanitizers, where starting any process costs more than most
# tests, one entry in all, or n that begin before the others and share the tests; without the ones whose time goes into
# browsers, node or libtorch.
function(errata_test name)
  cmake_parse_arguments(arg "" "SHARDS;TOGETHER;UNSANITIZED" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  if(NOT arg_SOURCES)
    return()
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS quick) # gtest_discover_tests drops an empty value and takes the next name for it
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE errata_flags ${arg_LIBRARIES} errata_test_support GTest::gmock_main
    rapidcheck_gtest)
  if(arg_LABELS STREQUAL "quick")
    add_dependencies(unit_tests ${name})
  endif()
  errata_quick_to_compile(${name}) # half the time to compile; what is tested keeps its optimisation
  if(ERRATA_SANITIZE)
    set(environment "${ERRATA_TEST_ENVIRONMENT};LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/leaks.supp:print_suppressions=0"
        "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/threads.supp")
    set(shards ${arg_SHARDS})
    if(NOT shards)
      set(shards 1)
    endif()
    foreach(shard RANGE 1 ${shards})
      math(EXPR index "${shard} - 1")
      math(EXPR cost "1000 * (${shards} - 1)")
      add_test(NAME ${name}_${shard} COMMAND ${name} --gtest_brief=1 "--gtest_filter=*-${arg_UNSANITIZED}")
      set_tests_properties(${name}_${shard} PROPERTIES TIMEOUT 1800 LABELS "${arg_LABELS}" COST ${cost}
        ENVIRONMENT "${environment};GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${index}")
    endforeach()
    return()
  endif()
  errata_links(torch ${name} torch::torch)
  set(filter "")
  if(torch)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 COST 500 LABELS "${arg_LABELS}"
      ENVIRONMENT "${ERRATA_TEST_ENVIRONMENT}")
  else()
    if(arg_TOGETHER)
      set(filter TEST_FILTER "-${arg_TOGETHER}.*")
      add_test(NAME ${name}.${arg_TOGETHER} COMMAND ${name} "--gtest_filter=${arg_TOGETHER}.*")
      set_tests_properties(${name}.${arg_TOGETHER} PROPERTIES TIMEOUT 900 COST 1000 LABELS "${arg_LABELS}"
        ENVIRONMENT "${ERRATA_TEST_ENVIRONMENT}")
    endif()
    gtest_discover_tests(${name} ${filter} DISCOVERY_TIMEOUT 60 PROPERTIES
      TIMEOUT 900 LABELS "${arg_LABELS}" ENVIRONMENT "${ERRATA_TEST_ENVIRONMENT}")
  endif()
endfunction()
