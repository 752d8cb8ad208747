#!/usr/bin/env bash
# What the parts of the method are worth: trains networks that differ in one part each, with equal budgets, measures
# all of them with the same judges, and writes a table. See resources/docs/ablation.md.
#
#   tests/bench/ablation.sh --data IMG --masks SEG --out FOLDER [OPTION ...] [-- OPTION OF train ...]
#
#   --preset NAME      where the options of train start (heads-128)
#   --kimg N           length of every run (500)
#   --seeds LIST       each variant once for each: 0,1 (0)
#   --variants LIST    only these: full,triplane (all)
#   --device NAME      auto, cpu or cuda: of the training alone, metrics are measured on the CPU (auto)
#   --threads N        compute threads (as train has them)
#   --images N         pictures of each network that the judges see, and as many real ones (1024)
#   --heads N          heads whose backs are looked at (32)
#   --judge FILE       a network with a discriminator, of no run of this folder, instead of the two judges
#   --judge-kimg N     length of the judges' runs (as --kimg)
#   --inception FILE   an Inception network for FID beside the judges (see `metrics --help`)
#   --program FILE     panohead-studio (that of build/release, build/ci or the PATH)
#   --list             prints the commands, runs nothing
#   --forecast         asks `train --dry-run` for the time of every run, trains nothing
#
# The same command goes on where it was stopped, and does nothing twice: more seeds, a larger --kimg or more
# --images may be asked for later.
set -euo pipefail

# name | options of train | in the table. Every row says all three parts, so that no preset decides them. The
# first has all of the parts and the last none.
variants='
full     | --triplane-depth 3 --discriminator v2   --camera-adjustment true  | all parts
triplane | --triplane-depth 1 --discriminator v2   --camera-adjustment true  | tri-plane instead of the tri-grid
nomasks  | --triplane-depth 3 --discriminator dual --camera-adjustment true  | masks are not judged
nocamera | --triplane-depth 3 --discriminator v2   --camera-adjustment false | cameras are not adapted
none     | --triplane-depth 1 --discriminator dual --camera-adjustment false | none of the three
'
judge_seeds=9000 # of the judges' runs: from here on, the runs that are compared have others

fail() {
  echo "ablation.sh: $1" >&2
  exit 2
}

data='' masks='' out='' preset=heads-128 kimg=500 seeds=0 chosen='' device=auto threads='' images=1024 heads=32
judge='' judge_kimg='' inception='' program='' mode=run
more=()
while (($#)); do
  case $1 in
    --list | --forecast) mode=${1#--} && shift && continue ;;
    --) shift && more=("$@") && break ;;
    -h | --help) sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p;}' "$0" && exit ;;
  esac
  (($# > 1)) || fail "'$1' is not understood, or its value is missing; see --help"
  case $1 in
    --data | --masks | --out | --preset | --kimg | --seeds | --device | --threads | --images | --heads | --judge | \
      --inception | --program) declare "${1#--}=$2" ;;
    --judge-kimg) judge_kimg=$2 ;;
    --variants) chosen=$2 ;;
    *) fail "'$1' is not understood; see --help. Options of train follow after --" ;;
  esac
  shift 2
