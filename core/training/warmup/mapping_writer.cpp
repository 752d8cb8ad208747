#include "core/training/warmup/mapping_writer.h"

#include "core/base/error.h"
#include "core/tensor/numpy_random.h"
#include "core/tensor/prelude.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace panohead {

namespace {

constexpr double kSlope = 0.2;  // of the activation below zero
constexpr double kRoot2 = std::numbers::sqrt2;
constexpr double kRampWidth = 0.04;  // of a step between classes, in units of z
constexpr double kRampScale = 4.0;   // keeps the ramp's stored weights small
constexpr int kSeeds = 16;           // seeds that the class entry should spread well

at::Tensor beforeActivation(const at::Tensor& w) {
  const at::Tensor x = w / kRoot2;
  return at::where(x < 0, x / kSlope, x);
}

double normalQuantile(double probability) {
  return at::special_ndtri(at::scalar_tensor(probability, at::kDouble)).item<double>();
}

// The two layers being written, one hidden unit after the other, in effective (not stored) weights.
struct TwoLayers {
  explicit TwoLayers(std::int64_t in, std::int64_t hidden, std::int64_t out)
      : first(at::zeros({hidden, in}, at::kDouble)),
        first_bias(at::zeros({hidden}, at::kDouble)),
        second(at::zeros({out, hidden}, at::kDouble)),
        second_bias(at::zeros({out}, at::kDouble)) {}

  std::int64_t left() const { return first.size(0) - used; }

  // target += row * z[entry]: lrelu(x) - lrelu(-x) = 1.2 x
  void linear(std::int64_t entry, std::int64_t target, const at::Tensor& row) {
    first[used][entry] = 1;
    first[used + 1][entry] = -1;
    const at::Tensor part = row / ((1 + kSlope) * kRoot2);
    second.narrow(0, target, row.size(0)).select(1, used).copy_(part);
    second.narrow(0, target, row.size(0)).select(1, used + 1).copy_(-part);
    used += 2;
  }

  // target += step when z[entry] exceeds edge, over a short ramp: lrelu(x + h) - lrelu(x - h) goes from 0.4 h
  // to 2 h
  void staircase(std::int64_t entry, double edge, const at::Tensor& step) {
    const at::Tensor whole = step / (1 - kSlope);
    first[used][entry] = kRampScale;
    first[used + 1][entry] = kRampScale;
    first_bias[used] = -kRampScale * (edge - kRampWidth / 2);
    first_bias[used + 1] = -kRampScale * (edge + kRampWidth / 2);
    const at::Tensor amount = whole / (kRampScale * kRampWidth * kRoot2);
    second.narrow(0, 0, step.size(0)).select(1, used).copy_(amount);
    second.narrow(0, 0, step.size(0)).select(1, used + 1).copy_(-amount);
    second_bias.narrow(0, 0, step.size(0)).sub_(whole * kSlope);
    used += 2;
  }

