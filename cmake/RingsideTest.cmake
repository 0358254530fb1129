# How a folder of tests becomes programs that ctest runs.
#
#   ringside_test(NAME LABEL label SOURCES a.c ... [LIBS lib ...] [INCLUDES dir ...] [TIMEOUT seconds] [LONG])
#       one Criterion binary, one ctest entry `label.NAME`. LIBS defaults to `sim hv`.
#   ringside_driver(NAME LABEL label SOURCES a.c ... [LIBS ...] [INCLUDES ...] [ARGS arg ...] [TIMEOUT ...] [LONG])
#       the same for a program with a main() of its own: whatever forks, measures, or must not run under Criterion.
#   ringside_fuzzer(NAME SOURCES a.c ... [LIBS ...] [INCLUDES ...] [CORPUS dir] [MAX_LEN bytes] [RUNS n] SMOKE n)
#       a file that defines LLVMFuzzerTestOneInput. In the `fuzz` preset it is a libFuzzer program, of which a check
#       makes SMOKE runs (choose about 25 seconds); elsewhere ctest replays its corpus (default: corpus/ beside the
#       sources) and RUNS (default: 5000) seeded mutations of it.
#   ringside_script(NAME LABEL label COMMAND program arg ... [TIMEOUT ...] [LONG])
#       a script; status 0 passes. What hangs costs a minute, not twenty: scripts wait for other programs.
#   ringside_lacks_memory(TARGET)
#       that program decides which allocations of sim and hv fail (tests/oom/lack.h). No such target: nothing is done.
#   ringside_mutants(LIBRARY table.txt)
#       an object library of copies of source files in which what the table takes away or puts in can be switched on
#       (tests/guest/attack/mutate.py). Link it before hv and sim; its mutants.h is on the path of who does.
#
# NAME is unique within its label. LONG adds the label `long`: only `./ringside check --long` runs it. Every test sees
# the private headers (include paths: the repository, sim/, hv/, cli/) and, in the environment, RINGSIDE_SOURCE_DIR,
# RINGSIDE_BUILD_DIR, RINGSIDE_BIN (the program) and RINGSIDE_GUESTS (the folder with the guest images).
#
# The wrapper tests/tools/run-test decides what passed; ctest's own idea (status 0) is not enough for Criterion, which
# passes a test that calls exit(0) or leaks, and a binary without tests.

set(RINGSIDE_LABELS unit insn guest diff replay fuzz oom arch bench panel)
set(RINGSIDE_TEST_DEFAULT_TIMEOUT 120) # seconds; four times that with sanitizers
set(RINGSIDE_SCRIPT_DEFAULT_TIMEOUT 60)

# Last on the command line: cr_assert(eq(...)) expands to statement expressions, which are no ISO C.
add_library(ringside_criterion INTERFACE)
target_compile_options(ringside_criterion INTERFACE -Wno-pedantic)

function(_ringside_check_label label)
  if(NOT label IN_LIST RINGSIDE_LABELS)
    message(FATAL_ERROR "test label '${label}' is not one of: ${RINGSIDE_LABELS}")
  endif()
endfunction()

# Properties that every ctest entry has.
function(_ringside_test_properties entry label timeout long)
  if(NOT timeout)
    set(timeout ${RINGSIDE_TEST_DEFAULT_TIMEOUT})
  endif()
  if(RINGSIDE_SANITIZE OR RINGSIDE_COVERAGE) # slower code, the same tests
    math(EXPR timeout "${timeout} * 4")
  endif()
  set(labels ${label})
  if(long)
    list(APPEND labels long)
  endif()
  set_tests_properties(${entry} PROPERTIES
    LABELS "${labels}" TIMEOUT ${timeout}
    ENVIRONMENT "RINGSIDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};RINGSIDE_BUILD_DIR=${CMAKE_BINARY_DIR};\
RINGSIDE_BIN=${CMAKE_BINARY_DIR}/bin/ringside;RINGSIDE_GUESTS=${CMAKE_BINARY_DIR}/guest-os;CC=${CMAKE_C_COMPILER}")
endfunction()

