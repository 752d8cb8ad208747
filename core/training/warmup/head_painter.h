#pragma once

#include "core/generator/generator.h"

#include <ATen/core/Generator.h>

#include <vector>

namespace panohead {

/// How the warm-up runs the generator: the one place that knows which path is taken.
class HeadPainter {
 public:
  /// @param samples per ray, in each of the two passes  @param quick bfloat16; else float32
  HeadPainter(const Generator& generator, int samples, bool quick)
      : generator_(&generator), samples_(samples), quick_(quick) {}

  /// @param w [n, w_dim]
  at::Tensor planes(const at::Tensor& w) const;
  /// Colours of any rays. @param rays [n, M, 3] each
  /// @param generators of the depths' jitter, one per head; empty: none
  RenderedRays render(const at::Tensor& planes,
                      const Rays& rays,
                      const std::vector<at::Generator>& generators) const;
  /// Raw picture of a feature image. [n, 32, h, h] -> [n, 3, h, h]
  at::Tensor raw(const at::Tensor& feature, const at::Tensor& w) const;
  /// Super-resolution of a part of the picture: what lies beyond the part counts as zero, so that the
  /// outermost pixels differ from those of the whole picture.
  /// @param feature [n, 32, p, p] at the neural resolution @return [n, 3, p * scale(), p * scale()]
  at::Tensor enlarge(const at::Tensor& feature, const at::Tensor& w) const;
  /// Pixels of the picture per pixel of the raw one.
  int scale() const;

 private:
  nn::SynthesisRun runOf(NoiseMode noise) const;

  const Generator* generator_;
  int samples_;
  bool quick_;
};

}  // namespace panohead
