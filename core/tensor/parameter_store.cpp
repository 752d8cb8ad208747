#include "core/tensor/parameter_store.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <algorithm>

namespace panohead {

ParameterStore ParameterStore::random(std::uint64_t seed) {
  ParameterStore store;
  store.generator_ = at::detail::createCPUGenerator(seed);
  return store;
}

ParameterStore ParameterStore::uninitialised() {
  ParameterStore store;
  store.fill_ = false;
  return store;
}

ParameterStore ParameterStore::sharing(std::vector<Entry> entries) {
  ParameterStore store = uninitialised();
  std::ranges::reverse(entries);  // they are asked for in order, and leave from the end
  store.shared_ = std::move(entries);
  store.shares_ = true;
  return store;
}

at::Tensor ParameterStore::add(Entry entry, const Init& init) {
  const at::NoGradGuard no_grad;
  if (shares_) {
    const auto found = std::ranges::find(shared_.rbegin(), shared_.rend(), entry.name, &Entry::name);
    if (found == shared_.rend() || found->tensor.sizes() != entry.tensor.sizes()) {
      throw Error(fmt::format("the network's parameter '{}' cannot be shared", entry.name));
    }
    entries_.push_back(std::move(*found));
    shared_.erase(std::next(found).base());
    return entries_.back().tensor;
  }
  if (!entry.is_derived && fill_) {
    if (init.kind == Init::Kind::Normal) {
      entry.tensor.normal_(0.0, init.value, generator_);
    } else {
      entry.tensor.fill_(init.value);
    }
  }
  entries_.push_back(std::move(entry));
  return entries_.back().tensor;
}

const at::Tensor& ParameterStore::at(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.name == name) {
      return entry.tensor;
    }
  }
  throw Error(fmt::format("the network has no parameter named '{}'", name));
}

bool ParameterStore::has(std::string_view name) const noexcept {
  return std::any_of(
      entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.name == name; });
}

std::int64_t ParameterStore::parameterCount() const {
  std::int64_t count = 0;
  for (const Entry& entry : entries_) {
    count += entry.is_parameter ? entry.tensor.numel() : 0;
  }
  return count;
}

void ParameterStore::requireGrad(bool on) {
  for (Entry& entry : entries_) {
    if (entry.is_parameter) {
      entry.tensor.requires_grad_(on);
    }
  }
}

void ParameterStore::moveTo(at::Device device) {
  const at::NoGradGuard no_grad;
  for (Entry& entry : entries_) {
    entry.tensor.set_data(entry.tensor.to(device));
  }
}

Scope Scope::operator/(std::string_view child) const {
  Scope scope(*store_);
  scope.prefix_ = fmt::format("{}{}.", prefix_, child);
  return scope;
}

at::Tensor Scope::parameter(std::string_view name, at::IntArrayRef shape, const Init& init) const {
  return store_->add({prefix_ + std::string(name), at::empty(shape, at::kFloat), true, false}, init);
}

at::Tensor Scope::buffer(std::string_view name, at::IntArrayRef shape, const Init& init) const {
  return store_->add({prefix_ + std::string(name), at::empty(shape, at::kFloat), false, false}, init);
}

at::Tensor Scope::derived(std::string_view name, const at::Tensor& value) const {
  return store_->add({prefix_ + std::string(name), value.clone(), false, true}, {});
}

}  // namespace panohead
