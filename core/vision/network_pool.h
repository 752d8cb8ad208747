#pragma once

#include "core/base/error.h"
#include "core/jobs/job.h"
#include "core/vision/vision_networks.h"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace panohead {

/// Networks for as many threads as ask, each set for one at a time.
class NetworkPool {
 public:
  std::unique_ptr<VisionNetworks> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      return std::make_unique<VisionNetworks>();
    }
    auto networks = std::move(free_.back());
    free_.pop_back();
    return networks;
  }
  void giveBack(std::unique_ptr<VisionNetworks> networks) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(networks));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<VisionNetworks>> free_;
};

/// A set of a pool, for a scope.
class PooledNetworks {
 public:
  explicit PooledNetworks(NetworkPool& pool) : pool_(pool), networks_(pool.take()) {}
  ~PooledNetworks() { pool_.giveBack(std::move(networks_)); }
  PooledNetworks(const PooledNetworks&) = delete;
  PooledNetworks& operator=(const PooledNetworks&) = delete;
  VisionNetworks& operator*() const noexcept { return *networks_; }

 private:
  NetworkPool& pool_;
  std::unique_ptr<VisionNetworks> networks_;
};

/// For work on other threads than the job's own: it only stops.
class StopContext final : public JobContext {
 public:
  explicit StopContext(std::stop_token token) : token_(std::move(token)) {}
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override {
    if (token_.stop_requested()) {
      throw Cancelled();
    }
  }
  std::stop_token stopToken() const override { return token_; }

 private:
  std::stop_token token_;
};

}  // namespace panohead
