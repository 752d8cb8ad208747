#pragma once
// The precompiled header of the compute code. ivalue.h first: clang with libstdc++ 12 needs its
// class complete before the rest of ATen.
// clang-format off
#include <ATen/core/ivalue.h>
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
// clang-format on
