#define PANOHEAD_LANES 8
#include "core/kernels/make_table.h"

namespace panohead::kernels {

extern const KernelTable kAvx2Kernels;
constexpr KernelTable kAvx2Kernels = makeTable();

}  // namespace panohead::kernels
