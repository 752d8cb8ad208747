#pragma once

#include "core/base/error.h"
#include "core/generator/discriminator.h"
#include "core/inversion/fit.h"
#include "core/session/fit_session.h"
#include "core/session/fit_tree.h"
#include "core/session/model.h"

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

namespace panohead {

/// What lies behind a FitSession. `fit` and what it needs belong to the job that runs; all else to the mutex.
struct FitSession::State {
  ModelPtr model;
  FitRequest request;
  std::filesystem::path folder;  // of kept steps
  bool own_folder = false;       // made for this session, and leaves with it

  std::unique_ptr<Discriminator> discriminator;
  std::unique_ptr<PhotoFit> fit;
  bool looked_for_discriminator = false;  // it takes seconds, and there may be none
  double seconds = 0;                     // of fitting, steps that were not finished left out

  mutable std::mutex mutex;
  FitOptions options;
  std::vector<FitPoint> curve;
  FitTree kept;
  int at = 0;  // the kept step that the curve has gone on from; 0: the beginning
  std::optional<FitViews> views;
  bool running = false;
  bool finished = false;
  std::optional<int> wanted;  // the kept step to go back to when the next run begins
  std::atomic<bool> stop_early = false;

  /// Photos as PhotoFit takes them.
  std::vector<FitPhoto> photos() const;
  std::int64_t step() const;  // done so far
  /// Whether goBackTo() waits for begin().
  bool mustGoBack() const;
  void begin(JobContext& context, FitListener* listener);
  /// Makes `fit` what is to be used now. Throws OptionError when nothing was fitted yet.
  void requireFit(JobContext& context);
  void startAnew(JobContext& context);
  void restore(const FitState& saved, JobContext& context);
  bool readFolder(JobContext& context, FitListener* listener);
  void keep(FitListener* listener);
  void writeIndex() const;
  void draw(JobContext& context, FitListener* listener);

  /// One job at a time works on `fit`; goBackTo() waits for none. Throws OptionError where one does already.
  class Busy {
   public:
    explicit Busy(State& state) : state_(state) {
      const std::lock_guard lock(state_.mutex);
      if (std::exchange(state_.running, true)) {
        throw OptionError("this fit runs already", "wait for it, or stop it first");
      }
    }
    ~Busy() {
      const std::lock_guard lock(state_.mutex);
      state_.running = false;
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    State& state_;
  };
};

}  // namespace panohead
