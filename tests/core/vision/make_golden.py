#!/usr/bin/env python3
"""Writes vision.golden.json: what the reference of the vision models (try_vision.py) finds in the test pictures.

  make_golden.py --shared SHARED --heads HEADS > vision.golden.json

SHARED is the folder with vision/ and photos/; HEADS has heads256 unpacked into img/ and seg/. Made with
the packages python3-opencv 4.6.0 and python3-numpy 1.24.2 of Debian 12. A square is [centre x, centre y, side, roll in degrees] in pixels.
"""
import argparse
import json
import os
import sys

import numpy as np

PHOTOS = ("panohead_testdata_img/000134.jpg", "panohead_testdata_img/000157.jpg", "panohead_crop_samples/man.jpg",
          "panohead_crop_samples/woman.jpg", "wild/astronaut.png")


def rounded(pose, way):
    """[way, yaw, pitch, roll, square]"""
    x, y, side, angle = pose["region"]
    return [way] + [round(float(v), 3) for v in (pose["yaw"], pose["pitch"], pose["roll"], x, y, side, np.degrees(angle))]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shared", required=True)
    p.add_argument("--heads", required=True)
    a = p.parse_args()
    sys.path.insert(0, os.path.join(a.shared, "vision"))
    import cv2
    import try_vision as v
    cv2.setNumThreads(1)

    photos = []
    for name in PHOTOS:
        rgb = v.read_rgb(os.path.join(a.shared, "photos", name))
        mesh, score, detector = v.find_face(rgb)
        photos.append({"name": name, "chain": rounded(*v.head_pose(rgb)), "detector": detector, "score": round(score, 5),
                       "nose": [round(float(t), 3) for t in mesh[1]],
                       "turn": rounded(v.head_turn(rgb, v.whole(rgb)), "head_turn")})
        print(name, photos[-1], file=sys.stderr)

    _, pictures = v.choose(a.heads)
    heads = []
    for k, (name, c2w) in enumerate(pictures):
        rgb = v.read_rgb(os.path.join(a.heads, "img", name))
        pose, way = v.head_pose(rgb, v.whole(rgb))
        row = {"name": name, "label": [round(float(t), 3) for t in v.angles(c2w)], "chain": rounded(pose, way)}
        if way == "head_turn":
            found = v.find_head(rgb, v.person_mask(rgb))
            row["found"] = rounded(found, "mask, then head_turn") if found else None
        heads.append(row)
        if k % 20 == 0:
            print(k, file=sys.stderr)

    masks = []
    for i in np.random.default_rng(5).permutation(len(pictures))[:100]:
        name = pictures[i][0]
        rgb = v.read_rgb(os.path.join(a.heads, "img", name))
        true = cv2.imread(os.path.join(a.heads, "seg", name.replace("webp", "png")), cv2.IMREAD_GRAYSCALE)
        raw = v.person_mask(rgb)
        masks.append({"name": name, "raw": round(float(v.overlap(raw, true)), 4),
                      "refined": round(float(v.overlap(v.refine_mask(rgb, raw), true)), 4)})

    def lines(rows):
        return "[\n" + ",\n".join("  " + json.dumps(r) for r in rows) + "\n ]"
    print('{\n "photos": %s,\n "heads": %s,\n "masks": %s\n}' % (lines(photos), lines(heads), lines(masks)))


if __name__ == "__main__":
    main()
