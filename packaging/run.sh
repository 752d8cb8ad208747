#!/usr/bin/env bash
# Builds PanoHead Studio and opens it on the model that comes with it. Arguments go to the program.
# With no display, the demo is rendered to files instead.
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/build.sh release >&2
program=build/release/panohead-studio
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}  # spinning threads slow down whatever else runs

if (($#)) || [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then
  exec "$program" "$@"
fi
"$program" render --seeds 0-3 --out demo
"$program" video --seeds 0 --out demo/orbit.mp4
echo "No display here: the demo is in $PWD/demo (heads from all sides, orbit.mp4)."