done
[[ $data && $masks && $out ]] || fail "--data, --masks and --out are needed; see --help"
for seed in ${seeds//,/ }; do
  [[ $seed =~ ^[0-9]+$ ]] && ((seed < judge_seeds)) || fail "--seeds: '$seed' is no number below $judge_seeds"
done
if [[ ! $program ]]; then
  root=$(cd "$(dirname "$0")/../.." && pwd)
  for program in "$root/build/release/panohead-studio" "$root/build/ci/panohead-studio" panohead-studio; do
    if command -v "$program" >/dev/null; then break; fi
  done
fi
command -v "$program" >/dev/null || fail "panohead-studio was not found; name it by --program"
threads_option=()
[[ ! $threads ]] || threads_option=(--threads "$threads")

# field NAME NUMBER: of the variant's row.
field() {
  awk -F'|' -v name="$1" -v number="$2" '
    { key = $1; gsub(/ /, "", key) }
    key == name { text = $number; gsub(/^ +| +$/, "", text); print text }' <<<"$variants"
}
all_names=$(awk -F'|' 'NF > 2 { gsub(/ /, "", $1); print $1 }' <<<"$variants")
names=${chosen:-$all_names}
names=${names//,/ }
for name in $names; do
  [[ $(field "$name" 2) ]] || fail "--variants: there is none named '$name'; choose from ${all_names//$'\n'/ }"
done
first=$(head -1 <<<"$all_names") last=$(tail -1 <<<"$all_names")

# train NAME SEED KIMG RUN: the command into `words`.
train() {
  local parts
  read -ra parts <<<"$(field "$1" 2)"
  words=(train --preset "$preset" --data "$data" --masks "$masks" --out "$out/runs/$4" "${parts[@]}" --seed "$2"
    --kimg "$3" --device "$device" --metrics none "${threads_option[@]}" "${more[@]}")
}

# The network file of a run that is to be measured: its last.
network_of() {
  local files=("$out/runs/$1"/network-snapshot-*.safetensors)
  echo "${files[-1]}"
}

judges() { # lines of: name, file
  if [[ $judge ]]; then
    printf '%s\t%s\n' judge "$judge"
  else
    printf '%s\t%s\n' "judge-$first" "$(network_of "judge-$first")" "judge-$last" "$(network_of "judge-$last")"
  fi
}

# measure RUN REPORT METRICS IMAGES [OPTION ...]: the command into `words`.
measure() {
  words=(metrics --model "$(network_of "$1")" --data "$data" --masks "$masks" --psi 1 --seed 0 --metrics "$3"
    --images "$4" --out "$out/reports/$1.$2.json" "${threads_option[@]}" "${@:5}")
}

# once MARK TEXT: runs `words`, unless the mark says that just this was done. TEXT is what else it depends on.
once() {
  local said
  said="$2 $(printf '%q ' "${words[@]}")"
  if [[ $mode == list ]]; then
    printf '%q ' "$program" "${words[@]}" && echo
  elif [[ -f $1 && $(<"$1") == "$said" ]]; then
    echo "done already: ${1#"$out/"}"
  else
    echo "== ${1#"$out/"}"
    "$program" "${words[@]}" >"${1%.done}.log" 2> >(tee -a "${1%.done}.log" >&2)
    printf '%s' "$said" >"$1"
  fi
}

total=0
# forecast TITLE: of the training in `words`.
forecast() {
  local plan seconds
  plan=$("$program" "${words[@]}" --dry-run --json --plan-ranks 1 2>/dev/null) || fail "$1: ${plan:-the forecast failed}"
  seconds=$(grep -o '"total_seconds": *[0-9.e+-]*' <<<"$plan" | head -1 | sed 's/.*: *//')
  total=$(awk -v a="$total" -v b="$seconds" 'BEGIN { print a + b }')
  awk -v s="$seconds" -v t="$1" 'BEGIN { printf "%-24s %10.0f s %8.2f h\n", t, s, s / 3600 }'
}

runs=() # name, seed, kimg, folder
if [[ ! $judge ]]; then
  runs+=("$first $judge_seeds ${judge_kimg:-$kimg} judge-$first" "$last $((judge_seeds + 1)) ${judge_kimg:-$kimg} judge-$last")
fi
for seed in ${seeds//,/ }; do
  for name in $names; do
    runs+=("$name $seed $kimg $name-$seed")
  done
done

[[ $mode != run ]] || mkdir -p "$out/runs" "$out/reports"
for run in "${runs[@]}"; do
  read -r name seed length folder <<<"$run"
  train "$name" "$seed" "$length" "$folder"
  if [[ $mode == forecast ]]; then
    forecast "$folder"
  else
    once "$out/runs/$folder.done" ""
  fi
done
if [[ $mode == forecast ]]; then
  awk -v s="$total" 'BEGIN { printf "%-24s %10.0f s %8.2f h, one after the other; metrics come on top\n", "all runs", s, s / 3600 }'
  exit
fi

# What a report depends on beside its own command: what made its networks.
mark_of() { cksum "$@" 2>/dev/null | tr '\n' ' '; }
for seed in ${seeds//,/ }; do
  for name in $names; do
    run=$name-$seed
    made=$out/runs/$run.done
    measure "$run" heads mirrored_face,view_consistency $((heads * 16))
    once "$out/reports/$run.heads.done" "$(mark_of "$made")"
    while IFS=$'\t' read -r who file; do
      measure "$run" "$who" fid_features "$images" --features "$file"
      once "$out/reports/$run.$who.done" "$(mark_of "$made" "$out/runs/$who.done")"
    done < <(judges)
    if [[ $inception ]]; then
      measure "$run" inception fid "$images" --inception "$inception"
      once "$out/reports/$run.inception.done" "$(mark_of "$made")"
    fi
  done
done
[[ $mode != list ]] || exit 0

# value KEY REPORT: one number of a report, "null" where it has none.
value() {
  awk -v key="\"$1\":" '
    $1 == key { inside = 1 }
    inside && $1 == "\"value\":" { sub(/,$/, "", $2); print $2; found = 1; exit }
    END { if (!found) print "null" }' "$2"
}

# Median seconds that a run's thousand pictures took, of its ticks.
seconds_of() {
  grep -o '"Timing/sec_per_kimg": *{[^}]*}' "$out/runs/$1/stats.jsonl" | grep -o '"mean": *[0-9.e+-]*' | sed 's/.*: *//' |
    sort -g | awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : "null" }'
}

# Numbers, one a line, as the mean over the seeds and their standard deviation.
summary() {
  awk '$1 != "null" { n++; s += $1; q += $1 * $1 }
    END {
      if (!n) { print "–"; exit }
      m = s / n
      d = n > 1 ? (q - n * m * m) / (n - 1) : 0
      if (n > 1) printf "%.4g ± %.2g\n", m, sqrt(d > 0 ? d : 0); else printf "%.4g\n", m
    }'
}

columns=() # title, report, key
while IFS=$'\t' read -r who _; do
  for part in all front back; do
    columns+=("$who, $part|$who|fid_features.$part")
  done
done < <(judges)
if [[ $inception ]]; then
  for part in all front back; do
    columns+=("FID, $part|inception|fid.$part")
  done
fi
columns+=("mirrored face|heads|mirrored_face.score" "its detail|heads|mirrored_face.detail"
  "depth error|heads|view_consistency.depth")

table() {
  local column title report key name seed cell
  printf '| variant |'
  for column in "${columns[@]}"; do printf ' %s |' "${column%%|*}"; done
  printf ' s/kimg |\n|---|'
  for column in "${columns[@]}" last; do printf -- '---|'; done
  echo
  for name in $names; do
    printf '| %s |' "$(field "$name" 3)"
    for column in "${columns[@]}"; do
      IFS='|' read -r title report key <<<"$column"
      cell=$(for seed in ${seeds//,/ }; do value "$key" "$out/reports/$name-$seed.$report.json"; done | summary)
      printf ' %s |' "$cell"
    done
    cell=$(for seed in ${seeds//,/ }; do seconds_of "$name-$seed"; done | summary)
    printf ' %s |\n' "$cell"
  done
}

{
  echo "Preset $preset${more[*]:+ with ${more[*]}}, $kimg kimg each, seeds $seeds; $images pictures against as many of the set, $heads heads. Lower is better everywhere."
  echo
  table
} >"$out/ablation.md.part"
mv "$out/ablation.md.part" "$out/ablation.md"
cat "$out/ablation.md"
