#include "core/checkpoint/pickle_reader.h"

#include "core/base/error.h"
#include "core/checkpoint/pickle_json.h"
#include "tests/support/pickle_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using test::bytesOf;
using test::PickleBuilder;
using testing::HasSubstr;

PickleDocument read(const std::string& pickle) {
  const FileBytes file{"test.pkl", bytesOf(pickle)};
  ByteReader reader(file, file.bytes);
  return readPickle(reader);
}

// The JSON of {"v": value}, which shows every kind of value.
std::string json(const PickleBuilder& value) {
  const std::string pickle = value.finish();
  const FileBytes file{"test.pkl", bytesOf(pickle)};
  const PickleDocument document = read(pickle);
  const std::pair<std::string_view, PickleId> entry{"v", document.root};
  return pickleJson(file, document, kPickleNone, std::span(&entry, 1));
}

std::string errorOf(const std::string& pickle) {
  try {
    read(pickle);
  } catch (const CheckpointError& error) {
    EXPECT_FALSE(error.hint().empty());
    return error.what();
  }
  return "no error";
}

TEST(PickleReader, ReadsConstants) {
  EXPECT_EQ(json(PickleBuilder().op('N')), R"({"v":null})");
  EXPECT_EQ(json(PickleBuilder().op('\x88')), R"({"v":true})");
  EXPECT_EQ(json(PickleBuilder().op('\x89')), R"({"v":false})");
  EXPECT_EQ(json(PickleBuilder().integer(-70000)), R"({"v":-70000})");
  EXPECT_EQ(json(PickleBuilder().op('K').op('\xff')), R"({"v":255})");
  EXPECT_EQ(json(PickleBuilder().op('M').raw(std::uint16_t{65535})), R"({"v":65535})");
  EXPECT_EQ(json(PickleBuilder().op('G').raw(std::uint64_t{0x9a9999999999b93f})), R"({"v":0.1})");
  EXPECT_EQ(json(PickleBuilder().op('G').raw(std::uint64_t{0x000000000000f0ff})), R"({"v":"-inf"})");
}

TEST(PickleReader, ReadsIntegersOfAnyLength) {
  EXPECT_EQ(json(PickleBuilder().ops({"\x8a\x00", 2})), R"({"v":0})");
  EXPECT_EQ(json(PickleBuilder().ops("\x8a\x01\xff")), R"({"v":-1})");
  EXPECT_EQ(json(PickleBuilder().ops({"\x8a\x06\x00\x00\x00\x00\x00\x01", 8})), R"({"v":1099511627776})");
  EXPECT_EQ(json(PickleBuilder().ops({"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x40", 11})),
            R"({"v":"1180591620717411303424"})");
  EXPECT_EQ(json(PickleBuilder().ops({"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\xc0", 11})),
            R"({"v":"-1180591620717411303424"})");
}

TEST(PickleReader, ReadsTextAndBytes) {
  EXPECT_EQ(json(PickleBuilder().text("t\xc3\xaate")), "{\"v\":\"t\xc3\xaate\"}");
  EXPECT_EQ(json(PickleBuilder().ops("\x8c\x02hi")), R"({"v":"hi"})");
  EXPECT_EQ(json(PickleBuilder().op('\x8d').raw(std::uint64_t{2}).ops("hi")), R"({"v":"hi"})");
  EXPECT_EQ(json(PickleBuilder().ops("C\x03").ops("abc")), R"({"v":"<3 bytes>"})");
  EXPECT_EQ(json(PickleBuilder().bytes("abcd")), R"({"v":"<4 bytes>"})");
}

TEST(PickleReader, ReadsContainersAndSharedValues) {
  EXPECT_EQ(json(PickleBuilder().op(']').op('(').integer(1).integer(2).op('e').integer(3).op('a')),
            R"({"v":[1,2,3]})");
  EXPECT_EQ(json(PickleBuilder().op(')')), R"({"v":[]})");
  EXPECT_EQ(json(PickleBuilder().text("a").op('\x94').ops("h").op('\0').op('\x86')), R"({"v":["a","a"]})");
  EXPECT_EQ(json(PickleBuilder().op('\x8f').op('(').integer(4).op('\x90')), R"({"v":[4]})");
  EXPECT_EQ(json(PickleBuilder().op('}').op('(').text("k").integer(1).integer(2).op('N').op('u')),
            R"({"v":{"2":null,"k":1}})");
  EXPECT_EQ(
      json(PickleBuilder().global("collections", "OrderedDict").op(')').op('R').text("k").op(')').op('s')),
      R"({"v":{"k":[]}})");
}

