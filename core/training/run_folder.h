#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/training/run_lock.h"
#include "core/training/training_options.h"
#include "core/training/training_state.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// A checkpoint read from a run folder.
struct ResumePoint {
  std::int64_t images = 0;  // seen by the discriminator so far
  std::filesystem::path path;
  TrainingState state;
};

/// The sheets of one moment, and those of real pictures, which are written once.
struct SheetPaths {
  std::filesystem::path picture, raw, depth, mask;
  std::filesystem::path reals, segs;
};

/// The folder of one run: who may write to it, what its files are called, which checkpoint counts.
///
///   run.lock                               held while a run trains here
///   training_options.json                  of the run
///   checkpoint-<images>.safetensors        the newest two
///   network-snapshot-<kimg>.safetensors    networks, to draw with and to start other runs from
///   codes-<kimg>.safetensors               of a warm-up and what follows it: people's codes for that network
///   reals.png, segs.png, fakes<kimg>[.<rest>][_raw|_depth|_mask].png
///   stats.jsonl, events.out.tfevents.*, log.txt
class RunFolder {
 public:
  /// Makes or opens options.out and takes its lock. A folder that holds a run already is continued: options
  /// that decide its networks must be the same, others may change.
  /// Throws OptionError naming what cannot change; TrainingError when the folder is in use or holds a run
  /// of another program; SaveError when it cannot be written to.
  /// @param take_over a rank of the folder's run goes on for the one that is lost (RunLock)
  explicit RunFolder(const TrainingOptions& options, bool take_over = false);

  /// The options that a folder's run was started with last. Throws TrainingError when there are none.
  static TrainingOptions optionsIn(const std::filesystem::path& folder);

  /// Pictures that the folder's run had seen at its newest checkpoint, by its name; 0: there is none.
  static std::int64_t imagesIn(const std::filesystem::path& folder);

  /// What a run with these options is begun from: their `resume`, or where they leave it out and the folder
  /// has a run already, that run's. Throws TrainingError when its options cannot be read.
  static std::filesystem::path startOf(const TrainingOptions& options);

  const std::filesystem::path& path() const noexcept { return path_; }
  /// Of the run: as given, but `resume` is what the run was begun from.
  const TrainingOptions& options() const noexcept { return options_; }
  /// What the user should know: options that changed since the last start, checkpoints passed over.
  const std::vector<std::string>& notices() const noexcept { return notices_; }

  /// The newest checkpoint that is whole; damaged ones are renamed to *.damaged, with a notice. Nothing when
  /// the run has not begun: the network that a run writes before its first step is no progress.
  /// Throws TrainingError when the folder's networks show a longer run that no checkpoint continues:
  /// it is never overwritten.
  std::optional<ResumePoint> resume();

  /// Writes a checkpoint and removes all but the newest two. @return its name
  /// Throws SaveError; DiskFullError when there is no room.
  std::filesystem::path writeCheckpoint(std::int64_t images, const TrainingState& state);
  /// Writes networks for drawing (G_ema first) with the options that made them. Throws as writeCheckpoint.
  std::filesystem::path writeNetworks(std::int64_t images, std::span<const NetworkState> networks);

  /// Whether the network file that writeNetworks names so is of these images, not of others of the same kimg.
  bool hasNetworkOf(std::int64_t images) const;

  /// Names for sheets of pictures that the networks make: "fakes000012.png", "fakes000012_raw.png", ... for
  /// the first moment of a kimg, as people's tools know them, and "fakes000012.345.png", ... for others
  /// after 12345 pictures, so that those of short runs do not replace each other. Ask before writing them.
  SheetPaths sheetPaths(std::int64_t images) const;
  std::filesystem::path statsPath() const { return path_ / "stats.jsonl"; }
  std::filesystem::path logPath() const { return path_ / "log.txt"; }

 private:
  void compareOptions();

  std::filesystem::path path_;
  TrainingOptions options_;
  std::vector<std::string> notices_;
  std::optional<RunLock> lock_;
};

}  // namespace panohead
