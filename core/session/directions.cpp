#include "core/session/directions.h"

#include "core/avatar/factorisation.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <system_error>

namespace panohead {
namespace {

constexpr const char* kShippedName = "directions.safetensors";
constexpr int kRandomHeads = 4096;

}  // namespace

std::vector<DirectionPtr> shippedDirections(const Model& model) {
  const std::filesystem::path path = model.info.path.parent_path() / kShippedName;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return {};
  }
  std::vector<DirectionPtr> directions = readDirectionFile(path);
  std::erase_if(directions, [&](const DirectionPtr& direction) {
    return static_cast<int>(direction->delta.size()) != model.info.w_dim;
  });
  return directions;
}

std::vector<DirectionPtr> foundDirections(
    const Model& model, DirectionKind kind, LayerRange layers, int count, JobContext& context) {
  const at::NoGradGuard no_grad;
  context.report({"random heads", 0, 0, {}});
  const at::Tensor w = randomCodes(model.generator, kRandomHeads, 0);
  context.checkpoint();
  context.report({"directions", 0, 0, {}});
  const bool factors = kind == DirectionKind::Factors;
  const at::Tensor rows = factors ? factorise(model.generator, layers.first, layers.last, count, w)
                                  : principalComponents(w, count);
  std::vector<DirectionPtr> directions;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    auto direction = std::make_shared<LatentDirection>();
    const std::string range =
        layers.first == 0 && layers.last < 0
            ? std::string()
            : fmt::format("_{}_{}", layers.first, layers.last < 0 ? "end" : std::to_string(layers.last));
    direction->name = fmt::format("{}{}_{}", factors ? "factor" : "component", range, i + 1);
    direction->label = fmt::format("{} {}", factors ? "Factor" : "Component", i + 1);
    direction->first_layer = layers.first;
    direction->last_layer = layers.last;
    const float* row = rows[i].const_data_ptr<float>();
    direction->delta.assign(row, row + rows.size(1));
    directions.push_back(std::move(direction));
  }
  return directions;
}

DirectionPtr withFreeName(const DirectionPtr& direction, const std::vector<DirectionPtr>& others) {
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(others, [&](const auto& one) { return one->name == name; });
  };
  if (!taken(direction->name)) {
    return direction;
  }
  auto made = std::make_shared<LatentDirection>(*direction);
  for (int number = 2; taken(made->name); ++number) {
    made->name = direction->name + "_" + std::to_string(number);
    made->label = direction->label + " (" + std::to_string(number) + ")";
  }
  return made;
}

void mergeDirections(std::vector<DirectionPtr>& into, const std::vector<DirectionPtr>& newer) {
  for (const DirectionPtr& direction : newer) {
    const auto same =
        std::ranges::find_if(into, [&](const auto& one) { return sameDirection(one, direction); });
    if (same != into.end()) {
      // Its own name, which is free, and what is new.
      auto renewed = std::make_shared<LatentDirection>(*direction);
      renewed->name = (*same)->name;
      *same = std::move(renewed);
    } else {
      into.push_back(withFreeName(direction, into));
    }
  }
}

}  // namespace panohead
