#pragma once

#include "core/dataset/dataset.h"
#include "core/training/run_folder.h"
#include "core/training/trainer.h"

#include <filesystem>
#include <functional>
#include <span>
#include <vector>

namespace panohead {

/// The sheets of a run folder: real pictures once, and G_ema's pictures of the same heads from the same
/// cameras at every snapshot (final picture, raw, depth, mask), so that runs and moments compare.
class RunSheets {
 public:
  /// @param labels [items, 25] of the data set's items
  RunSheets(const Dataset& dataset, const TrainingOptions& options, const at::Tensor& labels);

  /// Writes the sheets of this moment, and those of real pictures at `reals` when that is not there yet.
  /// @param checkpoint called between layers of the networks; may throw to give up
  /// @return the files written. Throws SaveError, DiskFullError.
  std::vector<std::filesystem::path> write(const std::filesystem::path& reals,
                                           const SheetPaths& paths,
                                           const Trainer& trainer,
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
