#pragma once

#include "core/training/training_run.h"

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace panohead::app {

/// A run's news as JSON on standard output, an object a line, flushed (resources/docs/training.md). Usable
/// from several threads. When nobody reads any more it falls silent, and the run goes on.
class JsonLines final : public TrainingListener {
 public:
  JsonLines();

  void stats(std::int64_t images, const std::map<std::string, double>& values) override;
  void file(const std::string& kind, const std::filesystem::path& path, std::int64_t images) override;
  void state(const std::string& state, const std::string& message) override;
  void notice(const std::string& message) override;
  void error(const std::string& message, const std::string& hint, const std::string& detail);
  /// At most ten a second, and the first and last of every stage; into a file, which keeps them as long as
  /// the run is, one every five seconds.
  void progress(const Progress& progress);

 private:
  void print(const std::string& line);

  std::mutex mutex_;
  bool broken_ = false;
  std::chrono::milliseconds progress_interval_;
  std::string stage_;
  std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace panohead::app
