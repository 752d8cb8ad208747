# Compiler settings and third-party packages, in one place.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(PANOHEAD_CCACHE ccache)
if(PANOHEAD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without these settings ccache refuses everything that uses a precompiled header; the last two
  # let a fresh clone in another folder share the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${PANOHEAD_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endif()

find_program(PANOHEAD_LLD NAMES ld.lld)
if(PANOHEAD_LLD)
  add_link_options(-fuse-ld=lld)
endif()

# At -O3 GCC 12 leaves the cold part of a function empty now and then. Its entry in the table of unwinding hides that of
# the function behind it, and an exception thrown there ends the program: tests/architecture/unwinding_test.py.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS_RELEASE MATCHES "-O3")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-reorder-blocks-and-partition>)
endif()

if(PANOHEAD_SANITIZE)
  add_compile_options(-fsanitize=${PANOHEAD_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PANOHEAD_SANITIZE})
endif()

# Warnings for our own code; third-party headers come in as SYSTEM.
add_library(panohead_warnings INTERFACE)
target_compile_options(panohead_warnings INTERFACE -Wall -Wextra -Wnon-virtual-dtor -Wimplicit-fallthrough
                                                    -Wno-maybe-uninitialized -Wno-restrict) # false alarms of GCC 12
if(PANOHEAD_WERROR)
  target_compile_options(panohead_warnings INTERFACE -Werror)
endif()

find_package(Threads REQUIRED)

# The header-only libraries: the system's packages, else what packaging/node_bundle.sh has put into .bundle for
# machines without any.
set(PANOHEAD_BUNDLE ${CMAKE_SOURCE_DIR}/.bundle)
function(panohead_headers package target header version)
  find_package(${package} ${version} QUIET)
  if(NOT TARGET ${target})
    if(NOT EXISTS ${PANOHEAD_BUNDLE}/include/${header})
      message(FATAL_ERROR "${package} was not found.\nRun packaging/dependencies.sh; for a machine without packages run "
                          "packaging/node_bundle.sh on one that has them and take .bundle along.")
    endif()
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_include_directories(${target} SYSTEM INTERFACE ${PANOHEAD_BUNDLE}/include)
    message(STATUS "${package}: from .bundle")
  endif()
endfunction()
panohead_headers(fmt fmt::fmt fmt/format.h "")
panohead_headers(glm glm::glm glm/glm.hpp "")
panohead_headers(nlohmann_json nlohmann_json::nlohmann_json nlohmann/json.hpp 3.9)
panohead_headers(CLI11 CLI11::CLI11 CLI/CLI.hpp "")
if(NOT fmt_FOUND)
  target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY)
endif()

# LibTorch: -DCMAKE_PREFIX_PATH=<LibTorch folder> chooses the user's own. One with CUDA looks for the toolkit beside
# the nvcc in PATH, which may be a script that starts another, and appends "-gencode" options for every GPU it knows
# of, some of which nvcc 13 refuses: ours are CMAKE_CUDA_ARCHITECTURES. Its list of libraries names the toolkit's NVRTC,
# which we do not call, even where there is none.
find_package(CUDAToolkit QUIET)
if(CUDAToolkit_FOUND AND NOT DEFINED CUDA_TOOLKIT_ROOT_DIR)
  get_filename_component(CUDA_TOOLKIT_ROOT_DIR "${CUDAToolkit_BIN_DIR}" DIRECTORY)
endif()
find_package(Torch 2.11 QUIET)
list(FILTER TORCH_LIBRARIES EXCLUDE REGEX "NOTFOUND$")
string(REGEX REPLACE "-gencode[ ;=]+arch=[^ ;]+" "" CMAKE_CUDA_FLAGS "${CMAKE_CUDA_FLAGS}")
if(NOT Torch_FOUND)
  message(FATAL_ERROR "LibTorch 2.11 or later was not found.\n"
          "Run packaging/dependencies.sh, which installs it into a private folder, or pass your own: "
          "cmake -DCMAKE_PREFIX_PATH=/path/to/libtorch ...")
