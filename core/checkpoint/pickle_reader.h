#pragma once

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/pickle_value.h"

namespace panohead {

/// Reads one pickle of protocol 2 to 5 up to and including its STOP and leaves `reader` behind it.
///
/// Nothing is run or imported: calls become nodes that name what would have been called. Strings and
/// bytes stay in the file. Every length, mark, stack and memo access is checked, and the number of
/// values is limited, so that no input needs more than a few hundred MiB. Keyword arguments of
/// NEWOBJ_EX are dropped.
/// Throws CheckpointError with the byte offset and what was expected.
PickleDocument readPickle(ByteReader& reader);

}  // namespace panohead