# True unless a source is not there (yet): one test that is being written shall not keep all others from being built.
# tests/arch/names.py finds lists that name what does not exist.
function(_ringside_has_sources result target)
  set(${result} TRUE PARENT_SCOPE)
  foreach(source IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    if(NOT EXISTS "${source}")
      message(WARNING "${target} is not built: there is no ${source}")
      set(${result} FALSE PARENT_SCOPE)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}")
      break()
    endif()
  endforeach()
endfunction()

# The two that leave the function they stand in: a fuzzing build has fuzzers only; a target without its sources is not there.
macro(_ringside_not_for_fuzzing)
  _ringside_check_label("${T_LABEL}")
  if(RINGSIDE_FUZZ)
    return()
  endif()
endmacro()

macro(_ringside_needs_sources)
  _ringside_has_sources(there ${target} ${T_SOURCES})
  if(NOT there)
    return()
  endif()
endmacro()

# A test program: sources, libraries, include paths.
function(_ringside_test_program target sources libs includes)
  add_executable(${target} ${sources})
  if(NOT libs)
    set(libs sim hv)
  endif()
  target_include_directories(${target} PRIVATE
    "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/sim" "${CMAKE_SOURCE_DIR}/hv" "${CMAKE_SOURCE_DIR}/cli"
    "${CMAKE_CURRENT_SOURCE_DIR}" ${includes})
  target_compile_definitions(${target} PRIVATE
    RINGSIDE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" RINGSIDE_BUILD_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${target} PRIVATE ${libs} ringside_options)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin/tests")
endfunction()

function(ringside_test name)
  cmake_parse_arguments(PARSE_ARGV 1 T "LONG" "LABEL;TIMEOUT" "SOURCES;LIBS;INCLUDES")
  _ringside_not_for_fuzzing()
  set(target ${T_LABEL}-${name})
  _ringside_needs_sources()
  _ringside_test_program(${target} "${T_SOURCES};${CMAKE_SOURCE_DIR}/tests/tools/exit_guard.c" "${T_LIBS}"
    "${T_INCLUDES}")
  target_link_libraries(${target} PRIVATE PkgConfig::CRITERION ringside_criterion)
  # Criterion counts a test that leaves through exit() as passed: exit_guard.c makes it a crash.
  target_link_options(${target} PRIVATE -Wl,--wrap=exit,--wrap=_exit,--wrap=_Exit,--wrap=quick_exit)
  add_test(NAME ${T_LABEL}.${name}
    COMMAND "${CMAKE_SOURCE_DIR}/tests/tools/run-test" criterion $<TARGET_FILE:${target}>)
  _ringside_test_properties(${T_LABEL}.${name} ${T_LABEL} "${T_TIMEOUT}" "${T_LONG}")
endfunction()

function(ringside_driver name)
  cmake_parse_arguments(PARSE_ARGV 1 T "LONG" "LABEL;TIMEOUT" "SOURCES;LIBS;INCLUDES;ARGS")
  _ringside_not_for_fuzzing()
  set(target ${T_LABEL}-${name})
  _ringside_needs_sources()
  if(NOT TARGET ${target}) # one program may be entered several times: ringside_driver with other ARGS and no SOURCES
    _ringside_test_program(${target} "${T_SOURCES}" "${T_LIBS}" "${T_INCLUDES}")
  endif()
  add_test(NAME ${T_LABEL}.${name}
    COMMAND "${CMAKE_SOURCE_DIR}/tests/tools/run-test" driver $<TARGET_FILE:${target}> ${T_ARGS})
  _ringside_test_properties(${T_LABEL}.${name} ${T_LABEL} "${T_TIMEOUT}" "${T_LONG}")
endfunction()