endif()
separate_arguments(PANOHEAD_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
add_library(panohead_torch INTERFACE)
target_include_directories(panohead_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_compile_options(panohead_torch INTERFACE ${PANOHEAD_TORCH_FLAGS})
# LibTorch's include folder carries its own fmt headers, which win over the system's there.
target_compile_definitions(panohead_torch INTERFACE FMT_HEADER_ONLY)
# The C++ library before LibTorch: LibTorch's libraries carry parts of the one that they were built with (2.11 with CUDA:
# all of std::filesystem), and whoever comes first in a program serves everybody. Those parts call what is not there.
target_link_libraries(panohead_torch INTERFACE stdc++ ${TORCH_LIBRARIES})
get_filename_component(PANOHEAD_TORCH_LIB_DIR "${TORCH_LIBRARY}" DIRECTORY)  # found by TorchConfig.cmake

# stb: header-only reader and writer of PNG and JPEG (package libstb-dev).
find_path(PANOHEAD_STB_DIR NAMES stb_image.h PATH_SUFFIXES stb HINTS ${PANOHEAD_BUNDLE}/include REQUIRED)

find_package(meshoptimizer QUIET)  # reduces the triangles of meshes; without it they keep them all, and fewer are refused

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(WEBP QUIET IMPORTED_TARGET libwebp)  # pictures of data sets; without it PNG and JPEG only
  pkg_check_modules(WEBPMUX QUIET IMPORTED_TARGET libwebpmux)  # animated WebP
  # Films as MP4 and WebM; without it they are folders of pictures.
  pkg_check_modules(FFMPEG QUIET IMPORTED_TARGET libavformat libavcodec libswscale libavutil)
endif()
if(NOT TARGET PkgConfig::WEBP AND EXISTS ${PANOHEAD_BUNDLE}/lib/libwebp.a)
  add_library(PkgConfig::WEBP INTERFACE IMPORTED GLOBAL)
  target_include_directories(PkgConfig::WEBP SYSTEM INTERFACE ${PANOHEAD_BUNDLE}/include)
  target_link_libraries(PkgConfig::WEBP INTERFACE ${PANOHEAD_BUNDLE}/lib/libwebp.a)
  if(EXISTS ${PANOHEAD_BUNDLE}/lib/libsharpyuv.a)
    target_link_libraries(PkgConfig::WEBP INTERFACE ${PANOHEAD_BUNDLE}/lib/libsharpyuv.a)
  endif()
endif()

# Many ranks: MPI starts them and carries their gradients, NCCL does that between GPUs. Both optional.
set(MPI_CXX_SKIP_MPICXX ON)
find_package(MPI QUIET COMPONENTS CXX)
set(PANOHEAD_NCCL AUTO CACHE STRING "NCCL between the GPUs of many ranks: AUTO (with a CUDA build of LibTorch), ON, OFF")
set(PANOHEAD_NCCL_DIR "" CACHE PATH "Folder with include/nccl.h and lib/libnccl.so.2, when it is not found by itself")
set(PANOHEAD_HAVE_NCCL OFF)
if(MPI_CXX_FOUND AND (PANOHEAD_NCCL STREQUAL "ON" OR (PANOHEAD_NCCL STREQUAL "AUTO" AND TARGET torch_cuda)))
  find_package(CUDAToolkit QUIET)
  # The wheels of torch keep NCCL in a folder beside it.
  get_filename_component(_torch_site "${PANOHEAD_TORCH_LIB_DIR}/../.." ABSOLUTE)
  find_path(PANOHEAD_NCCL_INCLUDE nccl.h
            HINTS ${PANOHEAD_NCCL_DIR} ${_torch_site}/nvidia/nccl ${CUDAToolkit_LIBRARY_ROOT} PATH_SUFFIXES include)
  find_library(PANOHEAD_NCCL_LIBRARY NAMES nccl libnccl.so.2
               HINTS ${PANOHEAD_NCCL_DIR} ${_torch_site}/nvidia/nccl ${CUDAToolkit_LIBRARY_ROOT} PATH_SUFFIXES lib)
  if(CUDAToolkit_FOUND AND PANOHEAD_NCCL_INCLUDE AND PANOHEAD_NCCL_LIBRARY)
    set(PANOHEAD_HAVE_NCCL ON)
  elseif(PANOHEAD_NCCL STREQUAL "ON")
    message(FATAL_ERROR "PANOHEAD_NCCL=ON, but the CUDA toolkit or NCCL (nccl.h, libnccl.so.2) was not found: "
                        "pass -DPANOHEAD_NCCL_DIR=... and put nvcc into PATH")
  endif()
endif()
message(STATUS "Many ranks: MPI ${MPI_CXX_FOUND}, NCCL ${PANOHEAD_HAVE_NCCL}")

# CUDA kernels (core/fast/cuda): built wherever there is nvcc, whatever LibTorch is. Not with sanitizers: nvcc does
# not know them.
set(PANOHEAD_CUDA AUTO CACHE STRING "CUDA kernels: AUTO (where nvcc is found), ON, OFF")
set(PANOHEAD_CUDA_ARCHITECTURES "80-real;90" CACHE STRING "GPUs that the CUDA kernels are compiled for; the last one's PTX serves newer ones")
set(PANOHEAD_HAVE_CUDA OFF)
if(PANOHEAD_CUDA STREQUAL "ON" OR (PANOHEAD_CUDA STREQUAL "AUTO" AND NOT PANOHEAD_SANITIZE))
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES ${PANOHEAD_CUDA_ARCHITECTURES})
    endif()
    if(CMAKE_CXX_COMPILER_LAUNCHER AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
      set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
    endif()
    enable_language(CUDA)
    find_package(CUDAToolkit REQUIRED)
    set(PANOHEAD_HAVE_CUDA ON)
  elseif(PANOHEAD_CUDA STREQUAL "ON")
    message(FATAL_ERROR "PANOHEAD_CUDA=ON, but nvcc was not found or does not work: put it into PATH")
  endif()
endif()
# Whole frames on the GPU need LibTorch's convolutions there, too. Its packages bring the CUDA runtime as a shared
# library, which is then everybody's; else it is linked in, and looks for a driver only when it is asked for.
set(PANOHEAD_TORCH_CUDA OFF)
set(PANOHEAD_CUDA_RUNTIME CUDA::cudart_static)
set(CMAKE_CUDA_RUNTIME_LIBRARY None) # else CMake adds one by itself
if(PANOHEAD_HAVE_CUDA AND TARGET torch_cuda)
  set(PANOHEAD_TORCH_CUDA ON)
  set(PANOHEAD_CUDA_RUNTIME CUDA::cudart)
endif()
message(STATUS "CUDA: kernels ${PANOHEAD_HAVE_CUDA}, frames (LibTorch with CUDA) ${PANOHEAD_TORCH_CUDA}")

if(NOT PANOHEAD_HEADLESS)
  find_package(OpenGL REQUIRED COMPONENTS OpenGL EGL)
  find_package(Qt6 6.2 REQUIRED COMPONENTS Core Gui Widgets OpenGL OpenGLWidgets Charts)
  find_package(OpenCV 4.5 REQUIRED COMPONENTS core imgproc imgcodecs calib3d dnn videoio)
  pkg_check_modules(IMGUI REQUIRED IMPORTED_TARGET imgui)
  pkg_check_modules(HEIF QUIET IMPORTED_TARGET libheif)  # photos of telephones; without it JPEG, PNG and WebP
  pkg_check_modules(LCMS QUIET IMPORTED_TARGET lcms2)    # colour profiles of photos
endif()

# One static library per concept folder: every .cpp in the folder belongs to it.
function(panohead_library name)
  cmake_parse_arguments(arg "" "" "FOLDERS;PUBLIC;PRIVATE" ${ARGN})
  set(sources)
  foreach(folder ${arg_FOLDERS})
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
    list(APPEND sources ${found})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} panohead_warnings)
endfunction()

# Torch headers are slow to read: one precompiled header, shared by every target that computes.
function(panohead_use_prelude target)
  target_link_libraries(${target} PRIVATE panohead_torch)
  target_precompile_headers(${target} REUSE_FROM panohead_prelude)
endfunction()
