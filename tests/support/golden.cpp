#include "tests/support/golden.h"

#include "core/tensor/prelude.h"
#include "tests/support/places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>

namespace panohead::test {

std::filesystem::path dataFile(const std::string& name) { return sourceFolder() / "tests" / "data" / name; }

std::filesystem::path sharedFile(const std::string& name) {
  const char* folder = std::getenv("PANOHEAD_SHARED");
  const std::filesystem::path root =
      folder != nullptr ? std::filesystem::path(folder) : sourceFolder() / ".." / "shared";
  const std::filesystem::path file = root / name;
  return std::filesystem::exists(file) ? file : std::filesystem::path();
}

std::string skipMessage(const std::string& name) {
  return fmt::format("{} is not here: set PANOHEAD_SHARED to the folder of the shared golden data", name);
}

Golden::Golden(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::uint64_t header_bytes = 0;
  stream.read(reinterpret_cast<char*>(&header_bytes), sizeof header_bytes);
  std::string header(header_bytes, '\0');
  stream.read(header.data(), static_cast<std::streamsize>(header_bytes));
  if (!stream) {
    throw std::runtime_error(fmt::format("cannot read {}", file.string()));
  }
  const std::map<std::string, at::ScalarType> types{
      {"F32", at::kFloat}, {"F16", at::kHalf}, {"U8", at::kByte}};
  const nlohmann::json json = nlohmann::json::parse(header);
  for (const auto& [key, entry] : json.items()) {
    if (key == "__metadata__") {
      metadata_ = entry.get<std::map<std::string, std::string>>();
      continue;
    }
    const at::Tensor tensor =
        at::empty(entry.at("shape").get<std::vector<std::int64_t>>(), types.at(entry.at("dtype")));
    stream.seekg(
        static_cast<std::streamoff>(8 + header_bytes + entry.at("data_offsets").at(0).get<std::uint64_t>()));
    stream.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
    tensors_.emplace(key, at::isFloatingType(tensor.scalar_type()) ? tensor.to(at::kFloat) : tensor);
  }
  if (metadata_.contains("float_noise")) {
    const nlohmann::json noise = nlohmann::json::parse(metadata_["float_noise"]);
    for (const auto& [key, value] : noise.items()) {
      noise_[key] = value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
    }
  }
}

at::Tensor Golden::operator[](const std::string& key) const {
  const auto found = tensors_.find(key);
  if (found == tensors_.end()) {
    throw std::runtime_error(fmt::format("no golden tensor '{}'", key));
  }
  return found->second;
}

double Golden::tolerance(const std::string& key) const {
  const auto found = noise_.find(key);
  if (found != noise_.end() && found->second > 0) {
    return 30 * found->second;
  }
  const double largest = (*this)[key].abs().max().item<double>();
  return std::max(1e-5 * largest, 1e-12);
}

void Parity::expect(const std::string& key, const at::Tensor& actual) {
  const at::Tensor reference = golden_[key];
  ++compared_;
  ASSERT_EQ(actual.numel(), reference.numel()) << key;
  const at::Tensor value = actual.detach().to(at::kFloat).reshape(reference.sizes());
  ASSERT_TRUE(at::isfinite(value).all().item<bool>()) << key << " is not finite";
  const double difference = (value - reference).abs().max().item<double>();
  const double ratio = difference / golden_.tolerance(key);
  if (ratio > worst_ || worst_key_.empty()) {
    worst_ = ratio;
    worst_key_ = key;
  }
  EXPECT_LE(ratio, 1.0) << key << " differs by " << difference << ", allowed " << golden_.tolerance(key);
}

Parity::~Parity() {
  fmt::print("  parity {:<28} {:>3} tensors, worst {:.3f} of the tolerance ({})\n",
             group_,
             compared_,
             worst_,
             worst_key_);
}

}  // namespace panohead::test
