// What draws the heads of a model: a device that is trusted, or the processor. Without a GPU: a device of the
// tests' own stands in; with one, CUDA itself.
#include "core/session/model_device.h"

#include "core/base/error.h"
#include "core/session/avatar_session.h"
#include "core/session/head_check.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/fake_device.h"
#include "tests/support/first_model.h"
#include "tests/support/image_psnr.h"
#include "tests/support/some_avatar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using test::FakeDevice;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class NoticingContext final : public JobContext {
 public:
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override {}
  void notice(const std::string& sentence) override { notices.push_back(sentence); }
  std::stop_token stopToken() const override { return {}; }

  std::vector<std::string> notices;
};

const ViewOptions kView{.camera = orbitLabel({.yaw_degrees = 30}), .neural_resolution = 32};

class ModelDevices : public testing::Test {
 protected:
  ModelPtr open(DeviceChoice choice = DeviceChoice::Auto) {
    return fake_.open(test::firstModelFile(), choice, context_);
  }
  Frame draw(const Head& head, const ViewOptions& view = kView) { return renderFrame(head, view, context_); }
  Frame draw(const ModelPtr& model, const HeadOptions& options = {}) {
    return draw(*makeHead(model, options, context_));
  }
  /// The picture of the model that was opened without any choice.
  Frame expected(const HeadOptions& options = {}) { return draw(test::firstModel(), options); }

  FakeDevice fake_;
  NoticingContext context_;
};

TEST_F(ModelDevices, ADeviceThatDrawsAsSpecifiedDrawsAll) {
  const ModelPtr model = open();
  EXPECT_GT(fake_.frames, 0) << "it was trusted without having drawn anything";
  const DrawnBy by = drawnBy(*model);
  EXPECT_TRUE(by.gpu);
  EXPECT_FALSE(by.failed);
  EXPECT_THAT(by.device, StartsWith(FakeDevice::kName));
  EXPECT_THAT(by.reason, IsEmpty());
  fake_.frames = fake_.planes = fake_.heads = 0;
  const HeadPtr head = makeHead(model, {.seed = 3}, context_);
  const Frame frame = draw(*head);
  EXPECT_EQ(fake_.planes, 1);
  EXPECT_EQ(fake_.heads, 1);
  EXPECT_EQ(fake_.frames, 1);
  EXPECT_EQ(frame.device, by.device);
  EXPECT_EQ(frame.times.front().stage, "frame");
  EXPECT_EQ(frame.picture.pixels, expected({.seed = 3}).picture.pixels);
  draw(*withBackground(head, NoBackground{}, context_));
  EXPECT_EQ(fake_.frames, 2);
  EXPECT_EQ(fake_.heads, 1) << "a background is no other head";
  EXPECT_THAT(context_.notices, IsEmpty());
}

TEST_F(ModelDevices, WhatMustNotHangOnTheMachineIsTheProcessors) {
  const ModelPtr model = open();
  const HeadPtr head = makeHead(model, {.seed = 3, .noise = NoiseMode::Random}, context_);
  EXPECT_EQ(drawnBy(*model).gpu, true);
  fake_.frames = fake_.planes = 0;
  makeHead(model, {.seed = 3, .noise = NoiseMode::Random}, context_);
  EXPECT_EQ(fake_.planes, 0) << "random numbers are the processor's";
  checkHead(*head, context_);
  ViewOptions exact = kView;
  exact.exact = true;
  EXPECT_EQ(draw(*head, exact).device, computeDevice());
  EXPECT_EQ(fake_.frames, 0);
}

TEST_F(ModelDevices, WithoutADeviceAllIsAsItWas) {
  fake_.unavailable = "there is no NVIDIA driver";
  const ModelPtr model = open();
  const DrawnBy by = drawnBy(*model);
  EXPECT_FALSE(by.gpu);
  EXPECT_FALSE(by.failed) << "no news where there never was one";
  EXPECT_EQ(by.reason, fake_.unavailable);
  EXPECT_EQ(by.device, computeDevice());
  const Frame frame = draw(model);
  EXPECT_EQ(frame.device, computeDevice());
  EXPECT_EQ(frame.picture.pixels, expected().picture.pixels);
  EXPECT_EQ(fake_.loaded, 0);
  EXPECT_THAT(context_.notices, IsEmpty());
}

TEST_F(ModelDevices, TheProcessorThatWasAskedForIsLeftAlone) {
  const ModelPtr model = open(DeviceChoice::Cpu);
  EXPECT_EQ(draw(model).device, computeDevice());
  EXPECT_THAT(drawnBy(*model).reason, IsEmpty());
  EXPECT_EQ(fake_.loaded, 0);
}

