#include "core/export/frame_sink.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace panohead {
namespace {

constexpr std::size_t kWaiting = 3;  // frames

class ThreadedSink final : public FrameSink {
 public:
  explicit ThreadedSink(std::unique_ptr<FrameSink> inner)
      : inner_(std::move(inner)), thread_([this] { run(); }) {}

  ~ThreadedSink() override {
    {
      const std::lock_guard lock(mutex_);
      queue_.clear();  // nobody wants the film any more
    }
    stop();
  }

  void addFrame(Image image) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.size() < kWaiting || failure_ != nullptr; });
    rethrow();
    queue_.push_back(std::move(image));
    changed_.notify_all();
  }

  void finish() override {
    stop();
    rethrow();
    inner_->finish();
  }

  std::filesystem::path keepPart() override {
    stop();
    if (inner_->kept() == 0) {
      rethrow();
    }
    return inner_->keepPart();
  }

  int kept() const override { return inner_->kept(); }  // of use when the thread has ended

  EncodingTimes times() const override { return inner_->times(); }

 private:
  void stop() {
    if (!thread_.joinable()) {
      return;  // it has ended already
    }
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  void rethrow() {
    if (failure_ != nullptr) {
      std::rethrow_exception(failure_);
    }
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ended_ || !queue_.empty(); });
      if (queue_.empty()) {
        return;
      }
      Image image = std::move(queue_.front());
      queue_.pop_front();
      changed_.notify_all();
      lock.unlock();
      std::exception_ptr failure;
      try {
        inner_->addFrame(std::move(image));
      } catch (...) {  // thrown on by the caller's thread
        failure = std::current_exception();
      }
      lock.lock();
      if (failure != nullptr) {
        failure_ = failure;
        queue_.clear();
        changed_.notify_all();
        return;
      }
    }
  }

  std::unique_ptr<FrameSink> inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Image> queue_;
  std::exception_ptr failure_;
  bool ended_ = false;
  std::thread thread_;  // started last
};

}  // namespace

std::unique_ptr<FrameSink> onOwnThread(std::unique_ptr<FrameSink> inner) {
  return std::make_unique<ThreadedSink>(std::move(inner));
}

std::filesystem::path partName(const std::filesystem::path& path) {
  return path.parent_path() / (path.stem().string() + ".part" + path.extension().string());
}

}  // namespace panohead
