#pragma once

#include "core/avatar/avatar.h"
#include "core/base/frame.h"
#include "core/inversion/fit_options.h"
#include "core/jobs/job.h"
#include "core/session/studio.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A photo becomes a head: what the window and the command line know of inversion. No tensor crosses it.
namespace panohead {

/// What to fit, and how.
struct FitRequest {
  std::string name;                 // of the avatar
  std::vector<AvatarPhoto> photos;  // aligned, one or more of one person; the first is the one that is shown.
                                    // Their cameras as alignment found them, without the model's own shift
  FitOptions options = fitPreset("best");
  /// Generated: fitted through the background network (options.background "fit"); Photo: the first photo with
  /// the person filled in; Colour and None: the person alone, before nothing.
  AvatarBackground background{};
  std::size_t delta_bytes = 5'000'000;  // that the tuned weights may take in the file; 0: no tuned weights
  int preview_every = 10;               // steps between previews; 0: none
  bool full_previews = false;           // with super-resolution, slower
  /// Steps between those that can be gone back to; each is a file of some kilobytes, while tuning of three
  /// times the model's weights. At most kMostKept files of a branch and kMostKeptInAll are kept at a time.
  int keep_every = 50;
  /// Where those files lie. A fit that finds them there goes on from the newest that can be read. Empty: a
  /// temporary folder that leaves with the session.
  std::filesystem::path work_folder{};

  void check() const;  // throws OptionError
};

/// One step of a fit, for curves.
struct FitPoint {
  std::string stage;             // "latent", "tuning"
  std::int64_t step = 0;         // of the whole fit: 1, 2, ..
  double seconds = 0;            // of fitting until then, previews and pauses left out
  std::vector<Metric> losses{};  // "loss" first: the sum
  double side_drift = -1;        // last measured: mean change of the side views by tuning, 0..1; -1: not yet
};

/// A step that can be gone back to.
struct FitKept {
  std::string stage{};
  std::int64_t step = 0;  // as in FitPoint
  std::filesystem::path file{};
  int id = 0;      // 1, 2, .. in the order that they were made
  int parent = 0;  // the kept step that it went on from; 0: the beginning
  int branch = 0;  // 0: the first way; each further one that left a kept step has the next number
  std::shared_ptr<const Image> picture{};  // small, from the front; null: none was drawn then
};

/// Where the picture of a kept step lies, beside its file.
inline std::filesystem::path pictureFile(const FitKept& kept) {
  return std::filesystem::path(kept.file).replace_extension(".png");
}

/// How a fit looks after a step.
struct FitViews {
  std::int64_t step = 0;
  std::array<Image, 4> around;       // front, 45 degrees, 90 degrees, back
  Image fitted;                      // as the first photo
  std::vector<CameraLabel> cameras;  // refined so far, one a photo
};

/// Is told of a running fit, on the job's thread.
class FitListener {
 public:
  virtual ~FitListener() = default;
  virtual void stepped(const FitPoint&) {}
  virtual void drawn(const FitViews&) {}
  virtual void kept(const FitKept&) {}
  virtual void notice(const std::string&) {}  // one sentence
};

/// How good an avatar's picture is for a size of its tuned weights.
struct DeltaCurvePoint {
  std::size_t bytes = 0;    // that the tuned weights take
  double photo_psnr = 0;    // dB, of the picture against the first photo, inside the mask
  double picture_psnr = 0;  // dB, of the picture against that of the uncompressed weights
  double around_psnr = 0;   // the same from 45 and 90 degrees to both sides and from behind
};
struct DeltaCurve {
  std::size_t whole_bytes = 0;  // of the tuned weights as float32
  double whole_psnr = 0;        // dB, of their picture against the photo
  double untuned_psnr = 0;      // dB, without tuned weights
  std::vector<DeltaCurvePoint> points;
};
/// A fit that can be run, paused (by its JobContext), stopped, gone on with, set back and branched.
///
///   auto session = std::make_shared<FitSession>(model, request);
///   worker.start(a job that calls session->run(context, listener));   // to the end, or Cancelled
///   session->goBackTo(kept.id, options); and start it again           // another branch
///   AvatarPtr avatar = session->avatar(context);                      // of any state, when it does not run
///
/// run() and avatar() are called from one job at a time; everything else from any thread.
class FitSession {
 public:
  static constexpr std::size_t kMostKept = 8, kMostKeptInAll = 16;

  /// Throws OptionError.
  FitSession(ModelPtr model, FitRequest request);
  ~FitSession();
  FitSession(const FitSession&) = delete;
  FitSession& operator=(const FitSession&) = delete;

  /// Fits on from where it stands. Progress carries the losses; previews are the four views side by side.
  /// Throws Cancelled (and can be called again), ImageError, OptionError, TrainingError, DiskFullError.
  void run(JobContext& context, FitListener* listener = nullptr);
  /// Makes the running run() return after its step, as if it were finished.
  void finishEarly();

  /// The person as fitted so far, tuned weights made small. Throws OptionError when nothing was fitted yet;
  /// Cancelled.
  AvatarPtr avatar(JobContext& context);

  /// Compresses the tuned weights to several sizes. Throws OptionError when none were tuned; Cancelled.
  DeltaCurve sizeCurve(const std::vector<std::size_t>& sizes, JobContext& context);

  /// The next run() goes on from a kept step (0: from the beginning), with other options when given. The
  /// steps that were kept after it stay, and can be gone back to: where it goes on differently from them it
  /// makes a branch. Throws OptionError when it runs, no such step is kept, or it cannot go on with those
  /// options (see sameUnits()); everything is as it was then.
  /// @param id of FitKept
  void goBackTo(int id, const std::optional<FitOptions>& options = {});

  bool running() const;
  bool finished() const;
  std::vector<FitPoint> curve() const;    // of the way that led here
  std::vector<FitKept> kept() const;      // of all branches, in the order that they were made
  std::optional<FitViews> views() const;  // the newest
  const FitRequest& request() const noexcept;
  const ModelPtr& model() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// An avatar without its tuned weights, for comparing before and after.
AvatarPtr withoutTuning(const Avatar& avatar);

}  // namespace panohead
