#include "core/tensor/quick_type.h"

#include "core/tensor/prelude.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

namespace panohead {

namespace {

bool processorHasBfloat16() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16");
#else
  return true;  // oneDNN's word is enough
#endif
}

/// oneDNN may have been told to use less than the processor has (ONEDNN_MAX_CPU_ISA).
bool onednnHasBfloat16() {
  const auto asked = c10::Dispatcher::singleton().findSchema({"mkldnn::_is_mkldnn_bf16_supported", ""});
  return asked && asked->typed<bool()>().call();
}

at::ScalarType bestType() noexcept {
  static const at::ScalarType best =
      processorHasBfloat16() && onednnHasBfloat16() ? at::kBFloat16 : at::kFloat;
  return best;
}

std::atomic<at::ScalarType>& current() noexcept {
  static std::atomic<at::ScalarType> type = [] {
    const char* wish = std::getenv("PANOHEAD_PRECISION");
    return wish != nullptr && std::string_view(wish) == "fp32" ? at::kFloat : bestType();
  }();
  return type;
}

}  // namespace

at::ScalarType quickType() noexcept { return current(); }

at::ScalarType setQuickType(at::ScalarType type) noexcept {
  return current() = type == at::kFloat ? at::kFloat : bestType();
}

}  // namespace panohead
