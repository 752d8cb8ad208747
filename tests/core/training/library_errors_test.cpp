#include "core/training/library_errors.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace panohead {
namespace {

using testing::HasSubstr;

template <typename ErrorType>
ErrorType errorOf(const std::function<void()>& work) {
  try {
    withLibraryErrors(work, "lower --batch-gpu");
  } catch (const ErrorType& error) {
    return error;
  }
  ADD_FAILURE() << "no such error";
  return ErrorType("none");
}

TEST(LibraryErrors, OutOfMemorySaysWhatToLower) {
  const auto huge = [] { at::empty({std::int64_t{1} << 60}); };
  EXPECT_EQ(errorOf<DeviceError>(huge).hint(), "lower --batch-gpu");
  EXPECT_EQ(errorOf<DeviceError>([] { throw std::bad_alloc(); }).hint(), "lower --batch-gpu");
  EXPECT_NO_THROW(
      errorOf<DeviceError>([] { TORCH_CHECK(false, "CUDA out of memory. Tried to allocate 2 GiB"); }));
}

// oneDNN throws what is none of LibTorch's errors, and does not say why.
TEST(LibraryErrors, OfOneDnnAreOutOfMemoryWhereNothingElseIsMeant) {
  const auto thrown = [](const char* text) { return [text] { throw std::runtime_error(text); }; };
  EXPECT_EQ(errorOf<DeviceError>(thrown("could not create a primitive")).hint(), "lower --batch-gpu");
  EXPECT_THROW(withLibraryErrors(thrown("could not create a primitive descriptor for a convolution"), ""),
               std::runtime_error);
  EXPECT_THAT(errorOf<DeviceError>([] { throw DeviceError("not enough memory for it"); }).what(),
              HasSubstr("for it"))
      << "ours say it better";
}

TEST(LibraryErrors, OthersAreErrorsOfTheRun) {
  const auto illegal = [] { TORCH_CHECK(false, "CUDA error: an illegal memory access was encountered"); };
  EXPECT_THAT(errorOf<TrainingError>(illegal).what(), HasSubstr("illegal memory access"));
  EXPECT_THAT(errorOf<SaveError>([] { throw SaveError("read only"); }).what(), HasSubstr("read only"));
}

}  // namespace
}  // namespace panohead
