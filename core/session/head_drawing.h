#pragma once

#include "core/fast/head_renderer.h"
#include "core/jobs/job.h"
#include "core/session/studio.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace panohead {

/// What draws one head: the device of its model, or the processor.
class HeadDrawing {
 public:
  /// What a device needs is copied there. Where none draws, the processor's renderer is made at once, else
  /// when it is asked for. @param networks those that the head was made with
  HeadDrawing(ModelPtr networks, const PreparedHead& head, JobContext& context);
  HeadDrawing(const HeadDrawing&) = delete;
  HeadDrawing& operator=(const HeadDrawing&) = delete;

  /// Draws with the device's renderer; with the processor's where there is none, or where that one failed
  /// on the way and left something half done.
  /// @param draw is told what draws, as DrawnBy says it
  void draw(JobContext& context,
            const std::function<void(const HeadRenderer&, const std::string& device)>& draw) const;

  /// The processor's, whatever draws: the same numbers on every machine.
  const HeadRenderer& processor(JobContext& context) const;

 private:
  ModelPtr networks_;
  PreparedHead head_;
  std::unique_ptr<const HeadRenderer> device_;  // null: none
  mutable std::mutex mutex_;
  mutable std::unique_ptr<const HeadRenderer> processor_;  // null: not asked for so far
};

}  // namespace panohead
