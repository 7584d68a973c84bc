# add_module(NAME SOURCES ... [TESTS ...] [FUZZERS ...] [DEPS modules...] [PRIVATE libraries...])
#
# One call declares a module: the static library garage_NAME, its unit tests NAME_tests, and its layer test NAME_layer: an empty
# program linked with the whole archive and nothing but the declared DEPS, so that a call into an upper layer is an undefined symbol.
# Sources are listed one by one: a new file is a decision.
file(WRITE ${CMAKE_BINARY_DIR}/empty_main.cpp "int main() { return 0; }\n")

function(add_module name)
  cmake_parse_arguments(M "" "" "SOURCES;TESTS;TEST_SUPPORT;TEST_DEPS;FUZZERS;DEPS;PRIVATE" ${ARGN})
  add_library(garage_${name} STATIC ${M_SOURCES})
  set_target_properties(garage_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(garage_${name} PUBLIC garage_flags)
  foreach(dep ${M_DEPS})
    target_link_libraries(garage_${name} PUBLIC garage_${dep})
  endforeach()
  target_link_libraries(garage_${name} PRIVATE ${M_PRIVATE})
  garage_begin_with(garage_${name} common)

  add_executable(${name}_layer EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/empty_main.cpp)
  target_link_libraries(${name}_layer PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,garage_${name}>")
  set_property(GLOBAL APPEND PROPERTY GARAGE_LAYER_TESTS ${name}_layer)

  if(M_TESTS)
    add_executable(${name}_tests EXCLUDE_FROM_ALL ${M_TESTS} ${M_TEST_SUPPORT})
    target_link_libraries(${name}_tests PRIVATE garage_${name} GTest::gtest_main GTest::gmock)
    # Compiling the tests takes longer than running them: under a sanitizer only the code they test is optimized.
    target_compile_options(${name}_tests PRIVATE $<$<CONFIG:Debug>:-O0>)
    garage_begin_with(${name}_tests tests)
    foreach(dep ${M_TEST_DEPS})
      target_link_libraries(${name}_tests PRIVATE garage_${dep})
    endforeach()
    add_test(NAME ${name}_tests COMMAND ${name}_tests --gtest_brief=1)
    set_property(GLOBAL APPEND PROPERTY GARAGE_UNIT_TESTS ${name}_tests)
  endif()

  if(GARAGE_FUZZ)
    foreach(fuzzer ${M_FUZZERS})
      get_filename_component(stem ${fuzzer} NAME_WE)
      add_executable(${stem} ${fuzzer})
      target_compile_options(${stem} PRIVATE -fsanitize=fuzzer)
      target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
      target_link_libraries(${stem} PRIVATE garage_${name})
      set_property(GLOBAL APPEND PROPERTY GARAGE_FUZZERS ${stem})
    endforeach()
  endif()
endfunction()

# Call once, after all modules: the targets that collect what add_module made.
function(garage_collect_targets)
  get_property(units GLOBAL PROPERTY GARAGE_UNIT_TESTS)
  get_property(layers GLOBAL PROPERTY GARAGE_LAYER_TESTS)
  get_property(fuzzers GLOBAL PROPERTY GARAGE_FUZZERS)
  add_custom_target(unit_tests DEPENDS ${units})
  add_custom_target(layer_tests DEPENDS ${layers})
  if(fuzzers)
    add_custom_target(fuzzers DEPENDS ${fuzzers})
  endif()
endfunction()