  at::Tensor first, first_bias, second, second_bias;
  std::int64_t used = 0;
};

// A short way through the classes: from one end of the main direction always to the nearest left.
std::vector<std::int64_t> shortPath(const at::Tensor& means) {
  const std::int64_t count = means.size(0);
  const at::Tensor centred = means - means.mean(0, true);
  const at::Tensor main = std::get<2>(at::linalg_svd(centred, false))[0];
  std::vector<std::int64_t> path{at::mv(centred, main).argmin().item<std::int64_t>()};
  std::vector<bool> used(static_cast<std::size_t>(count), false);
  used[static_cast<std::size_t>(path.front())] = true;
  while (static_cast<std::int64_t>(path.size()) < count) {
    const at::Tensor distance = (means - means[path.back()]).norm(2, at::IntArrayRef(1));
    std::int64_t best = -1;
    double nearest = 0;
    for (std::int64_t k = 0; k < count; ++k) {
      const auto d = distance[k].item<double>();
      if (!used[static_cast<std::size_t>(k)] && (best < 0 || d < nearest)) {
        best = k;
        nearest = d;
      }
    }
    used[static_cast<std::size_t>(best)] = true;
    path.push_back(best);
  }
  return path;
}

// The entry of z from `first` on at which the classes of seeds 0.. differ most from one another, so that the
// first heads that anybody sees do. @param upper where on the normal distribution's axis each class ends
std::int64_t pickClassEntry(std::int64_t z_dim,
                            std::int64_t first,
                            const std::vector<double>& upper,
                            const at::Tensor& means) {
  std::vector<std::vector<double>> z;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    z.push_back(NumpyRandom(seed).randn(static_cast<std::size_t>(z_dim)));
  }
  const at::Tensor distance = at::cdist(means, means);
  const auto* const between = distance.const_data_ptr<double>();
  const std::int64_t count = means.size(0);
  // Mean distance of each seed's class to the nearest one among the others'.
  const auto variety = [&](std::int64_t entry, std::size_t seeds) {
    std::vector<std::int64_t> classes;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      const double value = z[seed][static_cast<std::size_t>(entry)];
      classes.push_back(std::lower_bound(upper.begin(), upper.end(), value) - upper.begin());
    }
    double sum = 0;
    for (std::size_t i = 0; i < seeds; ++i) {
      double nearest = std::numeric_limits<double>::max();
      for (std::size_t j = 0; j < seeds; ++j) {
        if (i != j) {
          nearest = std::min(nearest, between[classes[i] * count + classes[j]]);
        }
      }
      sum += nearest;
    }
    return sum / static_cast<double>(seeds);
  };
  std::int64_t best = first;
  double most = -1;
  for (std::int64_t entry = first; entry < z_dim; ++entry) {
    const double value = variety(entry, kSeeds / 2) + variety(entry, kSeeds);
    if (value > most) {
      most = value;
      best = entry;
    }
  }
  return best;
}

// The camera's columns of fc0 become zero; its embedding is left alone, so that they have a gradient.
void store(Generator& generator, const TwoLayers& layers) {
  constexpr double kMultiplier =
      0.01;  // the mapping's learning-rate multiplier: weights are stored divided by it
  const auto write = [&](const char* name, const at::Tensor& value, double gain) {
    generator.store().at(fmt::format("backbone.mapping.{}", name)).copy_(value / gain);
  };
  write("fc0.weight", layers.first, kMultiplier / std::sqrt(static_cast<double>(layers.first.size(1))));
  write("fc0.bias", layers.first_bias, kMultiplier);
  write("fc1.weight", layers.second, kMultiplier / std::sqrt(static_cast<double>(layers.second.size(1))));
  write("fc1.bias", layers.second_bias, kMultiplier);
}

}  // namespace

BackgroundCodes backgroundCodes(const Generator& generator, std::int64_t head_dims) {
  const at::NoGradGuard no_grad;
  const GeneratorConfig& config = generator.config();
  const std::int64_t behind = config.w_dim - head_dims;
  const double length = std::sqrt(static_cast<double>(config.z_dim));
  // Of z = 0 and of every unit vector; the mapping scales z to this length.
  const at::Tensor z = at::cat({at::zeros({1, config.z_dim}), at::eye(config.z_dim) * length});
  const at::Tensor w = generator.map(z, at::zeros({z.size(0), config.c_dim})).select(1, 0);
  const at::Tensor activations = beforeActivation(w.narrow(1, head_dims, behind)).to(at::kDouble);
  const at::Tensor moved = (activations.slice(0, 1) - activations[0]) / length;
  const at::Tensor size = moved.norm(2, at::IntArrayRef(1));
  const at::Tensor used = at::nonzero(size > 1e-3 * size.max()).flatten();
  return {moved.index_select(0, used).t().contiguous(), activations[0].clone()};
}

