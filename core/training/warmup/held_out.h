#pragma once

#include "core/training/warmup/head_painter.h"
#include "core/training/warmup/picture_bank.h"

#include <functional>

namespace panohead {

/// How held-out people are measured: w is fitted to some of a person's views, the others are predicted.
struct HeldOutOptions {
  int fitted_views = 6;  // the first of everyone; the rest is unseen
  int steps = 150;       // Adam
  double rate = 0.05;    // falls to zero as a cosine
  int rays = 256;        // random ones of every fitted view in a step
  int samples = 12;      // per ray and pass while fitting
  double pull = 2e-3;    // weight of the squared distance from the start
  bool quick = true;     // see HeadPainter; measuring is always float32 by the specification
  std::uint64_t seed = 0;
};

/// Means over people.
struct HeldOutResult {
  double start_psnr = 0;         // dB, all views, before fitting
  double fitted_psnr = 0;        // dB, the fitted views
  double unseen_psnr = 0;        // dB, the others
  double detail_share = 0;       // share of high frequencies of super-resolved unseen views
  double real_detail_share = 0;  // and of the pictures themselves
  int people = 0;
  at::Tensor w{};  // [people, w_dim], fitted
};

/// Peak signal-to-noise ratio of the raw picture's foreground over black, both nominally in [-1, 1]: the
/// picture's mean colours and mask at the raw size, as the first warm-up model was measured.
/// @param w [1, w_dim]
double rawPsnr(const Generator& generator,
               PictureBank& bank,
               const at::Tensor& w,
               const std::vector<std::uint32_t>& pictures);

/// Fits the head's part of w to pictures of one person. @param start [1, w_dim] @return [1, w_dim]
at::Tensor fitW(const Generator& generator,
                PictureBank& bank,
                const at::Tensor& start,
                std::int64_t head_dims,
                const std::vector<std::uint32_t>& pictures,
                const HeldOutOptions& options);

/// Energy above a quarter of the sampling rate over that of all frequencies but zero: Hann-windowed blocks of
/// 32 x 32 pixels, half overlapping, of which every pixel is foreground; spectra of the three colours summed
/// over all blocks of all pictures.
class DetailShare {
 public:
  /// @param picture [3, h, w] @param mask [h, w] in [0, 1]
  void add(const at::Tensor& picture, const at::Tensor& mask);
  double value() const;  // 0 when there was no block

 private:
  double high_ = 0, all_ = 0;
};

/// @param start w to begin with, [1, w_dim], of a person's index
HeldOutResult measureHeldOut(const Generator& generator,
                             PictureBank& bank,
                             const std::vector<std::int64_t>& people,
                             const std::function<at::Tensor(std::int64_t)>& start,
                             std::int64_t head_dims,
                             const HeldOutOptions& options);

/// `count` people spread evenly over the last `held_out` of `all`.
std::vector<std::int64_t> chooseHeldOut(std::int64_t all, std::int64_t held_out, int count);

}  // namespace panohead
