#pragma once

#include <memory>
#include <string>
#include <vector>

namespace panohead {

/// A direction in w that means something. Immutable once shared.
struct LatentDirection {
  std::string name;          // unique within its file: "hair_length", "factor_3"
  std::string label;         // for a slider: "Hair length"
  std::string low, high;     // what -1 and +1 mean; may be empty
  std::vector<float> delta;  // [w_dim]: one unit of the slider
  int first_layer = 0;       // layers [first, last) of w that it is added to
  int last_layer = -1;       // negative: to the end
  /// Where it was fitted to an attribute: [w_dim], (w - w') . estimate is how many deviations w shows more of
  /// it than w'; and the share of the attribute's variance that this finds in people it was not fitted to.
  std::vector<float> estimate{};
  double explained = 0;
};
using DirectionPtr = std::shared_ptr<const LatentDirection>;

/// Whether both move w alike, whatever they are called: copies of one direction, read at different times.
inline bool sameDirection(const DirectionPtr& a, const DirectionPtr& b) {
  return a == b || (a && b && a->delta == b->delta && a->first_layer == b->first_layer &&
                    a->last_layer == b->last_layer);
}

/// A slider that is not at its middle.
struct LatentEdit {
  DirectionPtr direction;
  double strength = 0;  // units of the direction
  bool operator==(const LatentEdit&) const = default;
};

}  // namespace panohead
