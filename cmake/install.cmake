# SPDX-License-Identifier: BSL-1.0
# guestclock::core, guestclock::backends where it is built, the package files of CMake and of pkg-config.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/guestclock)
set(pkgconfig_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)

install(TARGETS guestclock_core EXPORT guestclock FILE_SET HEADERS)
if(TARGET guestclock_backends)
  install(TARGETS guestclock_backends guestclock_warnings EXPORT guestclock FILE_SET HEADERS)
  set(find_dependencies "include(CMakeFindDependencyMacro)\nfind_dependency(Threads)\n")
endif()
install(EXPORT guestclock NAMESPACE guestclock:: FILE guestclock-targets.cmake DESTINATION ${package_dir})

configure_package_config_file(cmake/guestclock-config.cmake.in guestclock-config.cmake
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Headers alone are for every machine; the backends' library is for one.
set(architecture ARCH_INDEPENDENT)
if(TARGET guestclock_backends)
  set(architecture)
endif()
write_basic_package_version_file(guestclock-config-version.cmake COMPATIBILITY SameMinorVersion ${architecture})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/guestclock-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/guestclock-config-version.cmake DESTINATION ${package_dir})

# The way from the .pc file to the headers: it stays true wherever the tree is installed or moved to.
cmake_path(ABSOLUTE_PATH pkgconfig_dir BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE pkgconfig_path)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY "${pkgconfig_path}"
           OUTPUT_VARIABLE include_from_pkgconfig)
configure_file(cmake/guestclock.pc.in guestclock.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/guestclock.pc DESTINATION ${pkgconfig_dir})
