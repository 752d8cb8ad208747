#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// What is known of every person of a data set, as standardised numbers: the given part of a person's
/// code in the warm-up, and what the named directions are fitted to.
struct AttributeTable {
  std::vector<std::string> names;  // of the columns, dotted: "age", "hair.style=short01", "landmarks.chin.1"
  std::int64_t people = 0;
  std::vector<float> values;  // [people, names], mean 0 and deviation 1 over the people, clipped to +-4
  std::vector<double> mean, deviation;  // of the columns before that

  std::int64_t columns() const noexcept { return static_cast<std::int64_t>(names.size()); }
  /// Index of a column; -1: no such column.
  std::int64_t find(std::string_view name) const noexcept;
  float at(std::int64_t person, std::int64_t column) const {
    return values[static_cast<std::size_t>(person * columns() + column)];
  }
};

/// Flattens one record per person to numbers. Records are JSON objects: the members of the document's top
/// object by person name, or the elements of its (first) array of objects. A record of an array names its
/// person by "name" or "person", by the folder of views[0].name, or by the number "identity" or "id", which
/// is compared with the person's name as a number.
///
/// A member becomes columns by what it holds; objects and arrays are entered, names joined by dots:
///  - number: itself; true and false: +1 and -1; text: one column of 0 and 1 for each value that occurs
///  (members
///    with more than 64 values are left out, as are numbers that only name the person);
///  - a truth value beside texts in one object also multiplies their columns ("hair.style=long01*mirrored"):
///  what
///    is turned round looks different for every style;
///  - arrays whose name ends in "_linear" are colours: square roots are taken, which is nearer to what is
///  seen;
///  - numbers named "exposure": the logarithm;
///  - an object of numbers whose members are not the same for all (expression units): every member that a
///    twentieth of the people have, missing ones 0, and the sum of all;
///  - an object with unit vectors "to_light" and as many "colours": the light's second-order spherical
///    harmonics (9 x 3), times the exposure; colours beside them (sky, ground) as square roots, times it too;
///  - arrays of objects (views) and arrays whose length differs are left out.
/// A number that a person lacks is the mean. Columns that are equal for all are dropped.
///
/// @param text JSON
/// @param people names that the data set has, in its order
/// @param source named in errors
/// Throws DatasetError: not JSON, no records, a person without a record.
AttributeTable flattenAttributes(std::string_view text,
                                 const std::vector<std::string>& people,
                                 const std::string& source);

/// The same from a .json file, or a zip that holds one.
AttributeTable readAttributes(const std::filesystem::path& path, const std::vector<std::string>& people);

/// Coefficients of a direction (unit vector) in real second-order spherical harmonics, up to the order
/// Y00, Y1-1, Y10, Y11, Y2-2 .. Y22 (Ramamoorthi and Hanrahan 2001, equation 3).
std::vector<double> sphericalHarmonics(double x, double y, double z);

}  // namespace panohead
