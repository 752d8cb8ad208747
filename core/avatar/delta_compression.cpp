#include "core/avatar/delta_compression.h"

#include "core/avatar/weight_delta.h"
#include "core/base/error.h"
#include "core/checkpoint/half.h"
#include "core/tensor/host_values.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace panohead {
namespace {

constexpr std::int64_t kSmall = 8192;  // numbers: such parameters are kept whole, as half floats
constexpr std::int64_t kMostRank = 256;
constexpr int kWidths[] = {2, 3, 4, 5, 6, 8};
constexpr int kLeftWidth = 8;
constexpr double kShares[] = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1};  // that sparse parts keep
constexpr double kLeastGain = 0.01;                                                 // of the mean of the rows
constexpr double kRowBytes = 5;                                                     // scale and width

/// Mean square error, of that of the numbers, that the quantiser of a width makes of normally distributed
/// numbers (measured with core/avatar/weight_delta.h's, which cuts off the tails).
double lossOf(int width) {
  constexpr double kLosses[] = {1, 0.363, 0.19, 0.046, 0.0125, 0.0037, 0.00115, 0.0004, 0.0001};
  return kLosses[width];
}

DeltaPart halfPart(const std::string& name, const at::Tensor& delta) {
  DeltaPart part;
  part.name = name;
  part.shape = delta.sizes().vec();
  for (const float number : toVector(delta)) {
    part.half.push_back(halfFromFloat(std::clamp(number, -kMaxHalf, kMaxHalf)));
  }
  return part;
}

/// What a choice costs: error of the pictures + price * bytes.
struct Cost {
  double error = 0, bytes = 0;
  double at(double price) const { return error + price * bytes; }
};

}  // namespace

void DeltaCompressionOptions::check() const {
  if (budget < 1000 || !(error >= 0)) {
    throw OptionError(fmt::format("a budget of {} bytes with an error of {} makes no sense", budget, error),
                      "give at least 1000 bytes, and an error that is not negative");
  }
}

/// One matrix with what its choices cost.
struct DeltaCompressor::Matrix {
  struct Choice {
    DeltaPart::Kind kind = DeltaPart::Kind::LowRank;
    std::vector<std::uint8_t> widths;  // of components or rows; 0: left out
    std::int64_t kept = 0;             // numbers of a sparse one
    Cost cost{};
  };

  Matrix(std::string name, const at::Tensor& delta, const WeightImportance& importance, JobContext& context);
  Choice choose(double price) const;
  DeltaPart part(const Choice& choice) const;

  std::string name;
  std::vector<std::int64_t> shape;
  at::Tensor delta;        // [rows, columns]
  at::Tensor left, right;  // [rank, rows], [rank, columns]: delta is about left^T right

 private:
  Choice lowRank(double price) const;
  Choice dense(double price) const;
  Choice sparse(double price) const;

  double rows_ = 0, columns_ = 0;
  std::vector<double> energy_;       // of components: the error of leaving one out
  std::vector<double> left_noise_;   // the error when the left factor loses everything of its energy
  std::vector<double> right_noise_;  // the same for the right factor
  std::vector<double> row_energy_, row_noise_;
  at::Tensor score_;                  // [rows * columns]: the error of leaving a number out
  std::vector<double> sparse_error_;  // for each of kShares
};

