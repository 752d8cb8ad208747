#pragma once

#include "core/fast/head_renderer.h"
#include "core/session/head_drawing.h"
#include "core/session/model_device.h"
#include "core/session/model_pace.h"
#include "core/session/studio.h"

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <vector>

namespace panohead {

/// An opened model: immutable, shared by its heads.
class Model {
 public:
  /// @param checkpoint may be empty; called while weights are packed, may throw to cancel
  /// @param device that draws the heads; the processor does without one
  Model(ModelInfo info,
        Generator generator,
        const std::function<void()>& checkpoint = {},
        std::shared_ptr<const ModelDevice> device = std::make_shared<const ModelDevice>())
      : info(std::move(info)),
        generator(std::move(generator)),
        fast(makeFastModel(this->generator, checkpoint)),
        device(std::move(device)) {}

  const ModelInfo info;
  const Generator generator;
  const std::shared_ptr<const FastModel> fast;  // null: drawn by the specification path
  const std::shared_ptr<const ModelDevice> device;

  /// What is found out when it is first asked for (core/session/avatar_session.h).
  struct Memory {
    std::mutex mutex;
    std::string sha256;
    struct Tuned {
      std::vector<AvatarShare> avatars;
      ModelPtr networks;
    };
    std::list<Tuned> tuned;  // the newest first
    ModelPace pace;
  };
  const std::unique_ptr<Memory> memory = std::make_unique<Memory>();
};

/// A prepared head with what it was made from.
class Head {
 public:
  ModelPtr model;
  ModelPtr networks;  // with the weights that draw it: `model`, or an avatar's tuned ones
  HeadOptions options;
  Background background;  // that is shown: what the options say, an avatar's own resolved
  PreparedHead prepared;
  at::Tensor ws_background;  // [1, num_ws, w_dim], drives the head's own background
  std::shared_ptr<const HeadDrawing> drawing;

  /// The same head for ViewOptions::exact, made when it is first asked for.
  struct Exact {
    std::mutex mutex;
    PreparedHead prepared;
    std::shared_ptr<const HeadRenderer> renderer;
  };
  std::shared_ptr<Exact> exact = std::make_shared<Exact>();
  std::vector<StageTime> times;
};

/// Memory of one weight of an open model: float32, and packed for the fast path.
double bytesOfWeight() noexcept;

/// How the networks of a head are run.
nn::SynthesisRun synthesisRun(const HeadOptions& options, JobContext& context);

/// What they make of its w: of a head between others of different noise, the sum of weight * what each
/// noise gives. @param make called with every run; its tensors are alike
at::Tensor synthesised(const HeadOptions& options,
                       JobContext& context,
                       const std::function<at::Tensor(const nn::SynthesisRun&)>& make);

}  // namespace panohead
