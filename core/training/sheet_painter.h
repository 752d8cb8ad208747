#pragma once

#include "core/fast/head_renderer.h"

#include <functional>
#include <memory>

namespace panohead {

/// Draws the heads of sheets: by the fast path where that knows the generator, whose weights are packed once
/// for all of them, else by the specification path.
class SheetPainter {
 public:
  /// @param generator outlives this, and its weights stay as they are for as long
  /// @param neural_resolution pixels
  /// @param checkpoint called between pieces of work, also while weights are packed; may throw to give up
  SheetPainter(const Generator& generator,
               std::int64_t neural_resolution,
               const std::function<void()>& checkpoint);

  /// @param ws [1, num_ws, w_dim]  @param label [1, 25], as it is drawn; both on the generator's device
  SynthesisOutput operator()(const at::Tensor& ws, const at::Tensor& label) const;

 private:
  const Generator& generator_;
  SynthesisSettings settings_;
  std::shared_ptr<const FastModel> fast_;  // null: unknown to it
};

}  // namespace panohead
