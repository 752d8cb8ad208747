#pragma once

#include "core/fast/head_renderer.h"
#include "core/session/studio.h"

#include <mutex>

namespace panohead {

/// An opened model: immutable, shared by its heads.
class Model {
 public:
  Model(ModelInfo info, Generator generator)
      : info(std::move(info)), generator(std::move(generator)), fast(makeFastModel(this->generator)) {}

  const ModelInfo info;
  const Generator generator;
  const std::shared_ptr<const FastModel> fast;  // null: drawn by the specification path
};

/// A prepared head with what it was made from.
class Head {
 public:
  ModelPtr model;
  HeadOptions options;
  PreparedHead prepared;
  std::shared_ptr<const HeadRenderer> renderer;

  /// The same head for ViewOptions::exact, made when it is first asked for.
  struct Exact {
    std::mutex mutex;
    PreparedHead prepared;
    std::shared_ptr<const HeadRenderer> renderer;
  };
  std::shared_ptr<Exact> exact = std::make_shared<Exact>();
  std::vector<StageTime> times;
};

/// How the networks of a head are run.
nn::SynthesisRun synthesisRun(const HeadOptions& options, JobContext& context);

}  // namespace panohead