TEST(PickleReader, DecodesTheBytesOfProtocol2) {
  const PickleDocument document = read(PickleBuilder(2)
                                           .global("_codecs", "encode")
                                           .text("a\xc3\xbf\xc2\x80")
                                           .text("latin1")
                                           .op('\x86')
                                           .op('R')
                                           .finish());
  EXPECT_EQ(document[document.root].kind, PickleKind::Bytes);
  EXPECT_EQ(asText(document[document.root].text), "a\xff\x80");
}

TEST(PickleReader, CallsNothing) {
  const std::string pickle = PickleBuilder().global("os", "system").text("touch /").ops("\x85R").finish();
  const PickleDocument document = read(pickle);
  EXPECT_EQ(document[document.root].kind, PickleKind::Call);
  EXPECT_TRUE(document.isObjectOf(document.root, "os", "system"));
}

TEST(PickleReader, SurvivesAMillionNestedLists) {
  constexpr int kDepth = 1'000'000;
  PickleBuilder nested;
  nested.ops(std::string(kDepth, ']')).ops(std::string(kDepth - 1, 'a'));
  EXPECT_EQ(read(nested.finish()).nodes.size(), kDepth + 3U);
}

TEST(PickleReader, AcceptsCyclesAsData) {
  const PickleDocument document = read(PickleBuilder().op(']').put(0).get(0).op('a').finish());
  EXPECT_EQ(document[document.root].items, std::vector{document.root});
}

TEST(PickleReader, NamesTheByteOfAFault) {
  EXPECT_THAT(errorOf(PickleBuilder().op('N').op('\xff').finish()), HasSubstr("test.pkl"));
  EXPECT_THAT(errorOf(PickleBuilder().op('N').op('\xff').finish()), HasSubstr("at byte 3"));
  EXPECT_THAT(errorOf(PickleBuilder().op('N').op('\xff').finish()), HasSubstr("0xff"));
  EXPECT_THAT(errorOf(PickleBuilder(1).op('N').finish()), HasSubstr("protocol 2 to 5, but it is 1"));
  EXPECT_THAT(errorOf("hello"), HasSubstr("at byte 0"));
}

TEST(PickleReader, RefusesWhatPointsNowhere) {
  EXPECT_THAT(errorOf(PickleBuilder().get(9).finish()), HasSubstr("memo index, but it is 9"));
  EXPECT_THAT(errorOf(PickleBuilder().op('N').put(4'000'000'000U).finish()), HasSubstr("memo index below"));
  EXPECT_THAT(errorOf(PickleBuilder().op('B').raw(std::uint32_t{0xffffffff}).finish()),
              HasSubstr("expected a byte string of 4294967295 bytes"));
  EXPECT_THAT(errorOf(PickleBuilder().op('\x8e').raw(~std::uint64_t{0}).finish()),
              HasSubstr("only 1 are left"));
  EXPECT_THAT(errorOf(PickleBuilder().finish()), HasSubstr("a value on the stack"));
  EXPECT_THAT(errorOf(PickleBuilder().op('N').op('(').op('\x85').finish()),
              HasSubstr("1 values on the stack"));
  EXPECT_THAT(errorOf(PickleBuilder().op('t').finish()), HasSubstr("a mark"));
  EXPECT_THAT(errorOf(PickleBuilder().op('N').op('N').op('a').finish()), HasSubstr("a list"));
  EXPECT_THAT(errorOf(PickleBuilder().op('}').op('(').op('N').op('u').finish()), HasSubstr("pairs"));
  EXPECT_THAT(errorOf(PickleBuilder().op('N').op('N').op('\x93').finish()), HasSubstr("class name"));
  EXPECT_THAT(errorOf("\x80\x04N"), HasSubstr("an opcode"));
}

TEST(PickleReader, LimitsTheNumberOfValues) {
  EXPECT_THAT(errorOf(PickleBuilder().ops(std::string(3'000'000, ']')).finish()), HasSubstr("at most"));
  EXPECT_THAT(errorOf(PickleBuilder().ops(std::string(17'000'000, 'N')).finish()), HasSubstr("at most"));
  EXPECT_THAT(errorOf(PickleBuilder().ops(std::string(17'000'000, '(')).finish()), HasSubstr("at most"));
}

TEST(PickleJson, StopsWhenSharedValuesUnfoldWithoutEnd) {
  // Thirty levels, each naming the level below ten times: 10^30 values.
  PickleBuilder bomb;
  bomb.op(')').put(0);
  for (std::uint32_t level = 0; level < 30; ++level) {
    bomb.op('(');
    for (int i = 0; i < 10; ++i) {
      bomb.get(level);
    }
    bomb.op('t').put(level + 1);
  }
  EXPECT_THROW(json(bomb), CheckpointError);
  EXPECT_THROW(json(PickleBuilder().op(']').put(0).get(0).op('a')), CheckpointError);
}

}  // namespace
}  // namespace panohead
