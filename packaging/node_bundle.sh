#!/usr/bin/env bash
# For training machines that have a compiler, CMake and LibTorch but no packages: gathers the header-only libraries,
# GoogleTest's sources and static libwebp of this machine in .bundle, where the headless build finds them.
#
#   packaging/node_bundle.sh                 fills .bundle
#   packaging/node_bundle.sh OUT.tar.gz      and packs the tracked sources with it
#
# There:  tar xf OUT.tar.gz && cmake --preset headless -DCMAKE_PREFIX_PATH=<LibTorch> && cmake --build --preset headless
# Without Ninja there:  cmake --preset headless -G "Unix Makefiles" ..., and --build with -j
set -euo pipefail
cd "$(dirname "$0")/.."
fresh=$(mktemp -d .bundle.XXXXXX)
trap 'rm -rf "$fresh"' EXIT
mkdir -p "$fresh/include" "$fresh/lib"

# include folder of a header, as the compiler finds it
take() {
  local header=$1 found
  found=$(printf '#include <%s>\n' "$header" | g++ -x c++ -E -H -o /dev/null - 2>&1 | sed -n 's/^\. //p' | head -1)
  [[ -n $found ]] || { echo "node_bundle: <$header> is not here: run packaging/dependencies.sh --headless" >&2; exit 1; }
  cp -rL "$(dirname "$found")" "$fresh/include/"
}
for header in fmt/format.h glm/glm.hpp nlohmann/json.hpp CLI/CLI.hpp stb/stb_image.h webp/decode.h; do take "$header"; done
for library in libwebp.a libsharpyuv.a; do
  found=$(g++ -print-file-name="$library")
  if [[ -f $found ]]; then cp -L "$found" "$fresh/lib/"; fi
done
if [[ -d /usr/src/googletest ]]; then cp -r /usr/src/googletest "$fresh/"; fi
rm -rf .bundle
mv "$fresh" .bundle
chmod 755 .bundle
du -sh .bundle | sed 's/^/node_bundle: /' >&2
if (($#)); then
  git ls-files -z | tar czf "$1.part" --null -T - .bundle
  mv "$1.part" "$1"
  echo "node_bundle: $1" >&2
fi
