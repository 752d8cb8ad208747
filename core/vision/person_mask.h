#pragma once

#include "core/base/image.h"
#include "core/jobs/job.h"
#include "core/vision/vision_networks.h"

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// What the user painted over a picture: this is the person, or this is not.
struct MaskStroke {
  std::vector<std::array<double, 2>> points;  // a line, pixels of the picture
  double radius = 8;                          // pixels
  bool person = true;
};

struct MaskOptions {
  bool refine = true;  // GrabCut at edges, where hair is
  std::vector<MaskStroke> strokes{};
  double least_agreement = 0.85;  // 0..1; where refinement and network overlap less, the network is believed
  double feather = 1;             // softness of the edge, pixels of a picture of 512; 0 .. 16
  std::filesystem::path network{};  // ONNX matting network of the user's own; empty: the one that ships
  int network_side = 0;  // pixels of its square input, 32 .. 4096; 0 = what the file says, else 512
  void check() const;    // throws OptionError naming the field
};

struct PersonMask {
  Image alpha;                       // 1 channel, size of the picture; 255 = person
  double coverage = 0;               // 0..1, share of the picture
  double agreement = 1;              // 0..1, intersection over union of network and refinement
  bool raw_kept = false;             // they disagreed: `alpha` is the network's
  std::vector<std::string> notices;  // empty or full mask, disagreement, and what to do
};

/// Probability of a person as 0..255, size of the picture (MediaPipe's selfie segmentation, or the user's
/// network). Throws Cancelled; CheckpointError when a network of the user's own cannot be read or is of
/// another kind.
Image rawPersonMask(VisionNetworks& networks,
                    const Image& picture,
                    const MaskOptions& options,
                    JobContext& context);

/// Edges refined by GrabCut (Rother et al. 2004) and strokes applied; what strokes cover is certain. An empty
/// raw mask with strokes starts from an ellipse where heads are in aligned pictures; without strokes it stays
/// empty.
PersonMask refinePersonMask(const Image& picture,
                            const Image& raw,
                            const MaskOptions& options,
                            JobContext& context);

/// Both.
PersonMask makePersonMask(VisionNetworks& networks,
                          const Image& picture,
                          const MaskOptions& options,
                          JobContext& context);

}  // namespace panohead
