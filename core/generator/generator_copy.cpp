#include "core/generator/generator_copy.h"

#include "core/tensor/prelude.h"

namespace panohead {

Generator copyOf(const Generator& generator, at::Device device) {
  Generator copy = Generator::uninitialised(generator.config());
  copy.store().moveTo(device);
  const at::NoGradGuard no_grad;
  for (const ParameterStore::Entry& entry : generator.store().entries()) {
    copy.store().at(entry.name).copy_(entry.tensor);
  }
  return copy;
}

}  // namespace panohead
