#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace panohead::test {

/// A folder of data that comes with the sources (tests/data).
std::filesystem::path dataFile(const std::string& name);

/// A file of the shared golden data: $PANOHEAD_SHARED, else ../shared beside the sources.
/// Empty when it is absent: skip the test with skipMessage().
std::filesystem::path sharedFile(const std::string& name);
std::string skipMessage(const std::string& name);

/// Reference tensors with the float32 noise of each. A reader of its own, independent of the
/// program's, so that a fault there cannot hide here.
class Golden {
 public:
  explicit Golden(const std::filesystem::path& file);

  at::Tensor operator[](const std::string& key) const;
  bool has(const std::string& key) const { return tensors_.contains(key); }
  const std::map<std::string, at::Tensor>& tensors() const { return tensors_; }
  const std::string& metadata(const std::string& key) const { return metadata_.at(key); }

  /// Largest difference allowed: 30 times the stated noise; where none is stated (or 0), 1e-5 of the
  /// tensor's largest magnitude.
  double tolerance(const std::string& key) const;

 private:
  std::map<std::string, at::Tensor> tensors_;
  std::map<std::string, double> noise_;
  std::map<std::string, std::string> metadata_;
};

/// Compares tensors of one group, remembers the worst difference as a part of its tolerance, prints it,
/// and remembers which keys were compared.
class Parity {
 public:
  Parity(const Golden& golden, std::string group) : golden_(golden), group_(std::move(group)) {}
  Parity(const Parity&) = delete;
  Parity& operator=(const Parity&) = delete;
  ~Parity();

  /// Fails the running test when any element differs by more than the tolerance (or is not finite).
  void expect(const std::string& key, const at::Tensor& actual);

 private:
  const Golden& golden_;
  std::string group_;
  std::string worst_key_;
  double worst_ = 0;
  int compared_ = 0;
};

}  // namespace panohead::test
