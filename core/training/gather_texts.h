#pragma once

#include <string>
#include <vector>

namespace panohead {

class Communicator;

/// The texts of all ranks, in the order of the ranks, on every rank. Collective; for a few short texts: names
/// of broken files, a path that all must agree on.
std::vector<std::string> gatherTexts(const std::vector<std::string>& own, Communicator& ranks);

/// Rank 0's text on every rank. Collective.
std::string textOfFirstRank(const std::string& text, Communicator& ranks);

}  // namespace panohead
