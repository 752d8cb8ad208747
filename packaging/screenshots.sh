#!/usr/bin/env bash
# packaging/screenshots.sh [FOLDER]: pictures of every panel, at 1280 x 800 and at 2560 x 1440 with scale 2,
# for people to look at. Needs what packaging/test.sh builds.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-build/screenshots}
packaging/build.sh ci >&2
run() {  # FOLDER SCREEN SCALE
  PANOHEAD_SCREENSHOTS=$1 QT_SCALE_FACTOR=$3 xvfb-run --auto-servernum --server-args "-screen 0 $2x24" \
    build/ci/tests/gui_tests --gtest_filter='Screenshots.*'
}
run "$folder/1280x800" 1280x800 1
run "$folder/2560x1440_scale2" 2560x1440 2
