#include "core/tensor/stoppable_gradient.h"

#include "core/tensor/prelude.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>

#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

namespace panohead {
namespace {

using torch::autograd::Node;
using torch::autograd::variable_list;

class Question final : public torch::autograd::FunctionPreHook {
 public:
  explicit Question(std::function<void()> ask) : ask_(std::move(ask)) {}
  variable_list operator()(const variable_list& gradients) override {
    ask_();
    return gradients;
  }

 private:
  std::function<void()> ask_;
};

}  // namespace

void askDuringGradient(const at::Tensor& of, const std::function<void()>& ask) {
  const auto& root = of.grad_fn();
  if (!root || !ask || !of.device().is_cpu()) {
    return;
  }
  std::unordered_set<Node*> seen{root.get()};
  std::vector<Node*> open{root.get()};
  while (!open.empty()) {
    Node* const node = open.back();
    open.pop_back();
    if (node->next_edges().empty()) {
      continue;  // adds to a leaf: quick, and may outlive the graph
    }
    node->add_pre_hook(std::make_unique<Question>(ask));
    for (const auto& edge : node->next_edges()) {
      if (edge.function && seen.insert(edge.function.get()).second) {
        open.push_back(edge.function.get());
      }
    }
  }
}

}  // namespace panohead
