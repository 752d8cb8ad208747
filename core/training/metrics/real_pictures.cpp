#include "core/tensor/prelude.h"
#include "core/training/metrics/measure.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

namespace panohead {

SynthesisSettings metricSettings(const Generator& generator,
                                 const MetricsOptions& options,
                                 JobContext& context) {
  SynthesisSettings settings = generator.defaultSettings();
  settings.neural_resolution = options.neural_resolution;
  settings.run.checkpoint = [&context] { context.checkpoint(); };
  settings.quick = generator.store().entries().front().tensor.is_cpu();  // the same numbers sooner
  settings.quick_render.decoder_dtype = at::kFloat;
  return settings;
}

std::vector<DatasetItem> chooseItems(const Dataset& dataset, std::int64_t count, std::uint64_t seed) {
  const std::vector<DatasetItem>& items = dataset.items();
  const auto size = static_cast<std::int64_t>(items.size());
  const at::Tensor order = at::randperm(size, at::detail::createCPUGenerator(seed), at::kLong);
  const std::int64_t* index = order.const_data_ptr<std::int64_t>();
  std::vector<DatasetItem> chosen;
  for (std::int64_t i = 0; i < std::min(count, size); ++i) {
    chosen.push_back(items[static_cast<std::size_t>(index[i])]);
  }
  return chosen;
}

CameraLabel labelOf(const Dataset& dataset, const DatasetItem& item) {
  const CameraLabel& label = dataset.entries()[item.entry].label;
  return item.mirrored ? mirrored(label) : label;
}

RealPicture loadReal(const Dataset& dataset, const DatasetItem& item) {
  const LoadedItem loaded = dataset.load(item);
  const auto tensor = [](const Image& image, std::int64_t channels) {
    return at::tensor(at::ArrayRef<std::uint8_t>(image.pixels), at::kByte)
        .view({1, image.height, image.width, channels})
        .permute({0, 3, 1, 2})
        .to(at::kFloat)
        .contiguous();
  };
  RealPicture real;
  real.label = loaded.label;
  real.image = tensor(loaded.picture, 3) / 127.5 - 1;
  if (!loaded.mask.empty()) {
    real.mask = tensor(loaded.mask, 1) / 255.0;
  }
  return real;
}

}  // namespace panohead
