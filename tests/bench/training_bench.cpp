// One training step (Gmain, Dmain, and Dreg by its share) of a preset on random pictures: the plain float32
// path, the quick path in float32 and in bfloat16, in one run.   training_bench [PRESET=heads-256] [BATCH=4]
// [STEPS=2]
#include "core/base/allocator_tuning.h"
#include "core/tensor/prelude.h"
#include "core/training/trainer.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

namespace {

panohead::DataBatch randomPictures(std::int64_t count, int resolution, const at::Tensor& labels) {
  panohead::DataBatch batch;
  batch.size = count;
  batch.resolution = resolution;
  const auto pixels = static_cast<std::size_t>(count * resolution * resolution);
  batch.pictures.resize(3 * pixels);
  batch.masks.assign(pixels, 255);
  for (std::size_t i = 0; i < batch.pictures.size(); ++i) {
    batch.pictures[i] = static_cast<std::uint8_t>((i * 2654435761U) >> 16);
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const float* row = labels.const_data_ptr<float>();
    batch.labels.insert(batch.labels.end(), row, row + 25);
  }
  return batch;
}

/// Milliseconds a picture of the phases, R1 by its share.
double measure(panohead::TrainingOptions options,
               const std::string& path,
               int steps,
               const at::Tensor& labels) {
  options.precision = path == "bf16" ? "bf16" : "fp32";
  const auto alone = panohead::makeSingleCommunicator();
  panohead::Trainer trainer(options, options.resolution, labels, *alone);
  if (path == "plain") {
    trainer.useSpecificationPath();
  }
  const panohead::DataBatch batch = randomPictures(options.batch, options.resolution, labels);
  trainer.step(batch);  // regularises, and allocates
  const auto first = panohead::meansOf(trainer.stats().take(*alone));
  for (int i = 0; i < steps; ++i) {
    trainer.step(batch);
  }
  const auto times = panohead::meansOf(trainer.stats().take(*alone));
  const double g = times.at("Timing/Gmain");
  const double d = times.at("Timing/Dmain");
  const double r1 = first.at("Timing/Dreg");
  const double whole = (g + d + r1 / options.d_reg_interval) / static_cast<double>(options.batch) * 1e3;
  fmt::print("{:<28}{:>12.0f}{:>12.0f}{:>12.0f}{:>16.0f}", path, g * 1e3, d * 1e3, r1 * 1e3, whole);
  return whole;
}

}  // namespace

int main(int argc, char** argv) {
  panohead::tuneAllocatorForTraining();  // as the command does
  panohead::TrainingOptions options = panohead::trainingPreset(argc > 1 ? argv[1] : "heads-256");
  options.batch = argc > 2 ? std::atoi(argv[2]) : 4;
  options.mbstd_group = static_cast<int>(options.batch);
  const int steps = argc > 3 ? std::atoi(argv[3]) : 2;
  options.data = options.masks = options.out = "unused";
  const panohead::CameraLabel label = panohead::orbitLabel({.yaw_degrees = 30});
  const at::Tensor labels = at::from_blob(const_cast<float*>(label.data()), {1, 25}, at::kFloat).clone();
  fmt::print("{:<28}{:>12}{:>12}{:>12}{:>16}{:>10}\n",
             "path",
             "Gmain ms",
             "Dmain ms",
             "Dreg ms",
             "ms a picture",
             "speed");
  double plain = 0;
  for (const std::string& path : {std::string("plain"), std::string("quick"), std::string("bf16")}) {
    const double time = measure(options, path, steps, labels);
    plain = path == "plain" ? time : plain;
    fmt::print("{:>9.2f}x\n", plain / time);
  }
  return 0;
}