TEST_F(ModelDevices, CudaThatIsNotThereIsAnErrorBeforeAnythingIsRead) {
  fake_.unavailable = "there is no NVIDIA driver";
  try {
    fake_.open("no such file", DeviceChoice::Cuda, context_);
    FAIL() << "no error";
  } catch (const DeviceError& error) {
    EXPECT_STREQ(error.what(), "--device cuda: there is no NVIDIA driver");
    EXPECT_THAT(error.hint(), HasSubstr("--device cpu"));
  }
}

TEST_F(ModelDevices, ModelsThatItDoesNotKnowAreTheProcessors) {
  fake_.knows_models = false;
  const ModelPtr model = open();
  EXPECT_THAT(drawnBy(*model).reason, AllOf(HasSubstr(FakeDevice::kName), HasSubstr("does not know")));
  EXPECT_EQ(draw(model).device, computeDevice());
  EXPECT_THAT(context_.notices, IsEmpty());
  EXPECT_THROW(open(DeviceChoice::Cuda), DeviceError);
}

class WrongDevices : public ModelDevices, public testing::WithParamInterface<FakeDevice::Fault> {};

TEST_P(WrongDevices, AreFoundOutAndNotUsed) {
  fake_.fault = GetParam();
  const ModelPtr model = open();
  const DrawnBy by = drawnBy(*model);
  EXPECT_FALSE(by.gpu);
  EXPECT_TRUE(by.failed);
  EXPECT_THAT(by.reason, AllOf(HasSubstr(FakeDevice::kName), HasSubstr("wrongly"), HasSubstr(" dB ")));
  EXPECT_THAT(context_.notices, ElementsAre(HasSubstr(by.reason)));
  fake_.frames = fake_.planes = 0;
  const Frame frame = draw(model);
  EXPECT_EQ(frame.picture.pixels, expected().picture.pixels);
  EXPECT_EQ(frame.device, computeDevice());
  EXPECT_EQ(fake_.frames + fake_.planes, 0);
  EXPECT_THROW(open(DeviceChoice::Cuda), DeviceError);
}

INSTANTIATE_TEST_SUITE_P(Faults,
                         WrongDevices,
                         testing::Values(FakeDevice::Fault::Picture,
                                         FakeDevice::Fault::Mask,
                                         FakeDevice::Fault::NotANumber,
                                         FakeDevice::Fault::Stale,
                                         FakeDevice::Fault::CutOut,
                                         FakeDevice::Fault::Planes));

class FailingDevices : public ModelDevices, public testing::WithParamInterface<FakeDevice::Failure> {
 protected:
  /// What the reason says of such a failure.
  static std::string told() {
    switch (GetParam()) {
      case FakeDevice::Failure::Memory:
        return "its memory is full";
      case FakeDevice::Failure::Foreign:
        return "unspecified launch failure";
      default:
        return "an illegal memory access";
    }
  }
};

TEST_P(FailingDevices, InTheMiddleOfAFrameLeaveItToTheProcessor) {
  const ModelPtr model = open();
  const HeadPtr head = makeHead(model, {.seed = 2}, context_);
  ASSERT_EQ(draw(*head).device, drawnBy(*model).device);
  fake_.drawing = GetParam();
  const Frame frame = draw(*head);
  EXPECT_EQ(frame.picture.pixels, expected({.seed = 2}).picture.pixels);
  EXPECT_EQ(frame.device, computeDevice());
  EXPECT_EQ(frame.times.front().stage, "volume rendering") << "what the device began is not counted";
  EXPECT_TRUE(drawnBy(*model).failed);
  EXPECT_THAT(drawnBy(*model).reason, AllOf(HasSubstr(told()), Not(HasSubstr("\n"))));
  EXPECT_THAT(context_.notices, ElementsAre(HasSubstr(told())));
  fake_.drawing = FakeDevice::Failure::None;  // it is not asked again
  fake_.frames = fake_.planes = 0;
  draw(*head);
  draw(model, {.seed = 4});
  EXPECT_EQ(fake_.frames + fake_.planes, 0);
  EXPECT_EQ(context_.notices.size(), 1U) << "told more than once";
}

TEST_P(FailingDevices, WithAHeadLeaveItToTheProcessor) {
  const ModelPtr model = open();
  fake_.making = GetParam();
  const Frame frame = draw(model, {.seed = 2});
  EXPECT_EQ(frame.device, computeDevice());
  EXPECT_EQ(frame.picture.pixels, expected({.seed = 2}).picture.pixels);
  EXPECT_THAT(context_.notices, ElementsAre(HasSubstr(told())));
}

