#pragma once

#include "core/avatar/latent_direction.h"
#include "core/generator/generator.h"
#include "core/training/warmup/attribute_table.h"

#include <string>
#include <utility>
#include <vector>

namespace panohead {

/// A sum of attributes that people have one word for: "hair length" = long styles minus short ones.
struct DirectionSpec {
  std::string name;                                   // "hair_length"
  std::string label;                                  // "Hair length", for a slider
  std::string low, high;                              // what -1 and +1 mean: "short", "long"
  std::vector<std::pair<std::string, double>> terms;  // columns of the table, with weights
};

/// Those of the words known to the program that the table has the columns for: sex, age, skin tone, weight,
/// hair length, each hair style, hair colour, greyness, beard, smile, eye colour, ...
std::vector<DirectionSpec> knownDirections(const AttributeTable& table);

/// How w goes with an attribute.
struct Direction {
  DirectionSpec spec;
  at::Tensor
      delta;  // [w_dim]: w + delta raises the estimate of the attribute by one deviation over the people
  at::Tensor estimate;   // [w_dim]: (w - w') . estimate is how many deviations w shows more of it than w'
  double explained = 0;  // share of the attribute's variance that this estimate finds in people not fitted
};

struct DirectionOptions {
  double ridge = 1e-2;      // of the regressions, relative to the mean eigenvalue
  bool decorrelate = true;  // directions leave the estimates of one another unchanged
};

/// Fits directions to everyone's w. Two ridge regressions: of w on all attributes together, which gives the
/// way w goes when one attribute changes and the rest stays; and of the attributes on w, which estimates what
/// a w shows. The first gives the deltas; they are scaled, and made not to disturb one another, by the
/// second.
/// @param w [people, w_dim] of the first people of the table
std::vector<Direction> fitDirections(const AttributeTable& table,
                                     const at::Tensor& w,
                                     const std::vector<DirectionSpec>& specs,
                                     const DirectionOptions& options);

/// For their file and for sliders.
std::vector<DirectionPtr> latentDirections(const std::vector<Direction>& directions);

}  // namespace panohead
