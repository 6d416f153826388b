# errata_module(<name> [DEPENDS <modules>] [LIBRARIES <targets>])
#
# One folder src/errata/<name> is one library errata::<name>, with its tests beside its sources:
#   x.h x.cc        the module
#   x_test.cc       -> <name>_test, run by ctest
#   x_slow_test.cc  -> <name>_slow_test, run by ctest with the label slow
function(errata_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES" ${ARGN})
  set(folder "${CMAKE_SOURCE_DIR}/src/errata/${name}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cc")
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

  if(ERRATA_TESTS)
    errata_test(${name}_test SOURCES ${tests} LIBRARIES errata::${name})
    errata_test(${name}_slow_test SOURCES ${slow_tests} LIBRARIES errata::${name} LABELS slow)
  endif()
endfunction()

# errata_test(<name> SOURCES <files> LIBRARIES <targets> [LABELS <labels>]): one executable, one ctest entry a TEST.
function(errata_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  if(NOT arg_SOURCES)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE errata_flags ${arg_LIBRARIES} GTest::gmock_main rapidcheck_gtest)
  target_compile_definitions(${name} PRIVATE ERRATA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 900 LABELS "${arg_LABELS}")
endfunction()
