#pragma once

#include "core/generator/generator.h"
#include "core/training/warmup/attribute_table.h"

#include <vector>

namespace panohead {

/// What the background network answers to: background part of the activations = bias + weight * code, where
/// the code is standard normal numbers of z.
struct BackgroundCodes {
  at::Tensor weight;  // [background_dims, codes]
  at::Tensor bias;    // [background_dims]
};

/// Reads those off a generator whose mapping was written by writeMapping: which entries of z move the
/// background part of w, and how.
BackgroundCodes backgroundCodes(const Generator& generator, std::int64_t head_dims);

struct WrittenMappingOptions {
  int noise_dims = 170;    // numbers of z that tell a head from the middle of its class
  double spread = 1.43;    // enlarges the distances of the classes from the middle of all ...
  double vary = 1.25;      // ... and of the people from their class, against the shrinking of truncation
  std::uint64_t seed = 0;  // of the average w
};

/// What writeMapping did.
struct MappingReport {
  int classes = 0;
  int noise_dims = 0;
  double variance_kept = 0;  // share of the variance inside classes that the noise dimensions hold
  double variance_within = 0, variance_between = 0;
  int class_entry = 0;  // of z: picks the class
};

/// Classes of people for the mapping: from attributes by hair style, its mirroring and sex, each left out
/// where a class would have fewer than `smallest` people; without such attributes by k-means of the codes.
/// @param codes [people, n] @return a class per person, numbered from 0
std::vector<int> classesOf(const AttributeTable* attributes, const at::Tensor& codes, int smallest);

/// Writes a two-layer mapping network from codes instead of training it: one entry of z picks a class (a
/// staircase of exact ramps, classes as wide as their share), others move the head within it by one shared
/// Gaussian, others yet are the background's. The camera loses its influence; its embedding stays, so that
/// training can give it back.
/// @param activations [people, head_dims] codes before the last activation (PersonCodes::activations)
/// Throws CheckpointError when the mapping has not two layers.
MappingReport writeMapping(Generator& generator,
                           const at::Tensor& activations,
                           const std::vector<int>& classes,
                           const BackgroundCodes& background,
                           const WrittenMappingOptions& options);

}  // namespace panohead
