// The call forms of TorchScripts, on programs of a line or two that the tests compile themselves.
#include "core/base/error.h"
#include "core/checkpoint/byte_reader.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/feature_network.h"
#include "core/training/metrics/torchscript_file.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <gtest/gtest.h>
#include <torch/script.h>

#include <sstream>

namespace panohead {
namespace {

std::string archiveOf(const std::string& source) {
  torch::jit::Module module("Features");
  module.define(source);
  std::ostringstream stream;
  module.save(stream);
  return stream.str();
}

void write(const std::filesystem::path& path, const std::string& bytes) {
  test::writeBytes(path, std::as_bytes(std::span(bytes)));
}

struct Network {
  explicit Network(const std::string& source) {
    write(folder / "network.pt", archiveOf(source));
    SilentContext context;
    network = openTorchScript(folder / "network.pt", context);
  }
  test::ScratchFolder folder;
  std::unique_ptr<FeatureNetwork> network;
};

FeatureInput twoPictures() {
  FeatureInput input;
  input.image = at::stack({at::full({3, 8, 8}, -1.0), at::full({3, 8, 8}, 1.0)}).to(at::kFloat);
  input.image.select(1, 1).fill_(0.0);
  return input;
}

TEST(TorchScript, TakesBytesAndGivesFeatures) {
  Network f("def forward(self, x):\n  assert x.dtype == 0\n  return x.float().mean(dim=[2, 3])\n");
  const at::Tensor features = f.network->features(twoPictures());
  ASSERT_EQ(features.sizes(), at::IntArrayRef({2, 3}));
  EXPECT_EQ(features[0][0].item<float>(), 0);
  EXPECT_EQ(features[0][1].item<float>(), 128);
  EXPECT_EQ(features[1][0].item<float>(), 255);
  EXPECT_FALSE(f.network->probabilities(twoPictures()).defined());
  EXPECT_EQ(f.network->fingerprint().size(), 64U);
}

TEST(TorchScript, TakesFloatsWhereBytesAreRefusedAndAveragesMaps) {
  Network f("def forward(self, x):\n  assert x.dtype == 6\n  return x\n");
  const at::Tensor features = f.network->features(twoPictures());
  ASSERT_EQ(features.sizes(), at::IntArrayRef({2, 3}));
  EXPECT_EQ(features[1][0].item<float>(), 255);
}

TEST(TorchScript, KnowsThePublishedArguments) {
  Network f(R"(
def forward(self, x, return_features: bool = False, no_output_bias: bool = False):
  y = x.float().mean(dim=[2, 3]) / 255
  if return_features:
    return y
  assert no_output_bias
  return torch.softmax(torch.cat([y, y], 1), 1)
)");
  EXPECT_EQ(f.network->features(twoPictures()).size(1), 3);
  const at::Tensor p = f.network->probabilities(twoPictures());
  ASSERT_EQ(p.sizes(), at::IntArrayRef({2, 6}));
  EXPECT_NEAR(p.sum(1)[0].item<double>(), 1, 1e-6);
  // They went through one softmax only.
  EXPECT_NEAR(p[1][0].item<double>() / p[1][1].item<double>(), std::exp(1 - 128 / 255.0), 1e-5);
}

TEST(TorchScript, TakesTuplesAndDictionaries) {
  const std::string body = "  y = x.float().mean(dim=[2, 3]) / 255\n";
  for (const std::string& result :
       {std::string("  return y, y * 2\n"), std::string("  return {'features': y, 'logits': y * 2}\n")}) {
    Network f("def forward(self, x):\n" + body + result);
    EXPECT_NEAR(f.network->features(twoPictures())[1][0].item<double>(), 1, 1e-6);
    const at::Tensor p = f.network->probabilities(twoPictures());
    ASSERT_TRUE(p.defined());
    EXPECT_NEAR(p[1][0].item<double>() / p[1][1].item<double>(), std::exp(2 * (1 - 128 / 255.0)), 1e-5);
  }
}

TEST(TorchScript, OfAnotherFormIsRefusedWithItsName) {
  const auto message = [](const std::string& source) -> std::string {
    Network f(source);
    try {
      f.network->features(twoPictures());
    } catch (const CheckpointError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message("def forward(self, x):\n  return 3\n").find("network.pt"), std::string::npos);
  EXPECT_NE(message("def forward(self, x):\n  return x.float().sum()\n").find("network.pt"),
            std::string::npos);
  EXPECT_NE(message("def forward(self, x):\n  return {'logits': x}\n").find("features"), std::string::npos);
  EXPECT_NE(message("def forward(self, x):\n  assert False\n  return x\n").find("8 x 8"), std::string::npos);
}

TEST(TorchScript, IsFoundInsideAPickleThatIsNotRun) {
  // The object of a class that does not exist, whose state carries the archive: {"module": b"PK.."}.
  const std::string archive = archiveOf("def forward(self, x):\n  return x.float().mean(dim=[2, 3])\n");
  std::string pickle("\x80\x04", 2);
  pickle += "cno_such_module\nDetector\n)\x81}\x8c\x06module";
  pickle += 'B';
  const auto size = static_cast<std::uint32_t>(archive.size());
  for (int byte = 0; byte < 4; ++byte) {
    pickle += static_cast<char>(size >> (8 * byte) & 0xff);
  }
  pickle += archive + "sb.";
  const test::ScratchFolder folder;
  write(folder / "inception.pkl", pickle);
  SilentContext context;
  const auto network = openTorchScript(folder / "inception.pkl", context);
  EXPECT_EQ(network->features(twoPictures()).size(1), 3);
}

TEST(TorchScript, RefusesFilesThatHoldNone) {
  const test::ScratchFolder folder;
  SilentContext context;
  write(folder / "plain.pkl", std::string("\x80\x04}.", 4));
  write(folder / "text.pt", "hello");
  write(folder / "broken.pt", archiveOf("def forward(self, x):\n  return x\n").substr(0, 200));
  for (const char* name : {"plain.pkl", "text.pt", "broken.pt", "missing.pt"}) {
    try {
      openTorchScript(folder / name, context);
      ADD_FAILURE() << name;
    } catch (const CheckpointError& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace panohead
