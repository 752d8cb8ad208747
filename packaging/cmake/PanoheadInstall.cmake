# What cmake --install lays out and CPack packs; resources/docs/installing.md shows it. Included at the end.

set(PANOHEAD_ID org.panohead_studio.Studio)
set(panohead_linux ${CMAKE_CURRENT_SOURCE_DIR}/packaging/linux)
set(panohead_doc share/doc/panohead-studio)

# A CUDA build of LibTorch is gigabytes and opens libraries that nothing names: it stays where it is.
if(TARGET torch_cuda)
  set(_bundle OFF)
else()
  set(_bundle ON)
endif()
option(PANOHEAD_INSTALL_TORCH "Install the libraries of LibTorch with the program" ${_bundle})

if(PANOHEAD_INSTALL_TORCH)
  # Of all libraries that the program needs, directly or not, those that come from LibTorch's folder.
  file(GLOB _names RELATIVE ${PANOHEAD_TORCH_LIB_DIR} ${PANOHEAD_TORCH_LIB_DIR}/*.so*)
  list(TRANSFORM _names REPLACE "([.+])" "[\\1]")
  list(TRANSFORM _names PREPEND "^")
  list(TRANSFORM _names APPEND "$")
  install(TARGETS panohead-studio
          RUNTIME_DEPENDENCIES PRE_INCLUDE_REGEXES ${_names} PRE_EXCLUDE_REGEXES "."
          RUNTIME DESTINATION bin LIBRARY DESTINATION lib/panohead-studio)
  set_target_properties(panohead-studio PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/panohead-studio")
  # Its licences: beside the folder of a wheel.
  file(GLOB _licences ${PANOHEAD_TORCH_LIB_DIR}/../../torch-*.dist-info/licenses)
  if(_licences)
    install(DIRECTORY ${_licences}/ DESTINATION ${panohead_doc}/libtorch)
  endif()
else()
  install(TARGETS panohead-studio RUNTIME DESTINATION bin)
  # Besides: where the program's own CUDA libraries were found. A wheel keeps NCCL in another folder than LibTorch.
  set_target_properties(panohead-studio PROPERTIES INSTALL_RPATH "${PANOHEAD_TORCH_LIB_DIR}"
                                                   INSTALL_RPATH_USE_LINK_PATH ON)
endif()

# The pages show the screenshots.
install(DIRECTORY resources/models resources/docs resources/screenshots DESTINATION share/panohead-studio)
install(FILES LICENSE ${panohead_linux}/copyright DESTINATION ${panohead_doc})

# The program itself writes the scripts that complete its commands.
set(_shells bash zsh fish)
set(_scripts bash-completion/completions/panohead-studio zsh/vendor-completions/_panohead-studio
             fish/vendor_completions.d/panohead-studio.fish)
foreach(_shell _script IN ZIP_LISTS _shells _scripts)
  set(_written ${CMAKE_CURRENT_BINARY_DIR}/completion/${_script})
  get_filename_component(_folder ${_written} DIRECTORY)
  file(MAKE_DIRECTORY ${_folder})
  install(CODE "execute_process(COMMAND \"$<TARGET_FILE:panohead-studio>\" completion ${_shell}
                                OUTPUT_FILE \"${_written}\" COMMAND_ERROR_IS_FATAL ANY)")
  get_filename_component(_folder ${_script} DIRECTORY)
  install(FILES ${_written} DESTINATION share/${_folder})
endforeach()

if(NOT PANOHEAD_HEADLESS)
  configure_file(${panohead_linux}/${PANOHEAD_ID}.metainfo.xml.in ${PANOHEAD_ID}.metainfo.xml @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${PANOHEAD_ID}.metainfo.xml DESTINATION share/metainfo)
  install(FILES ${panohead_linux}/${PANOHEAD_ID}.desktop DESTINATION share/applications)
  install(FILES ${panohead_linux}/${PANOHEAD_ID}.mime.xml DESTINATION share/mime/packages RENAME ${PANOHEAD_ID}.xml)
  install(FILES resources/icons/panohead-studio.svg DESTINATION share/icons/hicolor/scalable/apps
          RENAME ${PANOHEAD_ID}.svg)
  install(FILES resources/icons/panohead-studio.png DESTINATION share/icons/hicolor/256x256/apps
          RENAME ${PANOHEAD_ID}.png)
endif()

# cpack -G TGZ anywhere, cpack -G DEB where Debian's tools can tell which packages the libraries come from.
set(CPACK_PACKAGE_NAME panohead-studio)
set(CPACK_PACKAGE_VENDOR "PanoHead Studio contributors")
set(CPACK_PACKAGE_CONTACT "PanoHead Studio contributors <contributors@panohead-studio.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "make heads from seeds and see them from every side")
set(CPACK_PACKAGE_DESCRIPTION "PanoHead Studio opens the networks of PanoHead and EG3D, makes heads from seeds, and lets you
orbit them through all 360 degrees, in a window or on the command line. A small model and LibTorch come with it.")
set(CPACK_PACKAGE_FILE_NAME panohead-studio-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                                WORLD_READ WORLD_EXECUTE)
set(CPACK_GENERATOR TGZ)
find_program(PANOHEAD_SHLIBDEPS dpkg-shlibdeps)
if(PANOHEAD_SHLIBDEPS)
  list(APPEND CPACK_GENERATOR DEB)
endif()
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PANOHEAD_TORCH_LIB_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)  # xz takes minutes for a tenth less
if(NOT PANOHEAD_HEADLESS)
  # Loaded by name, so that no library tells: Qt's platforms and an OpenGL driver.
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "qt6-qpa-plugins, libgl1-mesa-dri | libgl1-nvidia-glvnd-glx")
endif()
set(CPACK_DEBIAN_PACKAGE_SUGGESTS openmpi-bin)
include(CPack)
