#pragma once

#include <stdexcept>
#include <string>

namespace panohead {

/// The one error type of the program. Thrown anywhere, caught once: at the job boundary
/// (core/jobs) in the window, in app/main on the command line.
///
/// `what()` is one sentence for the user that names the file or option; `hint()` says what to do;
/// `detail()` is for the log (byte offsets, foreign exception texts) and may be empty.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, std::string hint = {}, std::string detail = {})
      : std::runtime_error(message), hint_(std::move(hint)), detail_(std::move(detail)) {}

  const std::string& hint() const noexcept { return hint_; }
  const std::string& detail() const noexcept { return detail_; }

 private:
  std::string hint_;
  std::string detail_;
};

/// A model file that cannot be read: damaged, of another kind, or not what was asked for.
class CheckpointError : public Error {
 public:
  using Error::Error;
};

/// An option, range or combination that makes no sense. The command line exits with 2 for these.
class OptionError : public Error {
 public:
  using Error::Error;
};

/// A picture that cannot be read.
class ImageError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be written; nothing is left under its final name.
class SaveError : public Error {
 public:
  using Error::Error;
};

/// A zip, or a file in a zip or folder of data, that cannot be read: damaged, cut off, encrypted, missing.
class ArchiveError : public Error {
 public:
  using Error::Error;
};

/// There is no room for the file: a full disk, a used-up quota, a limit on the size of files. What was
/// there before is still there; the same write may succeed later.
class DiskFullError : public SaveError {
 public:
  using SaveError::SaveError;
};

/// A data set that cannot be trained on: missing labels or masks, wrong sizes, nothing left by the filters.
class DatasetError : public Error {
 public:
  using Error::Error;
};

/// A training run that cannot go on: the loss is no longer a number, the folder is in use.
class TrainingError : public Error {
 public:
  using Error::Error;
};

/// Another rank of a distributed run died or does not answer.
class RankError : public TrainingError {
 public:
  using TrainingError::TrainingError;
};

/// No OpenGL, no GPU, out of memory.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// The user asked to stop. Not a failure: the command line exits with 130, the window says nothing.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}
};

}  // namespace panohead
