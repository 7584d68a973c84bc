# Flags every target shares. Heavy choices (sanitizers, fuzzing) are options, not build types.
add_library(garage_flags INTERFACE)
target_include_directories(garage_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(garage_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough -Wno-unused-parameter
  -fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(garage_flags INTERFACE -fuse-ld=lld)
endif()
if(GARAGE_WERROR)
  target_compile_options(garage_flags INTERFACE -Werror)
endif()
if(GARAGE_SANITIZE)
  target_compile_options(garage_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  target_link_options(garage_flags INTERFACE -fsanitize=address,undefined)
endif()
if(GARAGE_FUZZ)
  # Coverage of the modules themselves, without which a fuzzer is blind; the sanitizers' runtime provides the hooks.
  target_compile_options(garage_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(GARAGE_SANITIZE_THREAD)
  target_compile_options(garage_flags INTERFACE -fsanitize=thread)
  target_link_options(garage_flags INTERFACE -fsanitize=thread)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
