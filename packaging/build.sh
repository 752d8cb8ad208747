#!/usr/bin/env bash
# packaging/build.sh PRESET: installs what is missing, configures and builds.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:?usage: packaging/build.sh PRESET (see CMakePresets.json)}
if [[ $preset == headless ]]; then kind=--headless; else kind=; fi
source packaging/dependencies.sh $kind
mkdir -p build
cmake --preset "$preset" >"build/$preset.log" 2>&1 || { cat "build/$preset.log" >&2; exit 1; }
cmake --build --preset "$preset" --parallel "$(nproc)"
