#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// How a parameter starts (as published); ignored when the store is made for loading.
struct Init {
  enum class Kind { Normal, Constant } kind = Kind::Constant;
  double value = 0;  // standard deviation, or the constant

  static Init normal(double deviation = 1.0) { return {Kind::Normal, deviation}; }
  static Init constant(double value) { return {Kind::Constant, value}; }
};

/// The named parameters and buffers of one network, in order of construction. Layers hold handles to
/// the same storage, so writing into a store's tensor in place changes the network.
class ParameterStore {
 public:
  struct Entry {
    std::string name;
    at::Tensor tensor;
    bool is_parameter = true;  // false: buffer, never trained
    bool is_derived = false;   // has its value already (filters): a file need not carry it
  };

  /// Random initialisation from a generator of its own.
  static ParameterStore random(std::uint64_t seed);
  /// Memory is allocated but not filled: every entry must be loaded.
  static ParameterStore uninitialised();
  /// Tensors that exist already: whoever asks for a name gets the entry of that name. Every name that is
  /// asked for must be there, with the same shape.
  static ParameterStore sharing(std::vector<Entry> entries);

  const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// Throws Error when there is no such entry.
  const at::Tensor& at(std::string_view name) const;
  bool has(std::string_view name) const noexcept;
  std::int64_t parameterCount() const;

  /// Switches gradients of all parameters.
  void requireGrad(bool on);
  /// Moves everything to a device, in place: layers see it there.
  void moveTo(at::Device device);

 private:
  friend class Scope;
  at::Tensor add(Entry entry, const Init& init);

  std::vector<Entry> entries_;
  std::vector<Entry> shared_;  // not yet asked for, when there were any
  at::Generator generator_;
  bool fill_ = true;
  bool shares_ = false;
};

/// A place in a store: layers ask it for their tensors by local name.
class Scope {
 public:
  explicit Scope(ParameterStore& store) : store_(&store) {}

  /// The scope of a child module: names get the prefix "<child>.".
  Scope operator/(std::string_view child) const;

  at::Tensor parameter(std::string_view name, at::IntArrayRef shape, const Init& init) const;
  at::Tensor buffer(std::string_view name, at::IntArrayRef shape, const Init& init) const;
  /// A buffer whose value the program knows (a file's value still wins when it has one).
  at::Tensor derived(std::string_view name, const at::Tensor& value) const;

 private:
  ParameterStore* store_;
  std::string prefix_;
};

}  // namespace panohead