function(ringside_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 T "" "CORPUS;MAX_LEN;RUNS;SMOKE;TIMEOUT" "SOURCES;LIBS;INCLUDES")
  if(NOT T_CORPUS)
    set(T_CORPUS corpus)
  endif()
  if(NOT T_MAX_LEN)
    set(T_MAX_LEN 4096)
  endif()
  if(NOT T_RUNS)
    set(T_RUNS 5000)
  endif()
  if(NOT T_SMOKE)
    message(FATAL_ERROR "ringside_fuzzer(${name}): SMOKE, the runs of a check, is missing")
  endif()
  cmake_path(ABSOLUTE_PATH T_CORPUS BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set(target fuzz-${name})
  _ringside_needs_sources()
  if(RINGSIDE_FUZZ)
    _ringside_test_program(${target} "${T_SOURCES}" "${T_LIBS}" "${T_INCLUDES}")
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    # One line a target; tests/tools/fuzz reads it.
    set_property(GLOBAL APPEND_STRING PROPERTY RINGSIDE_FUZZ_LIST "${target}\t${T_CORPUS}\t${T_MAX_LEN}\t${T_SMOKE}\n")
  else()
    _ringside_test_program(${target} "${T_SOURCES};${CMAKE_SOURCE_DIR}/tests/tools/fuzz_replay.c" "${T_LIBS}"
      "${T_INCLUDES}")
    add_test(NAME fuzz.${name} COMMAND "${CMAKE_SOURCE_DIR}/tests/tools/run-test" driver $<TARGET_FILE:${target}>
      --max-len ${T_MAX_LEN} --runs ${T_RUNS} "${T_CORPUS}")
    _ringside_test_properties(fuzz.${name} fuzz "${T_TIMEOUT}" "")
  endif()
endfunction()

function(ringside_script name)
  cmake_parse_arguments(PARSE_ARGV 1 T "LONG" "LABEL;TIMEOUT" "COMMAND")
  _ringside_not_for_fuzzing()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT ${RINGSIDE_SCRIPT_DEFAULT_TIMEOUT})
  endif()
  add_test(NAME ${T_LABEL}.${name} COMMAND ${T_COMMAND})
  _ringside_test_properties(${T_LABEL}.${name} ${T_LABEL} "${T_TIMEOUT}" "${T_LONG}")
endfunction()

function(ringside_lacks_memory target)
  if(TARGET ${target})
    target_sources(${target} PRIVATE "${CMAKE_SOURCE_DIR}/tests/oom/lack.c")
    target_link_options(${target} PRIVATE -Wl,--wrap=sim_alloc,--wrap=sim_free)
  endif()
endfunction()

function(ringside_mutants library table)
  cmake_path(ABSOLUTE_PATH table BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set(mutate "${CMAKE_SOURCE_DIR}/tests/guest/attack/mutate.py")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${table}")
  execute_process(COMMAND python3 "${mutate}" --files "${table}" OUTPUT_VARIABLE mutated COMMAND_ERROR_IS_FATAL ANY)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/mutated")
  list(TRANSFORM mutated PREPEND "${out}/" OUTPUT_VARIABLE copies)
  list(TRANSFORM mutated PREPEND "${CMAKE_SOURCE_DIR}/" OUTPUT_VARIABLE originals)
  add_custom_command(OUTPUT ${copies} "${out}/mutants.h"
    COMMAND python3 "${mutate}" "${table}" "${CMAKE_SOURCE_DIR}" "${out}"
    DEPENDS "${table}" "${mutate}" ${originals} COMMENT "Sources that ${library} can change" VERBATIM)
  add_library(${library} OBJECT EXCLUDE_FROM_ALL ${copies} "${out}/mutants.h")
  target_include_directories(${library} PUBLIC "${out}" PRIVATE "${CMAKE_SOURCE_DIR}/sim" "${CMAKE_SOURCE_DIR}/sim/cpu"
    "${CMAKE_SOURCE_DIR}/hv")
  target_link_libraries(${library} PRIVATE hv sim ringside_options)
endfunction()
