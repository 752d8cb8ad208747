#include "core/session/head_check.h"

#include "core/doctor/examination.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"

namespace panohead {

HeadGrade checkHead(const Head& head, JobContext& context) {
  const at::NoGradGuard no_grad;
  const Generator& generator = head.networks->generator;
  SynthesisSettings settings = generator.defaultSettings();
  settings.neural_resolution = generator.config().neural_resolution;
  settings.checkpoint = [&context] { context.checkpoint(); };
  nn::SynthesisRun run;
  run.checkpoint = settings.checkpoint;
  at::Tensor background = head.prepared.background;
  if (!background.defined() && generator.config().background) {
    background = head.networks->fast != nullptr
                     ? fastBackground(*head.networks->fast, head.ws_background, run)
                     : generator.background(head.ws_background, run);
  }
  return doctor::examine({head.drawing->processor(context), background}, settings, context);
}

}  // namespace panohead
