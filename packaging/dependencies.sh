#!/usr/bin/env bash
# Installs what PanoHead Studio is built from (Debian 12, Ubuntu 24.04 or later) and prints nothing but
# what it does. Sourced or run; safe to run again: what is there is left alone.
#
#   packaging/dependencies.sh             packages and LibTorch
#   packaging/dependencies.sh --headless  only what the headless build needs (install libopenmpi-dev and
#                                         openmpi-bin beside it to train with many ranks)
#
# LibTorch is pip's wheel of torch in a private folder outside the source tree, shared by all clones.
# Your own (2.11 or later) is used instead when CMAKE_PREFIX_PATH leads to it.
set -euo pipefail

torch_version=2.13.0
torch_home=${PANOHEAD_TORCH_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/panohead-studio/torch-$torch_version}

packages=(g++ make ninja-build ccache lld pkg-config python3 python3-pip
          libfmt-dev libglm-dev nlohmann-json3-dev libcli11-dev libwebp-dev libstb-dev libgtest-dev libgmock-dev
          libbenchmark-dev libmeshoptimizer-dev libassimp-dev)
if [[ ${1:-} != --headless ]]; then
  packages+=(qt6-base-dev libqt6opengl6-dev libqt6openglwidgets6 qt6-charts-dev qt6-qpa-plugins libgl1-mesa-dev libegl1-mesa-dev
             libgl1-mesa-dri libopencv-dev libheif-dev liblcms2-dev libimgui-dev libfontconfig-dev xvfb xauth libopenmpi-dev openmpi-bin
             libavcodec-dev libavformat-dev libswscale-dev)
fi

say() { printf 'dependencies: %s\n' "$*" >&2; }

as_root() {
  if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  command -v apt-get >/dev/null || {
    say "no apt-get here: install the equivalents of these yourself: ${packages[*]}"
    return
  }
  local missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  command -v cmake >/dev/null || missing+=(cmake)
  if ((${#missing[@]})); then
    say "installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
}

install_torch() {
  local prefix
  while read -r -d: prefix; do
    if [[ -n $prefix && -e $prefix/share/cmake/Torch/TorchConfig.cmake ]]; then
      say "using the LibTorch in $prefix"
      return
    fi
  done <<<"${CMAKE_PREFIX_PATH:-}:"
  if [[ ! -e $torch_home/torch/share/cmake/Torch/TorchConfig.cmake ]]; then
    say "installing torch $torch_version into $torch_home"
    mkdir -p "$(dirname "$torch_home")"
    local fresh
    fresh=$(mktemp -d "$torch_home.XXXXXX")
    # The CPU build, where the package index has it, needs only itself. A CUDA build, the plain wheel of most
    # indexes, links libraries that come as packages of their own: without them nothing would link.
    local pip=(python3 -m pip install --quiet --disable-pip-version-check --target "$fresh" --upgrade)
    local gpu=
    if command -v nvidia-smi >/dev/null && nvidia-smi >/dev/null 2>&1; then gpu=1; fi
    { [[ -z $gpu ]] && "${pip[@]}" --no-deps "torch==$torch_version+cpu" 2>/dev/null; } ||
      { [[ -z $gpu ]] && "${pip[@]}" --no-deps "torch==$torch_version" && [[ ! -e $fresh/torch/lib/libtorch_cuda.so ]]; } ||
      "${pip[@]}" "torch==$torch_version" || {
      rm -rf "$fresh"
      say "pip could not install torch $torch_version; set CMAKE_PREFIX_PATH to a LibTorch of your own"
      exit 1
    }
    rm -rf "$torch_home"
    mv "$fresh" "$torch_home"
  fi
  export CMAKE_PREFIX_PATH=$torch_home/torch${CMAKE_PREFIX_PATH:+:$CMAKE_PREFIX_PATH}
}

install_packages
install_torch
