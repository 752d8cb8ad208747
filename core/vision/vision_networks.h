#pragma once

#include <filesystem>
#include <memory>

namespace panohead {

/// The small networks that find heads in photos (resources/models/vision), read when they are first needed.
/// May be used from many threads, but a network runs for one at a time: give each worker its own to go
/// faster. Every pass takes one thread.
class VisionNetworks {
 public:
  /// @param folder with the .onnx files; empty: those that ship with the program
  explicit VisionNetworks(std::filesystem::path folder = {});
  ~VisionNetworks();
  VisionNetworks(const VisionNetworks&) = delete;
  VisionNetworks& operator=(const VisionNetworks&) = delete;

  struct Loaded;  // of core/vision alone
  Loaded& loaded() noexcept { return *loaded_; }

 private:
  std::unique_ptr<Loaded> loaded_;
};

}  // namespace panohead
