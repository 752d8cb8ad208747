#pragma once

#include "core/generator/generator.h"

namespace panohead {

/// How the warm-up runs the generator: the one place that knows which path is taken.
struct HeadPainter {
  const Generator* generator = nullptr;
  int samples = 12;    // per ray, in each of the two passes
  bool jitter = true;  // stochastic depths
  bool quick = true;   // bfloat16 and the fast tri-grid sampling where they can be had

  /// @param w [n, w_dim]
  at::Tensor planes(const at::Tensor& w) const;
  /// Colours of any rays. @param rays [n, M, 3] each
  RenderedRays render(const at::Tensor& planes, const Rays& rays) const;
  /// Raw picture of a feature image. [n, 32, h, h] -> [n, 3, h, h]
  at::Tensor raw(const at::Tensor& feature, const at::Tensor& w) const;
  /// Super-resolution of a part of the picture: what lies beyond the part counts as zero, so that the
  /// outermost pixels differ from those of the whole picture.
  /// @param feature [n, 32, p, p] at the neural resolution @return [n, 3, p * scale(), p * scale()]
  at::Tensor enlarge(const at::Tensor& feature, const at::Tensor& w) const;
  /// Pixels of the picture per pixel of the raw one.
  int scale() const;
};

}  // namespace panohead
