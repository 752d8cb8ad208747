#pragma once

#include "core/base/camera.h"
#include "core/dataset/data_loader.h"
#include "core/tensor/prelude.h"
#include "core/training/training_options.h"

#include <vector>

namespace panohead::test {

inline constexpr int kSize = 128;

/// Networks that take a step in a fraction of a second.
inline TrainingOptions tinyOptions() {
  TrainingOptions o = trainingPreset("smoke");
  o.data = "unused";
  o.masks = "unused";
  o.out = "unused";
  o.cbase = 256;
  o.cmax = 8;
  o.z_dim = o.w_dim = 32;
  o.d_cbase = 256;
  o.d_cmax = 8;
  o.d_map_depth = 1;
  o.depth_resolution = o.depth_resolution_importance = 4;
  o.neural_rendering_resolution_initial = 16;
  o.batch = 2;
  o.mbstd_group = 2;
  o.d_reg_interval = 2;
  o.bcg_reg_prob = 0.5;
  o.style_mixing_prob = 0.5;
  return o;
}

/// Six cameras around the head. [6, 25]
inline at::Tensor labelTable() {
  std::vector<at::Tensor> rows;
  for (int i = 0; i < 6; ++i) {
    const CameraLabel label = orbitLabel({.yaw_degrees = i * 60.0});
    rows.push_back(at::from_blob(const_cast<float*>(label.data()), {25}, at::kFloat).clone());
  }
  return at::stack(rows);
}

/// Made-up pictures with masks, others in every iteration.
inline DataBatch pictures(std::int64_t iteration, std::int64_t count, int size = kSize) {
  DataBatch batch;
  batch.size = count;
  batch.resolution = size;
  const auto pixels = static_cast<std::size_t>(count * size * size);
  for (std::size_t i = 0; i < 3 * pixels; ++i) {
    batch.pictures.push_back(
        static_cast<std::uint8_t>((i * 7 + static_cast<std::size_t>(iteration) * 13) % 251));
  }
  for (std::size_t i = 0; i < pixels; ++i) {
    batch.masks.push_back(i % kSize < 80 ? 255 : 0);
  }
  const at::Tensor labels = labelTable();
  for (std::int64_t i = 0; i < count; ++i) {
    const float* row = labels.const_data_ptr<float>() + 25 * ((iteration + i) % 6);
    batch.labels.insert(batch.labels.end(), row, row + 25);
  }
  return batch;
}

}  // namespace panohead::test
