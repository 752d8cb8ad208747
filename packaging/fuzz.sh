#!/bin/sh
# Fuzzes the readers of model files (pickle, torch storage, zip, safetensors) and of data sets (archive: their
# zips, labels: dataset.json) under AddressSanitizer and UndefinedBehaviorSanitizer. Usage: packaging/fuzz.sh [SECONDS_EACH [BUILD_FOLDER]]   (default 60 build/fuzz)
# Stops with an error at the first finding; the input that caused it stays in BUILD_FOLDER/findings.
set -eu

seconds=${1:-60}
root=$(cd "$(dirname "$0")/.." && pwd)
build=${2:-$root/build/fuzz}

if ! { command -v clang++ && command -v cmake && command -v make && pkg-config --exists fmt nlohmann_json; } > /dev/null 2>&1; then
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update
  $sudo apt-get install -y clang cmake make pkg-config libfmt-dev nlohmann-json3-dev libstb-dev
fi

cmake -S "$root/tests/fuzz" -B "$build" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=None
cmake --build "$build" --parallel 2

for reader in pickle torch_storage zip safetensors archive labels; do
  grown=$build/corpus/$reader
  findings=$build/findings/$reader
  mkdir -p "$grown" "$findings"
  seeds=$root/tests/fuzz/corpus/$reader
  echo "== $reader: $seconds seconds"
  "$build/${reader}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=1024 \
    -max_len=262144 -len_control=20 -print_final_stats=1 -artifact_prefix="$findings/" \
    "$grown" "$seeds" > "$build/$reader.log" 2>&1 || {
      tail -40 "$build/$reader.log"
      echo "finding in the $reader reader; log: $build/$reader.log"
      exit 1
    }
  grep -E "^Done|stat::(number_of_executed_units|peak_rss_mb|slowest_unit_time_sec)" "$build/$reader.log"
done
echo "no findings"
