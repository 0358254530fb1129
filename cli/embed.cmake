# cmake -DOUT=FILE -DLIST="folder=path;folder=path" -P embed.cmake: writes the C table of cli/embedded.h.
set(arrays "")
set(table "")
set(n 0)
foreach(item IN LISTS LIST)
  string(REGEX MATCH "^([^=]+)=(.+)$" ok "${item}")
  set(folder "${CMAKE_MATCH_1}")
  set(path "${CMAKE_MATCH_2}")
  get_filename_component(name "${path}" NAME)
  get_filename_component(stem "${path}" NAME_WLE)
  file(READ "${path}" hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "static const uint8_t file_${n}[] = {${bytes}0};\n")
  string(APPEND table "    {\"${folder}\", \"${stem}\", \"${name}\", file_${n}, ${size}},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE "${OUT}.new"
  "/* Written by cli/embed.cmake. */\n#include \"embedded.h\"\n\n${arrays}\n"
  "const struct embedded_file embedded_files[] = {\n${table}    {\"\", \"\", \"\", file_0, 0},\n};\n"
  "const unsigned embedded_count = ${n};\n")
file(RENAME "${OUT}.new" "${OUT}")
