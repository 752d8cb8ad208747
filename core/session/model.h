#pragma once

#include "core/generator/generator.h"
#include "core/generator/head.h"
#include "core/session/studio.h"

namespace panohead {

/// An opened model: immutable, shared by its heads.
class Model {
 public:
  Model(ModelInfo info, Generator generator) : info(std::move(info)), generator(std::move(generator)) {}

  const ModelInfo info;
  const Generator generator;
};

/// A prepared head with what it was made from.
class Head {
 public:
  ModelPtr model;
  HeadOptions options;
  PreparedHead prepared;
  std::vector<StageTime> times;
};

}  // namespace panohead
