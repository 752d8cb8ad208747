#!/usr/bin/env bash
# Makes the packages (TGZ and DEB) and proves that they stand alone: unpacks the TGZ into an empty prefix and runs `render`
# and the window from there, with an empty environment and home, the source tree and LibTorch's folder hidden, and
# every file that the program asks for written down. Ends with an error when anything is missing or taken from outside.
#
#   packaging/check_bundle.sh [FOLDER]   FOLDER keeps pictures, screenshot and traces (default build/PRESET/bundle)
#
# PANOHEAD_PRESET chooses another preset than release. Tools that only this check needs are installed with apt-get.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
preset=${PANOHEAD_PRESET:-release}
build=$root/build/$preset
kept=$(realpath -m "${1:-$build/bundle}")
id=org.panohead_studio.Studio

say() { printf 'check_bundle: %s\n' "$*"; }
fail() { say "FAILED: $*" >&2; exit 1; }

# tool COMMAND PACKAGE: is COMMAND there, or can it be installed?
tool() {
  command -v "$1" >/dev/null && return
  command -v apt-get >/dev/null || return
  local root_or=
  [[ $(id -u) -eq 0 ]] || root_or=sudo
  say "installing $2"
  { $root_or apt-get update -qq && $root_or env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "$2"; } >/dev/null 2>&1
  command -v "$1" >/dev/null
}
need() { tool "$1" "$2" || fail "$1 is needed (package $2)"; }

need Xvfb xvfb
need xdotool xdotool
need convert imagemagick
need readelf binutils
need strace strace
unshare=(unshare --mount)
[[ $(id -u) -eq 0 ]] || unshare+=(--map-root-user)
"${unshare[@]}" true 2>/dev/null || fail "a mount namespace is needed to hide the source tree, and is not allowed here"
strace -o /dev/null true 2>/dev/null || fail "strace is needed to see what the program reads, and is not allowed here"

# ---- Packages

packaging/build.sh "$preset" >&2
# Here, not in the tests alone: they are built with other optimisation than what users get.
python3 tests/architecture/unwinding_test.py "$build/panohead-studio" || fail "errors would end the program"
torch=$(sed -n 's/^Torch_DIR:PATH=//p' "$build/CMakeCache.txt")
torch=${torch%/share/cmake/Torch}
[[ -d $torch/lib ]] || fail "LibTorch's folder was not found in $build/CMakeCache.txt"
deb=1
tool dpkg-shlibdeps dpkg-dev || { deb=; say "skipped: the DEB, for want of dpkg-shlibdeps"; }
rm -rf "$build/packages"
for generator in TGZ ${deb:+DEB}; do
  (cd "$build" && cpack -G "$generator" -B "$build/packages") >"$build/cpack-$generator.log" 2>&1 || {
    tail -20 "$build/cpack-$generator.log" >&2
    fail "cpack -G $generator"
  }
done
rm -rf "$build/packages/_CPack_Packages"
(cd "$build/packages" && du -h --apparent-size -- *) | sed 's/^/check_bundle: /'

