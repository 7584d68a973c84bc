# Flags every target shares. Heavy choices (sanitizers, fuzzing) are options, not build types.
add_library(garage_flags INTERFACE)
target_include_directories(garage_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(garage_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough -Wno-unused-parameter
  -fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(garage_flags INTERFACE -fuse-ld=lld)
else()
  # The same linker, where GCC finds it: that of binutils wants the static archives in an order.
  target_link_options(garage_flags INTERFACE -fuse-ld=lld -B/usr/lib/llvm-19/bin)
endif()
if(GARAGE_WERROR)
  target_compile_options(garage_flags INTERFACE -Werror)
endif()
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  # Also there files are larger than 2 GiB, time goes on after 2038, and counters have 64 bits, which the processor may not be able to
  # change at once.
  target_compile_definitions(garage_flags INTERFACE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
  target_link_libraries(garage_flags INTERFACE atomic)
  # Lengths of objects and files are longer than what the processor counts in: none may be cut off unseen.
  target_compile_options(garage_flags INTERFACE -Wshorten-64-to-32 -Wno-error=shorten-64-to-32)
endif()
if(GARAGE_STATIC)
  target_compile_definitions(garage_flags INTERFACE GARAGE_STATIC)
  target_link_options(garage_flags INTERFACE -static -s)
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
  # Precompiled headers only with its own settings (cmake/PrecompiledHeaders.cmake).
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 ${CCACHE})
endif()
