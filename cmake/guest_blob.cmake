# SPDX-License-Identifier: BSL-1.0
# guestclock_guest_image(TARGET SOURCE [HEADER…]): a flat image of a freestanding guest, to be loaded and entered at
# 0x10000, linked into TARGET as `guest_image` (guest_image.hpp). It is compiled with guestclock::core's headers,
# guestclock/x86/counter.hpp and the HEADERs alone, whatever the rest is instrumented with.
find_program(GUESTCLOCK_LD ld REQUIRED)

set(guestclock_guest_flags
    -std=c++20
    -O2
    -ffreestanding
    -fno-exceptions
    -fno-rtti
    -fno-stack-protector
    -fno-threadsafe-statics
    -mno-red-zone
    -fno-asynchronous-unwind-tables
    -fcf-protection=none
    -mgeneral-regs-only
    -fno-pic
    -Wall
    -Wextra
    -Werror)

function(guestclock_guest_image target source)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}_guest)
  cmake_path(ABSOLUTE_PATH source)
  foreach(header IN ITEMS guestclock/x86/counter.hpp LISTS ARGN)
    configure_file(${PROJECT_SOURCE_DIR}/backends/include/${header} ${folder}/include/${header} COPYONLY)
  endforeach()
  set(image ${folder}/guest.bin)
  set(script ${PROJECT_SOURCE_DIR}/cmake/guest_blob.ld)
  add_custom_command(
    OUTPUT ${image}
    COMMAND
      ${CMAKE_CXX_COMPILER} ${guestclock_guest_flags} -I${PROJECT_SOURCE_DIR}/core/include -I${folder}/include
      -MD -MF ${folder}/guest.d -MT ${image} -c ${source} -o ${folder}/guest.o
    COMMAND ${GUESTCLOCK_LD} -T ${script} -o ${image} ${folder}/guest.o
    DEPENDS ${source} ${script}
    DEPFILE ${folder}/guest.d
    VERBATIM)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/guest_image.cpp.in ${folder}/guest_image.cpp @ONLY)
  file(GENERATE OUTPUT ${folder}/guest_image.hpp CONTENT
"// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
extern \"C\" const unsigned char guest_image_begin[];
extern \"C\" const unsigned char guest_image_end[];
inline constexpr unsigned long guest_image_address = 0x10000;
inline std::size_t guest_image_size() { return static_cast<std::size_t>(guest_image_end - guest_image_begin); }
")
  set_source_files_properties(${folder}/guest_image.cpp PROPERTIES OBJECT_DEPENDS ${image})
  target_sources(${target} PRIVATE ${folder}/guest_image.cpp)
  target_include_directories(${target} PRIVATE ${folder})
  set_target_properties(${target} PROPERTIES GUEST_IMAGE ${image})
endfunction()