work=$(mktemp -d "${TMPDIR:-/tmp}/panohead-bundle.XXXXXX")
background=()
clean_up() {
  for pid in "${background[@]}"; do kill -- "-$pid" 2>/dev/null || true; done
  wait
  mkdir -p "$kept"
  cp -r "$work/out/." "$kept/"
  rm -rf "$work"
}
mkdir -p "$work"/{prefix,home,out}
trap clean_up EXIT
case $work/ in "$root"/* | "$torch"/*) fail "TMPDIR lies in a folder that is to be hidden" ;; esac
tar xzf "$build"/packages/*.tar.gz -C "$work/prefix" --strip-components 1
prefix=$work/prefix
program=$prefix/bin/panohead-studio

# ---- What lies in the package

for file in bin/panohead-studio lib/panohead-studio/libtorch_cpu.so share/applications/$id.desktop \
  share/metainfo/$id.metainfo.xml share/mime/packages/$id.xml share/icons/hicolor/scalable/apps/$id.svg \
  share/bash-completion/completions/panohead-studio share/doc/panohead-studio/copyright \
  share/panohead-studio/models/vision/{face_detection_short,face_detection_full,face_landmark,head_turn,selfie_segmentation}.onnx \
  share/panohead-studio/models/vision/{landmarks3d_face.json,LICENSE-NOTICE.md,LICENSE-APACHE-2.0.txt}; do
  [[ -s $prefix/$file ]] || fail "$file is missing"
done
grep -q "_panohead_studio" "$prefix/share/bash-completion/completions/panohead-studio" || fail "the bash completion is empty"
while read -r link; do
  [[ $(realpath "$link") == "$prefix"/* ]] || fail "$link leads out of the package"
done < <(find "$prefix" -type l)
while read -r library; do
  if readelf -d "$library" | sed -nE 's/.*\((RUNPATH|RPATH)\).*\[(.*)\]/\2/p' | tr ':' '\n' | grep -v '^\$ORIGIN'; then
    fail "$library looks for libraries in the folders above"
  fi
done < <(find "$prefix/bin" "$prefix/lib" -type f)
if grep -rIlF -e "$root" -e "$torch" "$prefix"; then fail "the files above name folders of this machine"; fi

if tool desktop-file-validate desktop-file-utils; then
  desktop-file-validate "$prefix/share/applications/$id.desktop" || fail "desktop file"
else
  say "skipped: desktop-file-validate"
fi
if tool appstreamcli appstream; then
  appstreamcli validate --no-net "$prefix/share/metainfo/$id.metainfo.xml" || fail "metainfo"
else
  say "skipped: appstreamcli validate"
fi
if tool update-mime-database shared-mime-info; then
  cp -r "$prefix/share/mime" "$work/mime"
  XDG_DATA_DIRS=$work update-mime-database "$work/mime" || fail "MIME types"
  grep -q 'application/x-panohead-project:\*.heads' "$work/mime/globs2" || fail "MIME types: no *.heads"
else
  say "skipped: update-mime-database"
fi

if [[ $deb ]]; then
  package=$(echo "$build"/packages/*.deb)
  dpkg-deb -I "$package" | grep -E '^ (Package|Version|Architecture|Installed-Size|Depends|Section):' | sed 's/^/check_bundle:/'
  for needed in libc6 libqt6widgets6 libopencv-core qt6-qpa-plugins; do
    dpkg-deb -f "$package" Depends | grep -q "$needed" || fail "the DEB does not depend on $needed"
  done
  dpkg-deb --fsys-tarfile "$package" | tar t | sed -n 's|^\./usr/\(.*[^/]\)$|\1|p' | sort >"$work/in_deb"
  (cd "$prefix" && find . -type f | sed 's|^\./||' | sort) >"$work/in_tgz"
  diff "$work/in_tgz" "$work/in_deb" || fail "the DEB (>) holds other files than the TGZ (<)"
  if command -v apt-get >/dev/null; then
    apt-get install --simulate "$package" >"$work/out/apt.txt" 2>&1 || { cat "$work/out/apt.txt"; fail "apt-get would refuse the DEB"; }
    # What resources/docs/installing.md tells people to install before the TGZ runs must bring all of it.
    if (. /etc/os-release && [[ $ID$VERSION_ID == debian12 ]]); then  # whose names it gives
      mapfile -t told < <(sed -n '/^sudo apt-get install lib/,/^```/p' resources/docs/installing.md | grep -oE '[a-z0-9.+-]+' |
        grep -vxE 'sudo|apt-get|install')
      apt-get -s -o Dir::State::status=/dev/null install --no-install-recommends "${told[@]}" 2>/dev/null |
        sed -n 's/^Inst \([^ ]*\).*/\1/p' | sort -u >"$work/told" || fail "apt-get does not know what installing.md names"
      while read -r needed; do
        grep -qxF "$needed" "$work/told" || fail "installing.md does not name $needed, which the TGZ needs"
      done < <(dpkg-deb -f "$package" Depends | tr ',' '\n' | sed -E 's/\|.*//; s/\(.*//; s/ //g')
    fi
  fi
fi

# ---- Running it

