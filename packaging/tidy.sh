#!/usr/bin/env bash
# Formats nothing, changes nothing: checks all sources with clang-format and clang-tidy (version 19).
#   packaging/tidy.sh [BUILD]   BUILD: a configured build folder with compile_commands.json (build/ci)
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/ci}
for tool in clang-format-19 clang-tidy-19; do
  command -v "$tool" >/dev/null || { echo "tidy: $tool is not here: sudo apt-get install $tool" >&2; exit 2; }
done
[[ -e $build/compile_commands.json ]] || { echo "tidy: $build is not configured: packaging/build.sh ci" >&2; exit 2; }
mapfile -t sources < <(git ls-files '*.cpp')
mapfile -t all < <(git ls-files '*.cpp' '*.h')
status=0
clang-format-19 --dry-run --Werror "${all[@]}" || status=1
# GCC's precompiled headers mean nothing to clang; ivalue.h first cures libstdc++ 12 (see core/tensor/prelude.h).
checked=$(mktemp -d)
trap 'rm -rf "$checked"' EXIT
sed -E 's/-include [^ ]*cmake_pch\.hxx//g; s/-Winvalid-pch//g; s/-fpch-preprocess//g; s/-Wno-(restrict|maybe-uninitialized)/-Wno-deprecated-declarations/g' "$build/compile_commands.json" \
  >"$checked/compile_commands.json"
for source in "${sources[@]}"; do
  grep -q "/$source\"" "$checked/compile_commands.json" || continue
  clang-tidy-19 --quiet -p "$checked" "$source" 2>/dev/null || status=1
done
exit "$status"
