#define PANOHEAD_LANES 4
#include "core/kernels/make_table.h"

namespace panohead::kernels {

extern const KernelTable kPortableKernels;
constexpr KernelTable kPortableKernels = makeTable();

}  // namespace panohead::kernels