TEST_P(FailingDevices, WithTheNetworksAreNotUsed) {
  fake_.loading = GetParam();
  const ModelPtr model = open();
  EXPECT_THAT(drawnBy(*model).reason, HasSubstr(told()));
  EXPECT_THAT(context_.notices, ElementsAre(HasSubstr(told())));
  EXPECT_EQ(draw(model).device, computeDevice());
  EXPECT_THROW(open(DeviceChoice::Cuda), DeviceError);
}

TEST_P(FailingDevices, AtTheFirstFrameAreNotUsed) {
  fake_.drawing = GetParam();
  EXPECT_EQ(draw(open()).device, computeDevice());
  EXPECT_THAT(context_.notices, ElementsAre(HasSubstr(told())));
  EXPECT_THROW(open(DeviceChoice::Cuda), DeviceError);
  EXPECT_EQ(context_.notices.size(), 1U) << "an error needs no notice beside it";
}

INSTANTIATE_TEST_SUITE_P(Failures,
                         FailingDevices,
                         testing::Values(FakeDevice::Failure::Error,
                                         FakeDevice::Failure::Memory,
                                         FakeDevice::Failure::Foreign));

TEST_F(ModelDevices, AFrameThatIsStoppedIsNoFailure) {
  const ModelPtr model = open();
  const HeadPtr head = makeHead(model, {}, context_);
  test::CancellingContext stopped(2);
  EXPECT_THROW(renderFrame(*head, kView, stopped), Cancelled);
  EXPECT_TRUE(drawnBy(*model).gpu);
}

TEST_F(ModelDevices, TunedWeightsAreDrawnThereToo) {
  const ModelPtr model = open();
  const AvatarPtr anna = sealAvatar(test::someAvatar(model, 3));
  fake_.frames = fake_.loaded = 0;
  const HeadPtr head = makeHead(model, avatarHead(anna), context_);
  ASSERT_NE(head->networks, model) << "else nothing is tested";
  EXPECT_EQ(fake_.loaded, 1);
  EXPECT_EQ(draw(*head).device, drawnBy(*model).device);
  EXPECT_EQ(fake_.frames, 1);
  fake_.drawing = FakeDevice::Failure::Error;
  EXPECT_EQ(draw(*head).picture.pixels, expected(avatarHead(anna)).picture.pixels);
  EXPECT_FALSE(drawnBy(*model).gpu) << "one device, one fate";
}

TEST_F(ModelDevices, TunedWeightsThatDoNotFitAreTheProcessors) {
  const ModelPtr model = open();
  const AvatarPtr anna = sealAvatar(test::someAvatar(model, 3));
  fake_.loading = FakeDevice::Failure::Memory;
  EXPECT_EQ(draw(model, avatarHead(anna)).picture.pixels, expected(avatarHead(anna)).picture.pixels);
  EXPECT_THAT(context_.notices, ElementsAre(HasSubstr("its memory is full")));
  EXPECT_FALSE(drawnBy(*model).gpu);
}

// Only a GPU can tell; without one this says so.
TEST(CudaDevice, DrawsTheModelThatComesWithTheProgram) {
  if (const std::string reason = cudaDevice().unavailable(); !reason.empty()) {
    SilentContext context;
    try {
      openModel(test::firstModelFile(), context, DeviceChoice::Cuda);
      FAIL() << "a GPU that is not there was opened";
    } catch (const DeviceError& error) {
      EXPECT_EQ(error.what(), "--device cuda: " + reason);
    }
    EXPECT_EQ(drawnBy(*openModel(test::firstModelFile(), context, DeviceChoice::Auto)).reason, reason);
    GTEST_SKIP() << reason;
  }
  NoticingContext context;
  const ModelPtr model = openModel(test::firstModelFile(), context, DeviceChoice::Cuda);
  for (const Background& background : {Background(OwnBackground{}), Background(NoBackground{})}) {
    const HeadPtr head = makeHead(model, {.seed = 5, .background = background}, context);
    for (const double yaw : {0.0, 100.0}) {
      ViewOptions view{.camera = orbitLabel({.yaw_degrees = yaw})};
      const Frame drawn = renderFrame(*head, view, context);
      view.exact = true;
      const Frame exact = renderFrame(*head, view, context);
      const double decibels = test::psnr(drawn.picture, exact.picture);
      std::printf("[   INFO   ] %s: %.1f dB, %.2f ms, specification %.0f ms\n",
                  drawn.device.c_str(),
                  decibels,
                  totalMilliseconds(drawn.times),
                  totalMilliseconds(exact.times));
      EXPECT_GT(decibels, 40);
    }
  }
  EXPECT_TRUE(drawnBy(*model).gpu) << drawnBy(*model).reason;
  EXPECT_THAT(context.notices, IsEmpty());
}

}  // namespace
}  // namespace panohead