# caged NAME COMMAND...: runs it where the tree and LibTorch are empty folders; $work/out/NAME.files lists what it asked for.
caged() {
  local name=$1
  shift
  "${unshare[@]}" bash -c 'mount -t tmpfs none "$1" && mount -t tmpfs none "$2" && cd "$3" && shift 3 && exec "$@"' \
    bash "$root" "$torch" "$work/home" \
    strace --follow-forks --seccomp-bpf --quiet=all -e trace=%file -e signal=none -o "$work/out/$name.files" \
    env -i HOME="$work/home" PATH=/usr/bin:/bin LANG=C.UTF-8 OMP_WAIT_POLICY=passive \
    ${DISPLAY:+DISPLAY="$DISPLAY" QT_QPA_PLATFORM=xcb LIBGL_ALWAYS_SOFTWARE=1} "$@"
}

# Fails when a run asked for a file of the tree or of LibTorch's folder, whether or not it was there.
stayed_inside() {
  local files=$work/out/$1.files
  grep -qF "\"$prefix/bin/../lib/panohead-studio/libtorch_cpu.so\"" "$files" || fail "$1: the package's LibTorch was not read"
  if grep -F -e "\"$root/" -e "\"$torch/" "$files" | head; then fail "$1: the files above are not the package's"; fi
  say "$1: $(wc -l <"$files") requests for files, none of the source tree or of $(basename "$(dirname "$torch")")"
}

# not_blank PICTURE: its brightness varies by more than a twentieth of the range.
not_blank() {
  local spread
  spread=$(convert "$1" -alpha off -colorspace gray -format '%[fx:standard_deviation]' info:)
  awk "BEGIN { exit !($spread > 0.05) }" || fail "$(basename "$1") is blank (deviation $spread)"
  say "$(basename "$1"): $(identify -format '%wx%h' "$1"), deviation of brightness $spread"
}

unset DISPLAY WAYLAND_DISPLAY
caged render "$program" render --seeds 0 --yaw 0,180 --out "$work/out" || fail "render"
stayed_inside render
pictures=("$work"/out/seed0000_*.png)
((${#pictures[@]} == 2)) || fail "render made ${#pictures[@]} pictures instead of 2"
for picture in "${pictures[@]}"; do not_blank "$picture"; done
if cmp -s "${pictures[@]}"; then fail "front and back are the same picture"; fi

set -m  # each in a process group of its own
Xvfb -displayfd 3 -screen 0 1400x900x24 -nolisten tcp 3>"$work/display" >/dev/null 2>&1 &
background+=($!)
for ((tries = 0; tries < 50; ++tries)); do
  [[ ! -s $work/display ]] || break
  sleep 0.2
done
[[ -s $work/display ]] || fail "Xvfb does not start"
export DISPLAY=:$(<"$work/display")
caged window "$program" >"$work/out/window.log" 2>&1 &
background+=($!)
set +m

running() { kill -0 "${background[1]}" 2>/dev/null || { cat "$work/out/window.log"; fail "the window's program has ended"; }; }
window=
for ((tries = 0; tries < 120; ++tries)); do
  running
  window=$(xdotool search --onlyvisible --name 'PanoHead Studio' 2>/dev/null | head -1) || true
  [[ -z $window ]] || break
  sleep 0.5
done
[[ $window ]] || fail "no window appeared"
say "window: '$(xdotool getwindowname "$window")' appeared"
# The head stands in the middle, where an empty view has few colours.
colours=0
for ((tries = 0; tries < 60; ++tries)); do
  running
  sleep 1
  import -window "$window" "$work/out/window.png"
  colours=$(convert "$work/out/window.png" -gravity center -crop 300x300+0+0 -format %k info:)
  ((colours < 2000)) || break
done
((colours >= 2000)) || fail "no head appeared in the window ($colours colours in its middle)"
# Coarse at first; two pictures alike are the final one.
for ((tries = 0; tries < 30; ++tries)); do
  running
  mv "$work/out/window.png" "$work/before.png"
  sleep 1
  import -window "$window" "$work/out/window.png"
  [[ $(compare -metric AE "$work/before.png" "$work/out/window.png" null: 2>&1) != 0 ]] || break
done
not_blank "$work/out/window.png"
say "window: the head is there ($colours colours in its middle)"
if tool xprop x11-utils; then
  xprop -id "$window" -len 8 -f _NET_WM_ICON 32c _NET_WM_ICON | grep -q '= 256' || fail "the window has no icon"
else
  say "skipped: the window's icon"
fi
kill -- "-${background[1]}"
wait "${background[1]}" 2>/dev/null || true
stayed_inside window
say "the packages in $build/packages stand alone; pictures, screenshot and traces: $kept"
