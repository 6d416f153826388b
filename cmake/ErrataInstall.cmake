# What `cmake --install` puts in place (docs/embedding-in-a-server.md): the programs with DuckDB beside them, and the
# monitor as a shared library with its headers, its CMake package and its pkg-config file. The tree can be moved.
include(CMakePackageConfigHelpers)

# The programs. A library that is found outside the checkout, like a system's DuckDB, is used where it is.
set(programs errata_program)
if(ERRATA_NN)
  list(APPEND programs errata_nn_program)
endif()
set_target_properties(${programs} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib" INSTALL_RPATH_USE_LINK_PATH ON)
# Some compilers drop libraries that a program links and does not call. Here each is kept, so that what the files need
# (tests/install_test.py, tests/e2e) tells what the module graph links.
target_link_options(errata_program PRIVATE "LINKER:--no-as-needed")
install(TARGETS ${programs} RUNTIME DESTINATION bin)
if(DUCKDB_IS_PINNED)
  install(FILES "${DUCKDB_LIBRARY}" DESTINATION lib)
endif()

if(ERRATA_NN)
  install(FILES "${ONNX_LIBRARY}" DESTINATION lib OPTIONAL)
  set(models ${ERRATA_MODELS})
  while(models)
    list(POP_FRONT models file name)
    install(FILES "${file}" DESTINATION share/errata/models RENAME "${name}" OPTIONAL)
  endwhile()
  install(FILES "${CMAKE_SOURCE_DIR}/src/errata/engine_nn/errata_allocator.h" DESTINATION include)
endif()

# The monitor. Only what exports.map names is visible from outside; fmt stays a library of its own.
set(monitor "${CMAKE_SOURCE_DIR}/src/errata/monitor")
add_library(errata_monitor_shared SHARED $<TARGET_OBJECTS:errata_monitor>)
target_link_libraries(errata_monitor_shared PRIVATE errata::monitor)
target_link_options(errata_monitor_shared PRIVATE "LINKER:--no-as-needed,--version-script=${monitor}/exports.map")
target_compile_features(errata_monitor_shared INTERFACE cxx_std_23)
set_target_properties(errata_monitor_shared PROPERTIES OUTPUT_NAME errata_monitor EXPORT_NAME monitor
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS "${monitor}/exports.map")
install(TARGETS errata_monitor_shared EXPORT errata LIBRARY DESTINATION lib INCLUDES DESTINATION include)

# errata_headers(<list> <header>): appends a header of this project and all that it includes, as paths below src/.
function(errata_headers list header)
  if(NOT header IN_LIST ${list})
    list(APPEND ${list} "${header}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${header}")
    file(STRINGS "${CMAKE_SOURCE_DIR}/src/${header}" includes REGEX "^#include \"errata/")
    list(TRANSFORM includes REPLACE "^#include \"(.*)\".*" "\\1")
    foreach(include ${includes})
      errata_headers(${list} "${include}")
    endforeach()
  endif()
  set(${list} "${${list}}" PARENT_SCOPE)
endfunction()
errata_headers(headers errata/monitor/monitor.h)
foreach(header ${headers})
  cmake_path(GET header PARENT_PATH folder)
  install(FILES "${CMAKE_SOURCE_DIR}/src/${header}" DESTINATION "include/${folder}")
endforeach()
install(FILES "${monitor}/errata.h" DESTINATION include)

set(package "${CMAKE_BINARY_DIR}/package")
write_basic_package_version_file("${package}/errata-config-version.cmake" COMPATIBILITY SameMinorVersion)
configure_file("${CMAKE_SOURCE_DIR}/cmake/errata-monitor.pc.in" "${package}/errata-monitor.pc" @ONLY)
install(EXPORT errata NAMESPACE errata:: FILE errata-config.cmake DESTINATION lib/cmake/errata)
install(FILES "${package}/errata-config-version.cmake" DESTINATION lib/cmake/errata)
install(FILES "${package}/errata-monitor.pc" DESTINATION lib/pkgconfig)

# All of it, for `make install`.
add_custom_target(errata_installed DEPENDS ${programs} errata_monitor_shared)
