// One training step (Gmain, Dmain, and Dreg by its share) of a preset on random pictures, in every way that
// the device knows: the plain float32 path, and in the same run on a CPU the quick path in float32 and in
// bfloat16, on a GPU the options' mixed precision.
//   training_bench [--device auto|cpu|cuda] [PRESET=heads-256 [BATCH=4 [STEPS=2]]]
#include "core/base/allocator_tuning.h"
#include "core/tensor/prelude.h"
#include "core/training/trainer.h"
#include "core/training/training_device.h"
#include "tests/bench/training_paths.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>

namespace {

using namespace panohead;  // NOLINT: a program of one file

DataBatch randomPictures(std::int64_t count, int resolution, const at::Tensor& labels) {
  DataBatch batch;
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

/// Milliseconds a picture.
double measure(TrainingOptions options,
               const test::TrainingPath& path,
               int steps,
               at::Device device,
               const at::Tensor& labels) {
  options.precision = path.precision;
  const int interval = options.d_reg_interval;
  options.d_reg_interval = std::min(interval, 1);  // R1 in every step, so that it is never measured cold
  const auto alone = makeSingleCommunicator();
  Trainer trainer(options, options.resolution, labels, *alone, device);
  if (path.specification) {
    trainer.useSpecificationPath();
  }
  const DataBatch batch = randomPictures(options.batch, options.resolution, labels);
  for (int i = 0; i < 2; ++i) {  // memory is had, cuDNN has chosen its ways
    trainer.step(batch);
  }
  trainer.stats().take(*alone);
  for (int i = 0; i < steps; ++i) {
    trainer.step(batch);
  }
  const auto times = meansOf(trainer.stats().take(*alone));
  const double whole = test::millisecondsAPicture(times, interval, options.batch);
  const auto milliseconds = [&](const char* phase) {
    const auto found = times.find(phase);
    return found == times.end() ? 0.0 : found->second * 1e3;
  };
  fmt::print("{:<28}{:>12.1f}{:>12.1f}{:>12.1f}{:>16.1f}",
             path.name,
             milliseconds("Timing/Gmain"),
             milliseconds("Timing/Dmain"),
             milliseconds("Timing/Dreg"),
             whole);
  return whole;
}

void run(const test::TrainingBenchOptions& asked) {
  TrainingOptions options = trainingPreset(asked.preset);
  options.batch = asked.batch;
  options.mbstd_group = static_cast<int>(options.batch);
  options.data = options.masks = options.out = "unused";
  const at::Device device = trainingDevice(asked.device, 0);
  const CameraLabel label = orbitLabel({.yaw_degrees = 30});
  const at::Tensor labels = at::from_blob(const_cast<float*>(label.data()), {1, 25}, at::kFloat).clone();
  fmt::print("{}, batches of {}, {}\n",
             asked.preset,
             options.batch,
             device.is_cpu() ? fmt::format("CPU, {} threads", at::get_num_threads()) : "GPU " + device.str());
  fmt::print("{:<28}{:>12}{:>12}{:>12}{:>16}{:>10}\n",
             "path",
             "Gmain ms",
             "Dmain ms",
             "Dreg ms",
             "ms a picture",
             "speed");
  double plain = 0;
  for (const test::TrainingPath& path : test::trainingPaths(device.is_cpu(), options.precision)) {
    const double time = measure(options, path, asked.steps, device, labels);
    plain = path.specification ? time : plain;
    fmt::print("{:>9.2f}x\n", plain / time);
  }
}

}  // namespace

int main(int argc, char** argv) {
  tuneAllocatorForTraining();  // as the command does
  try {
    run(test::trainingBenchOptions({argv + 1, argv + argc}));
  } catch (const Error& error) {
    fmt::print(stderr, "training_bench: {}\n  {}\n", error.what(), error.hint());
    return 1;
  }
  return 0;
}
