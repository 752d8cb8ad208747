#define PANOHEAD_LANES 16
#include "core/kernels/make_table.h"

namespace panohead::kernels {

extern const KernelTable kAvx512Kernels;
constexpr KernelTable kAvx512Kernels = makeTable();

}  // namespace panohead::kernels
