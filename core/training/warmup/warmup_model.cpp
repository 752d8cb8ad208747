#include "core/training/warmup/warmup_model.h"

#include "core/checkpoint/safetensors.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"
#include "core/training/moving_average.h"

namespace panohead {

namespace {
constexpr int kSmallestClass = 12;  // people
}

WarmupModel finishWarmup(const Warmup& warmup,
                         const AttributeTable* attributes,
                         const BackgroundCodes& background,
                         const WrittenMappingOptions& options) {
  const at::NoGradGuard no_grad;
  const PersonCodes& codes = warmup.averageCodes();
  const at::Tensor people = at::arange(warmup.trainedPeople());
  const at::Tensor activations = codes.activations(people, codes.freeNumbers().index_select(0, people));
  WarmupModel model{Generator::uninitialised(warmup.average().config()), {}, {}};
  averageInto(model.generator.store(), warmup.average().store(), 0.0);
  if (warmup.options().code_steps < warmup.options().steps) {
    BackgroundCodes behind = background;
    if (!behind.weight.defined() && codes.options().head_dims < codes.options().w_dim) {
      behind = backgroundCodes(model.generator, codes.options().head_dims);
    }
    model.mapping = writeMapping(
        model.generator, activations, classesOf(attributes, activations, kSmallestClass), behind, options);
  }
  if (attributes != nullptr) {
    model.directions =
        fitDirections(*attributes, codes.toW(activations), knownDirections(*attributes), DirectionOptions{});
  }
  return model;
}

void writeModel(const std::filesystem::path& path,
                const Generator& generator,
                const std::vector<CameraLabel>& labels,
                const std::map<std::string, std::string>& metadata,
                JobContext& context) {
  NetworkState network;
  network.key = "G_ema";
  network.class_name = "TriPlaneGenerator";
  network.config = generator.config().toJson();
  network.tensors = toRecords(generator.store());
  at::Tensor deviation = at::zeros({25});
  if (!labels.empty()) {
    const at::Tensor all = at::from_blob(const_cast<float*>(labels.front().data()),
                                         {static_cast<std::int64_t>(labels.size()), 25});
    deviation = all.std(0, false).contiguous();
  }
  TensorRecord record;
  record.name = "dataset_label_std";
  record.shape = {25};
  record.stride = {1};
  record.storage = {static_cast<const std::byte*>(deviation.data_ptr()), deviation.nbytes()};
  network.tensors.push_back(record);
  SafetensorsOptions options;
  options.half = true;
  options.metadata = metadata;
  writeSafetensors(path, std::span(&network, 1), options, context);
}

}  // namespace panohead
