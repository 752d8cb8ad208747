#include "core/training/stats.h"

#include "core/tensor/prelude.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace panohead {

void ScalarMoments::add(double value) noexcept {
  count += 1;
  sum += value;
  sum_squares += value * value;
}

double ScalarMoments::mean() const noexcept { return count > 0 ? sum / count : 0; }

double ScalarMoments::deviation() const noexcept {
  return count > 0 ? std::sqrt(std::max(sum_squares / count - mean() * mean(), 0.0)) : 0;
}

std::map<std::string, double> meansOf(const StatsSnapshot& snapshot) {
  std::map<std::string, double> means;
  for (const auto& [name, moments] : snapshot) {
    means[name] = moments.mean();
  }
  return means;
}

void StatsCollector::add(const std::string& name, double value) { entries_[name].host.add(value); }

void StatsCollector::add(const std::string& name, const at::Tensor& values) {
  const at::NoGradGuard no_grad;
  const at::Tensor numbers = values.detach().to(at::kDouble).flatten();
  addMoments(name, at::ones_like(numbers), numbers);
}

void StatsCollector::addShare(const std::string& name, const at::Tensor& values) {
  const at::NoGradGuard no_grad;
  const at::Tensor all = values.detach().to(at::kDouble).flatten();
  const at::Tensor other = all.isnan();
  addMoments(name, other.logical_not().to(at::kDouble), all.masked_fill(other, 0));
}

void StatsCollector::addMoments(const std::string& name,
                                const at::Tensor& counted,
                                const at::Tensor& numbers) {
  const at::Tensor moments = at::stack({counted.sum(), numbers.sum(), numbers.square().sum()});
  Entry& entry = entries_[name];
  entry.device = entry.device.defined() ? entry.device + moments : moments;
}

bool StatsCollector::isSound(std::string_view prefix) const {
  return std::ranges::all_of(entries_, [&](const auto& entry) {
    const auto& [name, values] = entry;
    return !name.starts_with(prefix) ||
           (std::isfinite(values.host.sum) &&
            (!values.device.defined() || values.device.isfinite().all().template item<bool>()));
  });
}

StatsSnapshot StatsCollector::take(Communicator& communicator) {
  const at::NoGradGuard no_grad;
  if (entries_.empty()) {
    return {};
  }
  std::vector<at::Tensor> host;
  std::vector<at::Tensor> device;  // of those that have one; the same device for all
  for (const auto& [name, entry] : entries_) {
    host.push_back(at::tensor({entry.host.count, entry.host.sum, entry.host.sum_squares}, at::kDouble));
    if (entry.device.defined()) {
      device.push_back(entry.device);
    }
  }
  const at::Tensor total = at::stack(host).contiguous();  // [names, 3]
  if (!device.empty()) {
    const at::Tensor fetched = at::stack(device).cpu();  // the one wait
    std::int64_t row = 0;
    std::int64_t next = 0;
    for (const auto& [name, entry] : entries_) {
      if (entry.device.defined()) {
        total[row].add_(fetched[next++]);
      }
      ++row;
    }
  }
  communicator.sum(total);
  StatsSnapshot snapshot;
  const double* numbers = total.const_data_ptr<double>();
  for (const auto& [name, entry] : entries_) {
    snapshot[name] = {numbers[0], numbers[1], numbers[2]};
    numbers += 3;
  }
  entries_.clear();
  return snapshot;
}

}  // namespace panohead
