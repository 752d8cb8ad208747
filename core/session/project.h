#pragma once

#include "core/base/error.h"
#include "core/session/key_frames.h"
#include "core/session/studio.h"

#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// A project file that cannot be read.
class ProjectError : public Error {
 public:
  using Error::Error;
};

/// Which model a project was made with.
struct ModelReference {
  std::filesystem::path path;  // empty: the model that ships with the program
  std::string sha256;          // empty: not known
  bool operator==(const ModelReference&) const = default;
};

/// A head that is kept, with a name. The gallery shows them.
struct KeptHead {
  std::string name;
  HeadOptions head{};
  bool operator==(const KeptHead&) const = default;
};

/// Everything that a window shows and a project file holds: a value. Two equal projects draw equal pixels.
struct Project {
  ModelReference model;
  HeadOptions head{};
  OrbitView camera{};
  RenderMode mode = RenderMode::Picture;
  std::vector<DirectionPtr> directions;  // sliders found or renamed by the user, beside the model's own
  std::vector<KeptHead> gallery;
  KeyFrames key_frames;
  double frames_per_second = 30;  // of its film
  bool operator==(const Project&) const = default;
};

/// A versioned JSON file, `.heads` (resources/docs/file_formats.md). Background pictures are stored as paths,
/// relative to the file where they lie below its folder, and read again; so are avatars, with their hashes;
/// sliders carry their vectors. Throws SaveError, also for an avatar that was never written to a file.
void writeProject(const std::filesystem::path& path, const Project& project);

/// SHA-256 of what such a file would hold, pictures by their names.
std::string projectDigest(const Project& project);

struct ReadProject {
  Project project;
  std::vector<std::string> missing;  // pictures and avatars that could not be read, as sentences
};
/// Throws ProjectError naming the file and the place in it that is wrong.
ReadProject readProject(const std::filesystem::path& path);

}  // namespace panohead
