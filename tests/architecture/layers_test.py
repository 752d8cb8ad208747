#!/usr/bin/env python3
"""The layers: resources <- core <- render <- ui <- app, and who may include what. Usage: layers_test.py ROOT"""
import re
import sys
from pathlib import Path

TORCH = ("ATen/", "torch/", "c10/")
QT = re.compile(r"^Q[A-Z]")
GL = ("GL/", "epoxy/", "EGL/", "imgui", "backends/imgui")
TORCH_FREE_CORE = ("core/base/", "core/jobs/", "core/checkpoint/", "core/dataset/", "core/export/", "core/filming/",
                   "core/kernels/", "core/runs/", "core/vision/", "core/training/metrics/metrics_run.h",
                   "core/avatar/avatar.h", "core/avatar/avatar_file.", "core/avatar/compact_delta.h",
                   "core/avatar/direction_file.h", "core/avatar/latent_direction.h")
UPPER = {"core": ("render/", "ui/", "app/"), "render": ("ui/", "app/"), "ui": ("app/",), "app": ()}
# render, ui and app see compute through these only.
PUBLIC_CORE = ("core/base/", "core/jobs/", "core/avatar/latent_direction.h",
               "core/avatar/direction_file.h", "core/avatar/avatar.h", "core/avatar/avatar_file.h", "core/session/",
               "core/inversion/fit_options.h", "core/checkpoint/", "core/export/", "core/filming/")
PUBLIC_VISION = ("core/vision/aligned_square.h", "core/vision/vision_networks.h", "core/vision/photo_io.h",
                 "core/vision/photo_alignment.h", "core/vision/photo_crop.h", "core/vision/person_mask.h",
                 "core/vision/face_handles.h")
UI_CORE = PUBLIC_CORE + PUBLIC_VISION + ("core/runs/", "core/training/training_options.h")  # the training panel
APP_CORE = PUBLIC_CORE + PUBLIC_VISION + ("core/vision/photo_folder.h", "core/vision/alignment_accuracy.h", "core/checkpoint/", "core/dataset/", "core/export/", "core/training/metrics/metrics_run.h",
                          "core/training/training_run.h", "core/training/training_options.h", "core/training/run_log.h")
SLOW_IN_HEADERS = ("torch/torch.h", "QtCore", "QtWidgets", "nlohmann/json.hpp", "ATen/ATen.h")
TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "app", "core", "render", "ui", "resources",
             "tests", "packaging", "build", "demo"}
PRELUDE = "core/tensor/prelude.h"  # the precompiled header itself, and never included by headers


def problems(root):
    for entry in root.iterdir():
        if not entry.name.startswith(".") and entry.name not in TOP_LEVEL:
            yield f"{entry.name}: does not belong at the top level"
    for layer, above in UPPER.items():
        for path in sorted((root / layer).rglob("*")):
            if path.suffix not in (".h", ".cpp", ".cu"):
                continue
            name = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".h" and "#pragma once" not in text:
                yield f"{name}: no #pragma once"
            for include in re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', text, re.M):
                if include.startswith(above):
                    yield f"{name}: {layer} may not include {include}"
                if layer == "core":
                    if QT.match(include) or include.startswith(GL):
                        yield f"{name}: core knows no Qt and no OpenGL ({include})"
                    if name.startswith(TORCH_FREE_CORE) and include.startswith(TORCH):
                        yield f"{name}: this part of core knows no torch ({include})"
                else:
                    if include.startswith(TORCH) or include.startswith("core/") and not include.startswith(
                            {"app": APP_CORE, "ui": UI_CORE}.get(layer, PUBLIC_CORE)):
                        yield f"{name}: {layer} may not include {include}"
                if layer == "render" and QT.match(include):
                    yield f"{name}: render knows no Qt ({include})"
                if path.suffix == ".h" and name != PRELUDE and include in SLOW_IN_HEADERS + (PRELUDE,):
                    yield f"{name}: {include} is too slow for a header"
            if re.search(r"^\s*using namespace", text, re.M):
                yield f"{name}: using namespace"


def cycles(root):
    """Folders of core that know each other, which no one can read or build alone."""
    uses = {}
    for path in sorted((root / "core").rglob("*")):
        if path.suffix in (".h", ".cpp", ".cu") and len(path.relative_to(root).parts) > 2:
            folder = path.relative_to(root).parts[1]
            for other in re.findall(r'^#include "core/(\w+)/', path.read_text(encoding="utf-8"), re.M):
                uses.setdefault(folder, {}).setdefault(other, path.relative_to(root).as_posix())

    def reached(start):
        seen, left = set(), [start]
        while left:
            for other in uses.get(left.pop(), {}):
                if other not in seen:
                    seen.add(other)
                    left.append(other)
        return seen

    for folder, others in sorted(uses.items()):
        for other, name in sorted(others.items()):
            if other != folder and folder in reached(other):
                yield f"{name}: core/{folder} and core/{other} know each other"


def main():
    root = Path(sys.argv[1]).resolve()
    found = list(problems(root)) + list(cycles(root))
    for line in found:
        print(line)
    print("[  FAILED  ] Architecture.Layers (0 ms)" if found else "[       OK ] Architecture.Layers (0 ms)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
