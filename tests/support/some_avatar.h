#pragma once

#include "core/avatar/avatar_file.h"
#include "core/avatar/weight_delta.h"
#include "core/checkpoint/half.h"
#include "core/session/avatar_session.h"
#include "core/session/head_codes.h"
#include "core/session/model.h"
#include "core/tensor/host_values.h"
#include "core/tensor/prelude.h"

#include <string>

namespace panohead::test {

/// A made-up person of a model: w of a seed, and weights of two layers tuned a little, in two encodings.
inline Avatar someAvatar(const ModelPtr& model, std::uint32_t seed, const std::string& name = "anna") {
  SilentContext context;
  Avatar avatar;
  avatar.name = name;
  avatar.model_name = model->info.name;
  avatar.model_sha256 = modelSha256(*model, context);
  const Generator& generator = model->generator;
  HeadOptions options{.seed = seed};
  const at::Tensor ws = headCodes(generator, options).ws;
  avatar.num_ws = static_cast<int>(ws.size(1));
  avatar.w_dim = static_cast<int>(ws.size(2));
  avatar.ws = toVector(ws);
  options.seed = seed + 100;
  avatar.ws_background = toVector(headCodes(generator, options).ws);
  at::manual_seed(seed);
  const auto shapeOf = [&](const char* of) { return generator.store().at(of).sizes().vec(); };
  {
    const char* of = "backbone.synthesis.b32.conv1.weight";
    const auto rows = shapeOf(of)[0], columns = generator.store().at(of).numel() / rows;
    DeltaPart part{.name = of, .shape = shapeOf(of), .kind = DeltaPart::Kind::LowRank};
    part.left = quantise(at::randn({3, rows}) * 0.3, {8, 8, 5});
    part.right = quantise(at::randn({3, columns}) * 0.3, {8, 4, 3});
    avatar.delta.parts.push_back(part);
  }
  {
    const char* of = "backbone.synthesis.b64.conv1.bias";
    DeltaPart part{.name = of, .shape = shapeOf(of), .kind = DeltaPart::Kind::Half};
    for (const float number : toVector(at::randn(shapeOf(of)) * 0.1)) {
      part.half.push_back(halfFromFloat(number));
    }
    avatar.delta.parts.push_back(part);
  }
  AvatarPhoto photo{.name = "photo.jpg", .square = {100, 120, 80, -3}};
  photo.camera = orbitLabel({.yaw_degrees = 20});
  photo.aligned = Image(32, 32, 3);
  photo.aligned.pixels[7] = 99;
  photo.mask = Image(32, 32, 1);
  avatar.photos = {photo};
  avatar.thumbnail = Image(8, 8, 3);
  avatar.preset = "quick";
  avatar.measures = {{"psnr", 25.5}};
  return avatar;
}

}  // namespace panohead::test
