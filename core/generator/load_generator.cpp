#include "core/generator/load_generator.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"

#include <fmt/format.h>

namespace panohead {

namespace {

// The file's own plane axes tell EG3D's third plane from PanoHead's. As a matrix whose rows are the
// plane's axes, only the third differs: rows (0,0,1), (1,0,0), (0,1,0) in EG3D's files.
ThirdPlane thirdPlane(const TensorRecord& plane_axes) {
  const at::Tensor axes = toTensor(plane_axes);
  if (axes.dim() != 3 || axes.numel() != 27) {
    throw CheckpointError("the model's plane axes are not three 3x3 matrices");
  }
  return axes[2][0][2].item<float>() == 1.0F ? ThirdPlane::ZXY : ThirdPlane::YZX;
}

}  // namespace

Generator loadGenerator(const NetworkState& network, std::vector<std::string>* unused) {
  if (network.find("decoder.net.0.weight") == nullptr ||
      network.find("backbone.synthesis.b4.const") == nullptr) {
    throw CheckpointError(
        fmt::format("{}{} is not a PanoHead or EG3D generator",
                    network.key.empty() ? "its network" : network.key,
                    network.class_name.empty() ? "" : fmt::format(" ({})", network.class_name)),
        "expected a network with a tri-plane backbone and a decoder; a plain StyleGAN makes no 3-D heads");
  }
  if (network.config == "{}") {
    throw CheckpointError(
        "the file carries weights but no configuration of the network",
        "open the snapshot (.pkl) that the weights are from; convert makes a file that has both");
  }
  GeneratorConfig config = GeneratorConfig::fromJson(network.config);
  config.camera_adjustment = network.find("t_mapping.fc0.weight") != nullptr;
  if (const TensorRecord* axes = network.find("renderer.plane_axes")) {
    config.volume.third_plane = thirdPlane(*axes);
  }
  Generator generator = Generator::uninitialised(config);
  const WeightMap map = loadParameters(generator.store(), network);
  if (unused != nullptr) {
    *unused = map.unused;
  }
  return generator;
}

Discriminator loadDiscriminator(const NetworkState& network) {
  Discriminator discriminator =
      Discriminator::uninitialised(DiscriminatorConfig::fromJson(network.class_name, network.config));
  loadParameters(discriminator.store(), network);
  return discriminator;
}

}  // namespace panohead