MappingReport writeMapping(Generator& generator,
                           const at::Tensor& activations,
                           const std::vector<int>& classes,
                           const BackgroundCodes& background,
                           const WrittenMappingOptions& options) {
  const at::NoGradGuard no_grad;
  const GeneratorConfig& config = generator.config();
  if (config.mapping_layers != 2) {
    throw CheckpointError("the mapping network has not two layers", "train with --map-depth 2");
  }
  const at::Tensor y = activations.to(at::kDouble);
  const std::int64_t people = y.size(0);
  const std::int64_t head = y.size(1);
  const std::int64_t count = 1 + *std::max_element(classes.begin(), classes.end());
  const at::Tensor index = at::tensor(classes, at::kLong);
  const at::Tensor members = at::bincount(index, {}, count).to(at::kDouble);
  const at::Tensor share = members / static_cast<double>(people);
  at::Tensor means = at::zeros({count, head}, at::kDouble).index_add_(0, index, y) / members.unsqueeze(1);
  const at::Tensor within = y - means.index_select(0, index);

  const std::int64_t codes = background.weight.defined() ? background.weight.size(1) : 0;
  TwoLayers layers(config.z_dim + config.w_dim, config.w_dim, config.w_dim);
  const auto [u, s, v] = at::linalg_svd(within, false);
  const std::int64_t significant = (s > 1e-3 * s[0]).sum().item<std::int64_t>();
  const std::int64_t room = std::min(layers.left() / 2 - (count - 1) - codes, (config.z_dim - codes) / 2);
  const std::int64_t dims = std::min({std::int64_t{options.noise_dims}, significant, room});
  if (dims < 1) {
    throw CheckpointError(fmt::format("{} classes do not fit into the mapping network", count),
                          "make the classes fewer, or w larger");
  }

  MappingReport report;
  report.classes = static_cast<int>(count);
  report.noise_dims = static_cast<int>(dims);
  report.variance_kept = (s.narrow(0, 0, dims).square().sum() / s.square().sum()).item<double>();
  report.variance_within = within.square().sum().item<double>() / static_cast<double>(people);
  report.variance_between =
      (y - y.mean(0)).square().sum().item<double>() / static_cast<double>(people) - report.variance_within;

  const std::int64_t background_entry = 1 + dims;
  means = means + (means - y.mean(0)) * (options.spread - 1);
  const std::vector<std::int64_t> path = shortPath(means);
  std::vector<double> upper;
  double edge = 0;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    edge += share[path[i]].item<double>();
    upper.push_back(normalQuantile(edge));
  }
  const at::Tensor ordered = means.index_select(0, at::tensor(path, at::kLong)).contiguous();
  report.class_entry =
      static_cast<int>(pickClassEntry(config.z_dim, background_entry + codes, upper, ordered));
  const at::Tensor basis = v.narrow(0, 0, dims) * (s.narrow(0, 0, dims).unsqueeze(1) * options.vary /
                                                   std::sqrt(static_cast<double>(people)));
  for (std::int64_t i = 0; i < dims; ++i) {
    layers.linear(1 + i, 0, basis[i]);
  }
  for (std::int64_t i = 0; i < codes; ++i) {
    layers.linear(background_entry + i, head, background.weight.to(at::kDouble).select(1, i));
  }
  if (codes > 0) {
    layers.second_bias.narrow(0, head, config.w_dim - head).copy_(background.bias);
  }
  layers.second_bias.narrow(0, 0, head).add_(means[path.front()]);
  for (std::size_t i = 1; i < path.size(); ++i) {
    layers.staircase(report.class_entry, upper[i - 1], means[path[i]] - means[path[i - 1]]);
  }
  store(generator, layers);
  at::Generator random = at::detail::createCPUGenerator(options.seed);
  const at::Tensor z = at::randn({20000, config.z_dim}, random, at::kFloat);
  const at::Tensor w = generator.map(z, at::zeros({z.size(0), config.c_dim})).select(1, 0);
  generator.store().at("backbone.mapping.w_avg").copy_(w.mean(0));
  return report;
}

}  // namespace panohead
