#include "core/checkpoint/pose_offset.h"

#include "core/base/error.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

NetworkState panoheadNetwork() {
  NetworkState network;
  network.tensors.emplace_back().name = "t_mapping.fc0.weight";
  return network;
}

TEST(PoseOffset, PicklesOfPanoHeadLookUpByEightDegreesAndOthersDoNot) {
  Checkpoint checkpoint;
  EXPECT_EQ(poseOffsetPitch(checkpoint, panoheadNetwork()), 8);
  EXPECT_EQ(poseOffsetPitch(checkpoint, NetworkState{}), 0);  // EG3D
  checkpoint.format = CheckpointFormat::Safetensors;          // trained here
  EXPECT_EQ(poseOffsetPitch(checkpoint, panoheadNetwork()), 0);
}

TEST(PoseOffset, TheMetadataDecides) {
  Checkpoint checkpoint;
  checkpoint.metadata[kPoseOffsetPitch] = "-2.5";
  EXPECT_EQ(poseOffsetPitch(checkpoint, panoheadNetwork()), -2.5);
  for (const char* bad : {"", "up", "200", "nan"}) {
    checkpoint.metadata[kPoseOffsetPitch] = bad;
    EXPECT_THROW(poseOffsetPitch(checkpoint, panoheadNetwork()), CheckpointError) << bad;
  }
}

}  // namespace
}  // namespace panohead
