#pragma once

#include "core/jobs/worker.h"

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace panohead {

/// A job made of a function, for work that is one call.
class FunctionJob final : public Job {
 public:
  FunctionJob(std::string title, std::function<void(JobContext&)> work)
      : title_(std::move(title)), work_(std::move(work)) {}
  std::string title() const override { return title_; }
  void run(JobContext& context) override { work_(context); }

 private:
  std::string title_;
  std::function<void(JobContext&)> work_;
};

/// Starts `Result compute(JobContext&)` as a job; `done(Result)` hears the result on the owner's thread,
/// in place of callbacks.finished.
template <typename Compute, typename Done>
JobId startFunction(
    Worker& worker, std::string title, Compute compute, Done done, JobCallbacks callbacks = {}) {
  using Result = std::invoke_result_t<Compute&, JobContext&>;
  auto result = std::make_shared<std::optional<Result>>();
  callbacks.finished = [result, done = std::move(done)]() mutable { done(std::move(**result)); };
  return worker.start(
      std::make_unique<FunctionJob>(std::move(title),
                                    [result, compute = std::move(compute)](JobContext& context) mutable {
                                      result->emplace(compute(context));
                                    }),
      std::move(callbacks));
}

}  // namespace panohead
