# What every target of ours has in common: the language, the warnings, and how a folder becomes a library.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # computed includes and builtins are reached through sim/compiler.h only
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

option(RINGSIDE_WERROR "Treat warnings as errors" OFF)
option(RINGSIDE_SANITIZE "Build with ASan and UBSan" OFF)
option(RINGSIDE_TESTS "Build the tests (needs Criterion and Unicorn)" OFF)
option(RINGSIDE_FUZZ "Build the fuzz targets only, for libFuzzer (needs clang)" OFF)
option(RINGSIDE_LIBRARIES_ONLY "Build sim and hv only (cross-compiling for WebAssembly)" OFF)

option(RINGSIDE_COVERAGE "Count executed lines and branches (gcov)" OFF)

add_library(ringside_options INTERFACE)
target_compile_options(ringside_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Wcast-qual -Wundef -Werror=implicit-function-declaration)
if(RINGSIDE_WERROR)
  target_compile_options(ringside_options INTERFACE -Werror)
endif()
if(RINGSIDE_SANITIZE)
  target_compile_options(ringside_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(ringside_options INTERFACE -fsanitize=address,undefined)
endif()
if(RINGSIDE_FUZZ)
  target_compile_options(ringside_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(RINGSIDE_COVERAGE)
  target_compile_options(ringside_options INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(ringside_options INTERFACE --coverage)
  # -O1 makes no sibling calls, and the stack would grow with every instruction.
  target_compile_definitions(ringside_options INTERFACE SIM_NO_TAIL_CALLS)
  # Copies of an inline function, each for constants of its own, would hold branches that can never be taken: so no
  # function is inlined, the attribute always_inline (SIM_ALWAYS_INLINE) notwithstanding.
  target_compile_options(ringside_options INTERFACE -fno-inline -Dalways_inline=unused)
endif()

# ringside_library(NAME): every .c below the current folder is one static library; its public headers are
# include/, and private headers sit beside their sources, on nobody else's include path.
function(ringside_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.c")
  list(FILTER sources EXCLUDE REGEX "/oracle/")
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC include PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ringside_options)
endfunction()
