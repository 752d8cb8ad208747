#include "core/jobs/frame_loop.h"

#include "core/jobs/function_job.h"

#include <utility>

namespace panohead {

FrameLoop::FrameLoop(Worker& worker, Callbacks callbacks)
    : worker_(worker), callbacks_(std::move(callbacks)) {}

void FrameLoop::submit(FrameRequest request) {
  if (newest_refined_) {
    worker_.cancel(newest_);
  } else {
    worker_.cancelIfQueued(newest_);
  }
  newest_refined_ = request.refined;
  newest_ = startFunction(worker_,
                          "Frame",
                          std::move(request.render),
                          [this, generation = generation_](Frame frame) {
                            if (generation == generation_) {
                              callbacks_.frame(std::move(frame));
                            }
                          },
                          {.failed = [this, generation = generation_](const Error& error) {
                            if (generation == generation_) {
                              callbacks_.failed(error);
                            }
                          }});
}

void FrameLoop::clear() {
  ++generation_;
  worker_.cancelAll();
}

}  // namespace panohead
