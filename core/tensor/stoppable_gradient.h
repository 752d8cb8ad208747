#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace panohead {

/// Makes the gradient that is taken of a scalar or picture next ask between its operations whether it is to
/// go on. Of itself LibTorch takes it in one go, which at full size is a second or more; it comes out the
/// same. What `ask` throws leaves backward() or grad() as it was thrown, with the gradients of some leaves
/// added already. On the thread that takes the gradient, so on CPUs alone: elsewhere nothing is asked.
/// @param ask lives as long as the graph behind `of`
void askDuringGradient(const at::Tensor& of, const std::function<void()>& ask);

}  // namespace panohead