DeltaCompressor::Matrix::Matrix(std::string of,
                                const at::Tensor& change,
                                const WeightImportance& importance,
                                JobContext& context)
    : name(std::move(of)), shape(change.sizes().vec()), delta(change.flatten(1).contiguous()) {
  rows_ = static_cast<double>(delta.size(0));
  columns_ = static_cast<double>(delta.size(1));
  // No row is taken to matter a hundred times less than the mean one: the gains are measured, and their
  // inverse is what the left factor is quantised in.
  const at::Tensor row_gain = importance.row_gain + kLeastGain * importance.row_gain.mean().clamp_min(1e-30);
  const at::Tensor gain = row_gain.sqrt().unsqueeze(1);                         // [rows, 1]
  const at::Tensor weighted = delta * gain;                                     // [rows, columns]
  const at::Tensor seen = at::matmul(weighted, importance.inputs);              // [rows, samples]
  const double input_energy = importance.inputs.square().sum().item<double>();  // over all columns

  // The best product of a rank, as the inputs see it: the projection on the strongest directions of what they
  // make of the change. Its right factor takes the change itself with it, so that other inputs see much of
  // it.
  context.checkpoint();
  const at::Tensor seen_double = seen.to(at::kDouble);
  const at::Tensor products = at::matmul(seen_double, seen_double.t());
  context.checkpoint();
  auto [values, vectors] = at::linalg_eigh(products);
  context.checkpoint();
  const std::int64_t rank = std::min({delta.size(0), delta.size(1), seen.size(1), kMostRank});
  values = values.flip({0}).slice(0, 0, rank).clamp_min(0);
  const at::Tensor directions = vectors.flip({1}).slice(1, 0, rank).t().to(at::kFloat);  // [rank, rows]
  right = at::matmul(directions, weighted).contiguous();
  left = (directions / gain.t()).contiguous();
  for (const double value :
       std::vector<double>(values.const_data_ptr<double>(), values.const_data_ptr<double>() + rank)) {
    energy_.push_back(value);
  }
  const double mean_gain = row_gain.mean().item<double>();
  const std::vector<float> left_energy = toVector(left.square().sum(1));
  const std::vector<float> right_energy = toVector(right.square().sum(1));
  for (std::size_t i = 0; i < energy_.size(); ++i) {
    left_noise_.push_back(energy_[i] * left_energy[i] * mean_gain);
    right_noise_.push_back(right_energy[i] / columns_ * input_energy);
  }

  const std::vector<float> seen_energy = toVector(seen.square().sum(1));
  const std::vector<float> weighted_energy = toVector(weighted.square().sum(1));
  for (std::size_t i = 0; i < seen_energy.size(); ++i) {
    row_energy_.push_back(seen_energy[i]);
    row_noise_.push_back(weighted_energy[i] / columns_ * input_energy);
  }

  context.checkpoint();
  score_ = (weighted.square() * importance.inputs.square().sum(1).unsqueeze(0)).flatten();
  const double whole = score_.sum().item<double>();
  // Numbers are not independent: what all of them do together scales what single ones are taken to do.
  const double together = whole > 0 ? seen.square().sum().item<double>() / whole : 1;
  context.checkpoint();
  const at::Tensor sorted = std::get<0>(score_.sort(0, true));
  context.checkpoint();
  const at::Tensor sums = sorted.to(at::kDouble).cumsum(0);
  for (const double share : kShares) {
    const auto kept = std::max<std::int64_t>(1, std::llround(share * static_cast<double>(score_.numel())));
    const double held = sums[kept - 1].item<double>();
    sparse_error_.push_back(together * (whole - held + lossOf(8) * held));
  }
}

DeltaCompressor::Matrix::Choice DeltaCompressor::Matrix::lowRank(double price) const {
  Choice choice{DeltaPart::Kind::LowRank, {}, 0, {}};
  double total = 0;
  for (const double energy : row_energy_) {
    total += energy;
  }
  choice.cost.error = total;
  for (std::size_t i = 0; i < energy_.size(); ++i) {
    double best = 0;
    Cost taken;
    std::uint8_t width_taken = 0;
    for (const int width : kWidths) {
      const Cost cost{lossOf(kLeftWidth) * left_noise_[i] + lossOf(width) * right_noise_[i] - energy_[i],
                      rows_ * kLeftWidth / 8 + columns_ * width / 8 + 2 * kRowBytes};
      if (cost.at(price) < best) {
        best = cost.at(price);
        taken = cost;
        width_taken = static_cast<std::uint8_t>(width);
      }
    }
    choice.widths.push_back(width_taken);
    choice.cost.error += taken.error;
    choice.cost.bytes += taken.bytes;
  }
  choice.cost.error = std::max(choice.cost.error, 0.0);
  return choice;
}

DeltaCompressor::Matrix::Choice DeltaCompressor::Matrix::dense(double price) const {
  Choice choice{DeltaPart::Kind::Dense, {}, 0, {0, kRowBytes * rows_}};
  for (std::size_t i = 0; i < row_energy_.size(); ++i) {
    Cost best{row_energy_[i], 0};
    std::uint8_t width_taken = 0;
    for (int width = 1; width <= 8; ++width) {
      const Cost cost{lossOf(width) * row_noise_[i], columns_ * width / 8};
      if (cost.at(price) < best.at(price)) {
        best = cost;
        width_taken = static_cast<std::uint8_t>(width);
      }
    }
    choice.widths.push_back(width_taken);
    choice.cost.error += best.error;
    choice.cost.bytes += best.bytes;
  }
  return choice;
}

DeltaCompressor::Matrix::Choice DeltaCompressor::Matrix::sparse(double price) const {
  Choice best{DeltaPart::Kind::Sparse, {}, 0, {std::numeric_limits<double>::infinity(), 0}};
  const double count = rows_ * columns_;
  for (std::size_t i = 0; i < std::size(kShares); ++i) {
    const double kept = std::max(1.0, std::round(kShares[i] * count));
    const Cost cost{sparse_error_[i], 2 * kept + count / 255 + kRowBytes};
    if (cost.at(price) < best.cost.at(price)) {
      best.cost = cost;
      best.kept = static_cast<std::int64_t>(kept);
    }
  }
  return best;
}

