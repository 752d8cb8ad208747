#pragma once

// What headers need to name a tensor. Include <ATen/core/Tensor.h> only where one is a member.
namespace at {
class Tensor;
}
