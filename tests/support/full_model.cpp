#include "tests/support/full_model.h"

#include "core/checkpoint/safetensors.h"
#include "core/generator/generator.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"
#include "tests/support/rule_weights.h"

namespace panohead::test {

void writeFullSizeModel(const std::filesystem::path& file) {
  Generator generator = Generator::uninitialised(GeneratorConfig{});
  fillByRule(generator.store(), "G", "");
  NetworkState network;
  network.key = "G_ema";
  network.class_name = "TriPlaneGenerator";
  network.config = generator.config().toJson();
  network.tensors = toRecords(generator.store());
  SilentContext context;
  writeSafetensors(file, std::span(&network, 1), {}, context);
}

}  // namespace panohead::test
