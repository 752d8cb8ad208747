#include "core/training/library_errors.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <exception>
#include <new>
#include <string>

namespace panohead {

namespace {

[[noreturn]] void outOfMemory(const std::string& lower, const std::string& detail) {
  throw DeviceError("out of memory while training", lower, detail);
}

}  // namespace

void withLibraryErrors(const std::function<void()>& work, const std::string& lower) {
  try {
    work();
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (tellsOfMemory(text)) {
      outOfMemory(lower, text);
    }
    throw TrainingError(fmt::format("LibTorch cannot go on: {}", text.substr(0, text.find('\n'))),
                        "give the same command again: the run goes on from its newest checkpoint",
                        text);
  } catch (const std::bad_alloc& error) {
    outOfMemory(lower, error.what());
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {  // oneDNN's, among others
    if (tellsOfMemory(error.what())) {
      outOfMemory(lower, error.what());
    }
    throw;
  }
}

}  // namespace panohead
