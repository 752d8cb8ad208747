#pragma once

#include "core/base/error.h"
#include "core/jobs/worker.h"

#include <functional>

namespace panohead {

/// One picture wanted. `render` runs on the worker and must honour its context.
struct FrameRequest {
  bool refined = true;
  std::function<Frame(JobContext&)> render;
};

/// Newest request wins: one request may wait behind the one that is being drawn, and a newer request
/// replaces it. A refined frame that is being drawn is stopped as well; a coarse one is finished,
/// because stopping it at every mouse event would leave the screen without any frame while dragging.
///
/// Frames arrive through the worker's drain(), on its owner's thread, in the order of their requests.
class FrameLoop {
 public:
  struct Callbacks {
    std::function<void(Frame)> frame;
    std::function<void(const Error&)> failed;
  };

  /// The worker and the loop share an owner; the worker draws for this loop alone.
  FrameLoop(Worker& worker, Callbacks callbacks);

  void submit(FrameRequest request);

  /// Drops what waits, stops what runs, and forgets what was drawn but not delivered.
  void clear();

 private:
  Worker& worker_;
  Callbacks callbacks_;
  JobId newest_ = 0;
  bool newest_refined_ = true;
  std::uint64_t generation_ = 0;  // counts clear(): frames of an earlier generation are not delivered
};

}  // namespace panohead
