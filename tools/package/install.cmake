# What `cmake --install` puts where, and the Debian packages made of it:
#   command      the program, its manual page and completions, suites and schemas
#   development  headers and libraries for backends of one's own: find_package(ipcmark)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Made by the program itself, from the table of its options.
set(made ${CMAKE_BINARY_DIR}/generated/install)
file(MAKE_DIRECTORY ${made})
add_custom_command(
  OUTPUT ${made}/ipcmark.1 ${made}/ipcmark.bash ${made}/_ipcmark ${made}/ipcmark.fish
  DEPENDS ipcmark VERBATIM
  COMMAND ipcmark man > ${made}/ipcmark.1
  COMMAND ipcmark completion bash > ${made}/ipcmark.bash
  COMMAND ipcmark completion zsh > ${made}/_ipcmark
  COMMAND ipcmark completion fish > ${made}/ipcmark.fish)
add_custom_target(ipcmark_documents ALL
  DEPENDS ${made}/ipcmark.1 ${made}/ipcmark.bash ${made}/_ipcmark ${made}/ipcmark.fish)

set(share ${CMAKE_INSTALL_DATADIR})
install(TARGETS ipcmark RUNTIME COMPONENT command)
install(FILES ${made}/ipcmark.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT command)
install(FILES ${made}/ipcmark.bash DESTINATION ${share}/bash-completion/completions
        RENAME ipcmark COMPONENT command)
install(FILES ${made}/_ipcmark DESTINATION ${share}/zsh/vendor-completions COMPONENT command)
install(FILES ${made}/ipcmark.fish DESTINATION ${share}/fish/vendor_completions.d
        COMPONENT command)
install(DIRECTORY scenarios/plan/suites DESTINATION ${share}/ipcmark COMPONENT command)
install(FILES scenarios/plan/ipcmark.suite.schema.json results/json/ipcmark.result.schema.json
              results/json/ipcmark.comparison.schema.json tools/selfcheck/ipcmark.certificate.schema.json
        DESTINATION ${share}/ipcmark COMPONENT command)
install(FILES LICENSE DESTINATION ${share}/doc/ipcmark RENAME copyright COMPONENT command)
install(FILES README.md DESTINATION ${share}/doc/ipcmark COMPONENT command)

# Headers keep their paths, so that includes read the same inside and outside of the repository.
set(headers ${CMAKE_INSTALL_INCLUDEDIR}/ipcmark)
foreach(folder results backends scenarios tools)
  install(DIRECTORY ${folder} DESTINATION ${headers} COMPONENT development
          FILES_MATCHING PATTERN "*.hpp" PATTERN snippets EXCLUDE PATTERN suites EXCLUDE
          PATTERN pages EXCLUDE
          PATTERN zeromq_endpoint.hpp EXCLUDE)  # of two backends; would want cppzmq-dev
endforeach()
install(FILES LICENSE DESTINATION ${share}/doc/ipcmark-dev RENAME copyright COMPONENT development)

set(cmake_files ${CMAKE_INSTALL_LIBDIR}/cmake/ipcmark)
set_target_properties(ipcmark_build PROPERTIES EXPORT_NAME build)
foreach(part results backends scenarios command)
  set_target_properties(ipcmark_${part} PROPERTIES EXPORT_NAME ${part})
  add_library(ipcmark::${part} ALIAS ipcmark_${part})
endforeach()
install(TARGETS ipcmark_build ipcmark_results ipcmark_backends ipcmark_scenarios ipcmark_command
        EXPORT ipcmarkTargets ARCHIVE COMPONENT development)
install(EXPORT ipcmarkTargets NAMESPACE ipcmark:: DESTINATION ${cmake_files}
        COMPONENT development)
if(TARGET ipcmark_conformance)
  set_target_properties(ipcmark_conformance PROPERTIES EXPORT_NAME conformance)
  add_library(ipcmark::conformance ALIAS ipcmark_conformance)
  install(FILES tests/conformance/conformance.hpp DESTINATION ${headers}/tests/conformance
          COMPONENT development)
  install(TARGETS ipcmark_conformance EXPORT ipcmarkConformanceTargets
          ARCHIVE COMPONENT development)
  install(EXPORT ipcmarkConformanceTargets NAMESPACE ipcmark:: DESTINATION ${cmake_files}
          COMPONENT development)
endif()
configure_package_config_file(tools/package/ipcmarkConfig.cmake.in ${made}/ipcmarkConfig.cmake
                              INSTALL_DESTINATION ${cmake_files})
write_basic_package_version_file(${made}/ipcmarkConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${made}/ipcmarkConfig.cmake ${made}/ipcmarkConfigVersion.cmake
        DESTINATION ${cmake_files} COMPONENT development)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ipcmark)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "ipcmark <ipcmark@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL command development)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME ipcmark)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_COMMAND_DESCRIPTION
    "measure inter-process communication
 Latency, throughput and correctness of pipes, sockets, message queues,
 shared memory, Boost.Interprocess and ZeroMQ, between real processes.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME ipcmark-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libexpected-dev, libfmt-dev, nlohmann-json3-dev, libcli11-dev, libboost-dev, libzmq3-dev, libgtest-dev, pkg-config")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
    "measure inter-process communication - development files
 Headers and static libraries for backends and scenarios of one's own,
 and the conformance suite that backends are held to.")
include(CPack)
