# SPDX-License-Identifier: BSL-1.0
# What every target of this project is compiled with: target_link_libraries(<target> PRIVATE guestclock_warnings).
# The options end at this build: an installed library that was linked with them does not hand them on.
add_library(guestclock_warnings INTERFACE)
set_target_properties(guestclock_warnings PROPERTIES EXPORT_NAME warnings)
target_compile_options(guestclock_warnings INTERFACE $<BUILD_INTERFACE:-Wall;-Wextra;-Wconversion;-Wshadow;-Wpedantic>)
# g++ 12 sees overlapping copies in every `"text" + string` (GCC bug 105651).
target_compile_options(guestclock_warnings INTERFACE $<BUILD_INTERFACE:$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>>)
