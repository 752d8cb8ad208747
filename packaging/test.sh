#!/usr/bin/env bash
# Builds PanoHead Studio and runs all tests. PANOHEAD_SHARED may name the folder of the shared golden
# data (else ../shared is looked at); tests that need it skip without it.
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/build.sh ci
export OMP_WAIT_POLICY=passive
run=(ctest --preset ci --verbose)
if [[ -z ${DISPLAY:-} ]] && command -v xvfb-run >/dev/null; then
  run=(xvfb-run --auto-servernum --server-args "-screen 0 1600x1000x24" "${run[@]}")
fi
mkdir -p build
status=0
"${run[@]}" | tee build/tests.log | sed -u 's/^[0-9]*: //' || status=$?
# One closing line over all programs.
passed=$(grep -c '^[0-9]*: \[       OK \]' build/tests.log || true)
failed=$(grep -c '^[0-9]*: \[  FAILED  \].*ms)' build/tests.log || true)
skipped=$(grep -c '^[0-9]*: \[  SKIPPED \].*ms)' build/tests.log || true)
if ((status != 0 && failed == 0)); then failed=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
