# SPDX-License-Identifier: BSL-1.0
# guestclock_test_guest(TARGET): the guest of the tests, linked into TARGET as guestclock_guest_image says.
include(${PROJECT_SOURCE_DIR}/cmake/guest_blob.cmake)

function(guestclock_test_guest target)
  guestclock_guest_image(${target} ${PROJECT_SOURCE_DIR}/tests/vm/guest/guest.cpp guestclock/hyperv/guest.hpp
                         guestclock/x86/cpuid.hpp guestclock/x86/msr.hpp)
endfunction()
