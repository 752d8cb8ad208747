#include "core/training/warmup/directions.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace panohead {

namespace {

constexpr double kSmallestEffect = 1e-6;  // relative to the largest

// Values of a spec for the first people: attributes as they were before they were standardised. [people]
at::Tensor rawValues(const AttributeTable& table, const DirectionSpec& spec, std::int64_t people) {
  at::Tensor sum = at::zeros({people}, at::kDouble);
  auto* const values = sum.data_ptr<double>();
  for (const auto& [name, weight] : spec.terms) {
    const std::int64_t column = table.find(name);
    if (column < 0) {
      throw DatasetError(fmt::format("direction '{}' needs the attribute '{}'", spec.name, name),
                         "leave the direction out, or add the attribute to every person's record");
    }
    const auto k = static_cast<std::size_t>(column);
    for (std::int64_t i = 0; i < people; ++i) {
      values[i] += weight * (table.at(i, column) * table.deviation[k] + table.mean[k]);
    }
  }
  return sum;
}

at::Tensor standardised(const at::Tensor& x) {
  const at::Tensor centred = x - x.mean(0, true);
  return centred / centred.square().mean(0, true).sqrt().clamp_min(1e-9);
}

// Ridge regression of y on x, both centred: [n, a], [n, b] -> [a, b]
at::Tensor regress(const at::Tensor& x, const at::Tensor& y, double ridge) {
  const at::Tensor gram = at::mm(x.t(), x);
  const at::Tensor damped = gram + at::eye(gram.size(0), at::kDouble) * (gram.trace() / gram.size(0) * ridge);
  return at::linalg_solve(damped, at::mm(x.t(), y));
}

// Share of the variance of every column of y that is linear in x, measured on people that were not fitted.
at::Tensor explainedShare(const at::Tensor& x, const at::Tensor& y, double ridge) {
  at::Tensor error = at::zeros({y.size(1)}, at::kDouble);
  at::Tensor all = at::zeros({y.size(1)}, at::kDouble);
  for (std::int64_t half = 0; half < 2; ++half) {
    const at::Tensor fitted = at::arange(half, x.size(0), 2);
    const at::Tensor tested = at::arange(1 - half, x.size(0), 2);
    const at::Tensor guess = at::mm(x.index_select(0, tested),
                                    regress(x.index_select(0, fitted), y.index_select(0, fitted), ridge));
    const at::Tensor truth = y.index_select(0, tested);
    error = error + (truth - guess).square().sum(0);
    all = all + truth.square().sum(0);
  }
  return 1.0 - error / all.clamp_min(1e-9);
}

}  // namespace

std::vector<Direction> fitDirections(const AttributeTable& table,
                                     const at::Tensor& w,
                                     const std::vector<DirectionSpec>& specs,
                                     const DirectionOptions& options) {
  const at::NoGradGuard no_grad;
  const std::int64_t people = w.size(0);
  const auto count = static_cast<std::int64_t>(specs.size());
  if (count == 0 || people < 4) {
    return {};
  }
  std::vector<at::Tensor> columns;
  std::set<std::string> named;
  for (const DirectionSpec& spec : specs) {
    columns.push_back(rawValues(table, spec, people));
    for (const auto& term : spec.terms) {
      named.insert(term.first);
    }
  }
  const at::Tensor wanted = standardised(at::stack(columns, 1));  // [people, count]
  std::vector<at::Tensor> known{wanted};
  for (std::int64_t k = 0; k < table.columns(); ++k) {  // all else that is known keeps its own share of w
    const std::string& name = table.names[static_cast<std::size_t>(k)];
    if (named.count(name) == 0) {
      at::Tensor column = at::empty({people, 1}, at::kDouble);
      for (std::int64_t i = 0; i < people; ++i) {
        column.data_ptr<double>()[i] = table.at(i, k);
      }
      known.push_back(column - column.mean());
    }
  }
  const at::Tensor codes = w.to(at::kDouble);
  const at::Tensor centred = codes - codes.mean(0, true);
  at::Tensor moves =
      regress(at::cat(known, 1), centred, options.ridge).narrow(0, 0, count);  // [count, w_dim]
  const at::Tensor estimator = regress(centred, wanted, options.ridge);        // [w_dim, count]
  const at::Tensor effect = at::mm(moves, estimator);  // of every move on every estimate
  if (options.decorrelate) {
    // Not solve(): fewer people than attributes, or attributes that all share, leave it singular.
    moves = at::mm(at::linalg_pinv(effect, kSmallestEffect), moves);
  } else {
    moves = moves / effect.diagonal().unsqueeze(1);
  }
  const at::Tensor share = explainedShare(centred, wanted, options.ridge);
  std::vector<Direction> directions;
  for (std::int64_t k = 0; k < count; ++k) {
    directions.push_back({specs[static_cast<std::size_t>(k)],
                          moves[k].to(at::kFloat).clone(),
                          estimator.select(1, k).to(at::kFloat).clone(),
                          share[k].item<double>()});
  }
  return directions;
}

std::vector<DirectionPtr> latentDirections(const std::vector<Direction>& directions) {
  const auto numbers = [](const at::Tensor& t) {
    const at::Tensor flat = t.to(at::kFloat).contiguous();
    return std::vector<float>(flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel());
  };
  std::vector<DirectionPtr> result;
  for (const Direction& direction : directions) {
    auto latent = std::make_shared<LatentDirection>();
    latent->name = direction.spec.name;
    latent->label = direction.spec.label;
    latent->low = direction.spec.low;
    latent->high = direction.spec.high;
    latent->delta = numbers(direction.delta);
    latent->estimate = numbers(direction.estimate);
    latent->explained = direction.explained;
    result.push_back(std::move(latent));
  }
  return result;
}

}  // namespace panohead
