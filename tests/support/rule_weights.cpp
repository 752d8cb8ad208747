#include "tests/support/rule_weights.h"

#include "core/tensor/numpy_random.h"
#include "core/tensor/prelude.h"
#include "tests/support/golden.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace panohead::test {

void fillByRule(ParameterStore& store, const std::string& table, const std::string& prefix) {
  static const nlohmann::json golden = nlohmann::json::parse(std::ifstream(dataFile("full.golden.json")));
  std::map<std::string, nlohmann::json> rows;
  for (const auto& row : golden.at("tables").at(table)) {
    rows[row.at("name")] = row;
  }
  const at::NoGradGuard no_grad;
  for (const ParameterStore::Entry& entry : store.entries()) {
    if (entry.is_derived) {
      continue;
    }
    const auto found = rows.find(prefix + entry.name);
    if (found == rows.end()) {
      throw std::runtime_error(fmt::format("no rule for '{}{}'", prefix, entry.name));
    }
    const nlohmann::json& row = found->second;
    NumpyRandom random(row.at("seed").get<std::uint32_t>());
    const double scale = row.at("scale");
    const double offset = row.at("offset");
    const std::size_t count = static_cast<std::size_t>(entry.tensor.numel());
    const std::size_t row0 =
        entry.tensor.dim() > 0 ? count / static_cast<std::size_t>(entry.tensor.size(0)) : count;
    float* out = entry.tensor.data_ptr<float>();
    for (std::size_t i = 0; i < count; ++i) {
      double value = offset + scale * random.normal();
      if (i < row0 && row.contains("row0_factor")) {
        value *= row["row0_factor"].get<double>();
      }
      if (i < row0 && row.contains("row0_value")) {
        value = row["row0_value"].get<double>();
      }
      out[i] = static_cast<float>(value);
    }
  }
}

struct RandomTensors::Impl {
  NumpyRandom random;
};

RandomTensors::RandomTensors(std::uint32_t seed) : impl_(new Impl{NumpyRandom(seed)}) {}
RandomTensors::~RandomTensors() = default;

at::Tensor RandomTensors::randn(at::IntArrayRef shape) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* out = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    out[i] = static_cast<float>(impl_->random.normal());
  }
  return tensor;
}

}  // namespace panohead::test
