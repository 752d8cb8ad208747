#pragma once

#include "core/dataset/dataset.h"
#include "core/training/run_folder.h"
#include "core/training/trainer.h"

#include <filesystem>
#include <functional>
#include <span>
#include <vector>

namespace panohead {

using FileTold = std::function<void(const std::filesystem::path&)>;

/// What a generator makes, head by head, and the four sheets of it.
class MadeSheets {
 public:
  void add(const SynthesisOutput& head);
  /// Throws SaveError, DiskFullError.
  void write(const SheetPaths& paths, const FileTold& told) const;

 private:
  std::vector<at::Tensor> pictures_, raws_, depths_, masks_;
};

/// The sheets of real pictures and of their masks (where there are any), when they are not there yet. What
/// cannot be read is black: the loader tells of it. Throws SaveError, DiskFullError.
void writeRealSheets(const SheetPaths& paths,
                     std::size_t count,
                     int resolution,
                     const std::function<LoadedItem(std::size_t)>& load,
                     const FileTold& told);

/// The sheets of a run folder: real pictures once, and G_ema's pictures of the same heads from the same
/// cameras at every snapshot (final picture, raw, depth, mask), so that runs and moments compare.
class RunSheets {
 public:
  /// @param labels [items, 25] of the data set's items
  RunSheets(const Dataset& dataset, const TrainingOptions& options, const at::Tensor& labels);

  /// Writes the sheets of this moment, and those of real pictures when they are not there yet.
  /// @param told called with every file that was written
  /// @param checkpoint called between layers of the networks; may throw to give up
  /// Throws SaveError, DiskFullError.
  void write(const SheetPaths& paths,
             const Trainer& trainer,
             const FileTold& told,
             const std::function<void()>& checkpoint) const;

 private:
  const Dataset& dataset_;
  std::vector<std::size_t> items_;  // of the data set, spread over its yaws
  at::Tensor z_;                    // [cells, z_dim] of seeds 0, 1, ...
  at::Tensor labels_;               // [cells, 25]
};

/// The networks of a trainer as data on the host, for files. Copies them off a GPU first.
class HostNetworks {
 public:
  explicit HostNetworks(const Trainer& trainer);
  /// G_ema, G, D
  std::span<const NetworkState> states() const noexcept { return states_; }

 private:
  std::vector<std::unique_ptr<Generator>> generators_;
  std::unique_ptr<Discriminator> discriminator_;
  std::vector<NetworkState> states_;
};

}  // namespace panohead
