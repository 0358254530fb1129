# How guest code is built: for a bare 32-bit PC, whatever the host is and however the host's code is
# built. Nothing here uses CMake's own C language support, so presets, sanitizers and CFLAGS do not
# reach guests.

if(CMAKE_HOST_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i[3-6]86)$")
  find_program(GUEST_CC gcc REQUIRED)
  find_program(GUEST_STRIP strip REQUIRED)
else()
  find_program(GUEST_CC i686-linux-gnu-gcc REQUIRED)
  find_program(GUEST_STRIP i686-linux-gnu-strip REQUIRED)
endif()

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH guest_dir)
cmake_path(GET guest_dir PARENT_PATH guest_root)
set(GUEST_OS_DIR "${guest_dir}" CACHE INTERNAL "")

# The machine code every guest is made of. There is no 32-bit libgcc: lib/ has what gcc calls.
set(GUEST_CODE_FLAGS
  -m32 -march=i686 -mgeneral-regs-only -ffreestanding -nostdlib -fno-pic -no-pie -static
  -fno-stack-protector -fno-asynchronous-unwind-tables -Wl,--build-id=none CACHE INTERNAL "")

set(GUEST_COMPILE_FLAGS
  ${GUEST_CODE_FLAGS} -std=gnu11 -g -O2
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wcast-qual
  -Wundef -Wframe-larger-than=1024
  "-ffile-prefix-map=${guest_root}=." "-ffile-prefix-map=${CMAKE_BINARY_DIR}=build"
  "-I${GUEST_OS_DIR}" "-I${guest_root}/sim/include" "-I${guest_root}/hv/include"
  CACHE INTERNAL "")
if(RINGSIDE_WERROR)
  set(GUEST_COMPILE_FLAGS ${GUEST_COMPILE_FLAGS} -Werror CACHE INTERNAL "")
endif()

# guest_objects(OUT source...): rules that compile each source; OUT gets the list of objects.
function(guest_objects out)
  set(objects)
  foreach(source IN LISTS ARGN)
    get_filename_component(source "${source}" ABSOLUTE)
    file(RELATIVE_PATH name "${CMAKE_CURRENT_SOURCE_DIR}" "${source}")
    string(REPLACE "../" "up/" name "${name}")
    set(object "${CMAKE_CURRENT_BINARY_DIR}/obj/${GUEST_OBJECTS_OF}${name}.o")
    get_filename_component(folder "${object}" DIRECTORY)
    file(MAKE_DIRECTORY "${folder}")
    add_custom_command(OUTPUT "${object}"
      COMMAND "${GUEST_CC}" ${GUEST_COMPILE_FLAGS} -MMD -MF "${object}.d"
        -c "${source}" -o "${object}"
      DEPENDS "${source}" DEPFILE "${object}.d" COMMENT "Guest object ${name}" VERBATIM)
    list(APPEND objects "${object}")
  endforeach()
  set(${out} "${objects}" PARENT_SCOPE)
endfunction()

# guest_link(ELF SCRIPT object...): a rule that links the objects by the linker script.
function(guest_link elf script)
  get_filename_component(folder "${elf}" DIRECTORY)
  file(MAKE_DIRECTORY "${folder}")
  file(RELATIVE_PATH name "${CMAKE_BINARY_DIR}" "${elf}")
  add_custom_command(OUTPUT "${elf}"
    COMMAND "${GUEST_CC}" ${GUEST_CODE_FLAGS} -Wl,-z,noexecstack -Wl,-z,max-page-size=4096
      -Wl,--no-warn-rwx-segments -Wl,-T,${script} ${ARGN} -o "${elf}"
    DEPENDS ${ARGN} "${script}" COMMENT "Guest ${name}" VERBATIM)
endfunction()

# ringside_guest(NAME source...): a guest on the kit, <build>/guest-os/tests/NAME.elf, built by
# target guest_NAME, which is part of `all`. Usable in any folder after guest-os.
function(ringside_guest name)
  set(GUEST_OBJECTS_OF "${name}/") # two guests may share a source
  guest_objects(objects ${ARGN})
  get_property(kit GLOBAL PROPERTY GUEST_KIT_OBJECTS)
  set(elf "${CMAKE_BINARY_DIR}/guest-os/tests/${name}.elf")
  guest_link("${elf}" "${GUEST_OS_DIR}/kit/link.ld" ${kit} ${objects})
  add_custom_target(guest_${name} ALL DEPENDS "${elf}")
  add_dependencies(guest_${name} guest_kit)
endfunction()
