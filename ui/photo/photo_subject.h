#pragma once

#include "core/jobs/worker.h"
#include "core/vision/face_handles.h"
#include "core/vision/person_mask.h"
#include "core/vision/photo_alignment.h"
#include "core/vision/photo_io.h"
#include "ui/photo/shown_photo.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace panohead::ui {

inline constexpr int kMaskSide = 512;  // pixels

inline bool sameSquare(const AlignedSquare& a, const AlignedSquare& b) {
  return a.x == b.x && a.y == b.y && a.side == b.side && a.roll_degrees == b.roll_degrees;
}

/// A landmark that was moved by hand.
struct LandmarkMove {
  std::size_t point = 0;  // of FacePoints
  std::array<float, 2> from{};
};

/// Where a head is, and what that rests on: what is taken back as one.
struct PlacedHead {
  FoundHead head{};                   // the chosen one, with corrections by hand
  FaceAsFound face{};                 // what its landmarks are corrected against; no points: there are none
  bool guessed_face = false;          // those are an average face's, put into the square
  std::vector<LandmarkMove> moves{};  // of landmarks, to be taken back
  bool placed = false;                // somebody has looked at it: nothing is rejected any more
};

/// A photo of a person while it is prepared for fitting. Coordinates are pixels of the photo.
struct PhotoSubject : PlacedHead {
  std::uint64_t id = 0;  // in its desk
  std::filesystem::path path;
  std::shared_ptr<const Photo> photo{};  // null: not read yet
  ShownPhoto shown{};
  std::vector<FoundHead> heads{};     // never empty once read
  int chosen = 0;                     // of the heads
  std::vector<PlacedHead> earlier{};  // to be taken back
  std::vector<MaskStroke> strokes{};
  Image aligned{};                // the picture that the mask is of, kMaskSide pixels on a side
  Image raw_mask{};               // of it
  PersonMask mask{};              // of it, with the strokes
  AlignedSquare mask_square{};    // that it was cut from
  JobId mask_job = 0;             // makes the next one; 0: none does
  AlignedSquare making_square{};  // that it is made of

  bool isRead() const noexcept { return photo != nullptr; }
  bool isReady() const noexcept { return isRead() && (placed || head.accepted()); }
  bool isAsFound() const {
    const HeadPose& found = heads.at(static_cast<std::size_t>(chosen)).pose;
    return !placed && sameSquare(head.pose.square, found.square) && head.pose.yaw == found.yaw &&
           head.pose.pitch == found.pitch;
  }
  /// The mask is of the square as it is now.
  bool isOutlined() const noexcept {
    return !mask.alpha.empty() && sameSquare(mask_square, head.pose.square);
  }
};

/// A stroke on the photo as one on the picture cut from a square.
MaskStroke strokeInSquare(const MaskStroke& stroke, const AlignedSquare& square, int pixels);

}  // namespace panohead::ui