DeltaCompressor::Matrix::Choice DeltaCompressor::Matrix::choose(double price) const {
  Choice best = lowRank(price);
  for (Choice& other : std::vector{dense(price), sparse(price)}) {
    if (other.cost.at(price) < best.cost.at(price)) {
      best = std::move(other);
    }
  }
  return best;
}

DeltaPart DeltaCompressor::Matrix::part(const Choice& choice) const {
  DeltaPart part;
  part.name = name;
  part.shape = shape;
  part.kind = choice.kind;
  if (choice.kind == DeltaPart::Kind::Dense) {
    part.right = quantise(delta, choice.widths);
  } else if (choice.kind == DeltaPart::Kind::LowRank) {
    std::vector<std::int64_t> taken;
    std::vector<std::uint8_t> widths;
    for (std::size_t i = 0; i < choice.widths.size(); ++i) {
      if (choice.widths[i] > 0) {
        taken.push_back(static_cast<std::int64_t>(i));
        widths.push_back(choice.widths[i]);
      }
    }
    const at::Tensor index = at::tensor(taken, at::kLong);
    part.left = quantise(left.index_select(0, index), std::vector<std::uint8_t>(widths.size(), kLeftWidth));
    part.right = quantise(right.index_select(0, index), widths);
  } else {
    const at::Tensor places = std::get<0>(std::get<1>(score_.topk(choice.kept)).sort());
    part.right = quantise(delta.flatten().index_select(0, places).unsqueeze(0), {8});
    std::int64_t before = -1;
    for (std::int64_t i = 0; i < places.numel(); ++i) {
      const std::int64_t place = places.const_data_ptr<std::int64_t>()[i];
      for (std::int64_t gap = place - before;; gap -= 255) {
        part.gaps.push_back(static_cast<std::uint8_t>(std::min<std::int64_t>(gap, 255)));
        if (gap < 255) {
          break;
        }
      }
      before = place;
    }
  }
  return part;
}

DeltaCompressor::DeltaCompressor(const ParameterStore& store,
                                 const std::vector<std::pair<std::string, at::Tensor>>& tuned,
                                 const std::map<std::string, WeightImportance>& importance,
                                 JobContext& context) {
  const at::NoGradGuard no_grad;
  std::int64_t done = 0;
  for (const auto& [name, value] : tuned) {
    context.checkpoint();
    context.report({"compressing", done++, static_cast<std::int64_t>(tuned.size()), {}});
    const at::Tensor delta = value.to(at::kFloat) - store.at(name);
    if (!delta.any().item<bool>()) {
      continue;
    }
    if (delta.numel() <= kSmall || delta.dim() < 2) {
      small_.push_back(halfPart(name, delta));
    } else if (const auto found = importance.find(name); found != importance.end()) {
      matrices_.emplace_back(name, delta, found->second, context);
    }
  }
}

DeltaCompressor::~DeltaCompressor() = default;

CompressedDelta DeltaCompressor::compress(const DeltaCompressionOptions& options, JobContext& context) const {
  options.check();
  const at::NoGradGuard no_grad;
  CompressedDelta result;
  result.delta.parts = small_;
  const double room = static_cast<double>(options.budget) - static_cast<double>(result.delta.size());
  if (room < 0) {
    throw OptionError(fmt::format("{} bytes are too few for the tuned weights of this model", options.budget),
                      fmt::format("give at least {}", result.delta.size()));
  }
  const auto costAt = [&](double price) {
    Cost sum;
    for (const Matrix& matrix : matrices_) {
      const Cost cost = matrix.choose(price).cost;
      sum.error += cost.error;
      sum.bytes += cost.bytes;
    }
    return sum;
  };
  // The greatest price of a byte that is small enough an error, but not more bytes than there is room for.
  constexpr int kSteps = 50;
  double low = 1e-24, high = 1;  // low: within the budget perhaps not
  for (int i = 0; i < kSteps; ++i) {
    context.checkpoint();
    const double price = std::sqrt(low * high);
    const Cost cost = costAt(price);
    (cost.bytes > room || cost.error < options.error ? low : high) = price;
  }
  for (const Matrix& matrix : matrices_) {
    context.checkpoint();
    const Matrix::Choice choice = matrix.choose(high);
    result.expected_error += choice.cost.error;
    if (choice.kind == DeltaPart::Kind::Sparse ||
        std::ranges::any_of(choice.widths, [](std::uint8_t width) { return width > 0; })) {
      result.delta.parts.push_back(matrix.part(choice));
    }
  }
  return result;
}

}  // namespace panohead
