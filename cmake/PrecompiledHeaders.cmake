# Headers of libraries, parsed once instead of in every file: half of the time of a build. tests/style_test.py sees to it that a file
# includes them all the same, for the builds that do without (gcc, fuzz).
#
# Own rules rather than target_precompile_headers(), so that the compiler cache of one checkout serves the next: the path is relative,
# and the cache looks at the file beside the compiled header (the text that went into it) instead of its bytes, which name the checkout.
option(GARAGE_PRECOMPILED_HEADERS "Compile the headers of libraries once" OFF)

# garage_precompiled_header(NAME OPTIONS...): the target precompiled_NAME makes precompiled/NAME.pch of precompiled/NAME.hpp.
function(garage_precompiled_header name)
  string(TOUPPER "CMAKE_CXX_FLAGS_${CMAKE_BUILD_TYPE}" config_flags)
  separate_arguments(flags NATIVE_COMMAND "${CMAKE_CXX_FLAGS} ${${config_flags}}")
  # As CMake gives them to what is compiled for another architecture.
  if(CMAKE_CROSSCOMPILING)
    list(PREPEND flags --target=${CMAKE_CXX_COMPILER_TARGET} --sysroot=${CMAKE_SYSROOT})
  endif()
  set(definitions "$<TARGET_PROPERTY:garage_flags,INTERFACE_COMPILE_DEFINITIONS>")
  set(flags ${flags} -std=c++${CMAKE_CXX_STANDARD} "$<TARGET_PROPERTY:garage_flags,INTERFACE_COMPILE_OPTIONS>"
      "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},$<SEMICOLON>-D>>" ${ARGN} -x c++-header ${CMAKE_SOURCE_DIR}/cmake/precompiled/${name}.hpp)
  set(compiled precompiled/${name}.pch)
  add_custom_command(OUTPUT ${compiled} ${compiled}.sum
    COMMAND ${CMAKE_COMMAND} -E make_directory precompiled
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} -Xclang -fno-pch-timestamp -fpch-instantiate-templates -MD -MT ${compiled} -MF ${compiled}.d -o ${compiled}
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} -E -P -dD -o ${compiled}.sum
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/precompiled/${name}.hpp
    DEPFILE ${compiled}.d
    COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Compiling the headers of precompiled/${name}.hpp")
  add_custom_target(precompiled_${name} DEPENDS ${compiled})
endfunction()

# Lets the files of a target, of the calling directory, begin with a precompiled header, where they are wanted.
function(garage_begin_with target name)
  if(GARAGE_PRECOMPILED_HEADERS)
    target_compile_options(${target} PRIVATE "SHELL:-include-pch precompiled/${name}.pch")
    # The compiler does not name it among what an object depends on.
    get_target_property(sources ${target} SOURCES)
    set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/precompiled/${name}.pch)
  endif()
endfunction()

if(GARAGE_PRECOMPILED_HEADERS)
  garage_precompiled_header(common)
  # As add_module() and GTest's own target have it.
  garage_precompiled_header(tests $<$<CONFIG:Debug>:-O0> -DGTEST_HAS_PTHREAD=1)
endif()
