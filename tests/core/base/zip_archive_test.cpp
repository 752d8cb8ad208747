#include "core/base/zip_archive.h"

#include "core/base/crc32.h"
#include "core/base/error.h"
#include "core/base/zip_format.h"
#include "core/base/zip_writer.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

namespace panohead {
namespace {

using test::ScratchFolder;
using testing::HasSubstr;

std::vector<std::byte> bytesOf(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string textOf(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void writeZip(const std::filesystem::path& path,
              const std::vector<std::pair<std::string, std::string>>& files,
              std::uint64_t zip64_from = 0xFFFFFFFF) {
  ZipWriter writer(path, zip64_from);
  for (const auto& [name, text] : files) {
    writer.add(name, bytesOf(text));
  }
  writer.finish();
}

std::string openFailure(const std::filesystem::path& path) {
  try {
    const ZipArchive archive(path);
    for (const ZipEntry& entry : archive.entries()) {
      archive.read(entry);
    }
  } catch (const ArchiveError& error) {
    EXPECT_FALSE(error.hint().empty());
    EXPECT_THAT(error.what(), HasSubstr(path.string()));
    return error.what();
  }
  ADD_FAILURE() << "no error for " << path;
  return {};
}

/// The bytes of `text` in the file at `path`, every time they occur, become `other`.
void replaceIn(const std::filesystem::path& path, std::string_view text, std::string_view other) {
  std::string file = textOf(test::readBytes(path));
  std::size_t at = file.find(text);
  ASSERT_NE(at, std::string::npos);
  for (; at != std::string::npos; at = file.find(text, at + other.size())) {
    file.replace(at, text.size(), other);
  }
  test::writeBytes(path, bytesOf(file));
}

TEST(Crc32, AgreesWithThePublishedCheckValueAndGoesOnInPieces) {
  EXPECT_EQ(crc32(bytesOf("123456789")), 0xCBF43926U);
  const std::vector<std::byte> text = bytesOf("a text of more than eight bytes");
  EXPECT_EQ(crc32(std::span(text).subspan(11), crc32(std::span(text).first(11))), crc32(text));
  EXPECT_EQ(crc32({}), 0U);
}

class ZipForms : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ZipForms, EveryFileComesBackSortedByName) {
  const ScratchFolder scratch;
  writeZip(scratch / "a.zip", {{"b/two.txt", "second"}, {"a/one.txt", "first"}, {"empty", ""}}, GetParam());
  const ZipArchive archive(scratch / "a.zip");
  ASSERT_EQ(archive.entries().size(), 3U);
  EXPECT_EQ(archive.entries()[0].name, "a/one.txt");
  EXPECT_EQ(textOf(archive.read(*archive.find("a/one.txt"))), "first");
  EXPECT_EQ(textOf(archive.read(*archive.find("b/two.txt"))), "second");
  EXPECT_EQ(textOf(archive.read(*archive.find("empty"))), "");
  EXPECT_EQ(textOf(archive.readFirst(*archive.find("b/two.txt"), 3)), "sec");
  EXPECT_EQ(textOf(archive.readFirst(*archive.find("b/two.txt"), 99)), "second");
  EXPECT_EQ(archive.find("a/one"), nullptr);
}

// From 0: everything in the 64-bit form. From 40: only later offsets, and only the directory's place.
INSTANTIATE_TEST_SUITE_P(Zip64From, ZipForms, testing::Values(0xFFFFFFFF, 0, 6, 40));

TEST(ZipWriter, EqualContentsGiveEqualBytes) {
  const ScratchFolder scratch;
  for (const char* name : {"a.zip", "b.zip"}) {
    writeZip(scratch / name, {{"x", "some"}, {"y", "more"}});
  }
  EXPECT_EQ(test::readBytes(scratch / "a.zip"), test::readBytes(scratch / "b.zip"));
}

TEST(ZipWriter, UnfinishedOnesLeaveNothing) {
  const ScratchFolder scratch;
  {
    ZipWriter writer(scratch / "a.zip");
    writer.add("x", bytesOf("some"));
  }
  EXPECT_THAT(scratch.names(), testing::IsEmpty());
}

TEST(ZipArchive, MoreThan65535FilesAreRead) {
  const ScratchFolder scratch;
  constexpr int kCount = 65600;
  {
    ZipWriter writer(scratch / "many.zip");
    for (int i = 0; i < kCount; ++i) {
      writer.add(std::to_string(i), bytesOf("x"));
    }
    writer.finish();
  }
  const ZipArchive archive(scratch / "many.zip");
  EXPECT_EQ(archive.entries().size(), static_cast<std::size_t>(kCount));
  EXPECT_EQ(textOf(archive.read(*archive.find("65599"))), "x");
}

/// One deflated file, as written by other programs.
std::vector<std::byte> deflatedZip(std::uint16_t method = 8,
                                   std::uint16_t flags = 0,
                                   std::uint32_t size = 61) {
  const std::vector<unsigned char> packed{0x2B, 0xC9, 0x48, 0x55, 0x28, 0x4E, 0xCC, 0x4D, 0x55, 0x28,
                                          0xCF, 0x2F, 0x4A, 0x29, 0x56, 0x48, 0x4C, 0x4F, 0xCC, 0xCC,
                                          0x53, 0x48, 0xCC, 0x4B, 0x21, 0x86, 0xC5, 0x05, 0x00};
  std::vector<std::byte> bytes;
  const auto common = [&] {
    zip::put(bytes, std::uint16_t{20});
    zip::put(bytes, flags);
    zip::put(bytes, method);
    zip::put(bytes, std::uint32_t{0});  // date
    zip::put(bytes, std::uint32_t{0x77949200});
    zip::put(bytes, static_cast<std::uint32_t>(packed.size()));
    zip::put(bytes, size);
    zip::put(bytes, std::uint16_t{1});
    zip::put(bytes, std::uint16_t{0});
  };
  zip::put(bytes, zip::kLocalHeader);
  common();
  bytes.push_back(std::byte{'d'});
  for (const unsigned char byte : packed) {
    bytes.push_back(std::byte{byte});
  }
  const auto directory = static_cast<std::uint32_t>(bytes.size());
  zip::put(bytes, zip::kDirectoryHeader);
  zip::put(bytes, std::uint16_t{20});
  common();
  bytes.resize(bytes.size() + 14);  // comment length to offset of the header: all 0
  bytes.push_back(std::byte{'d'});
  const auto directory_size = static_cast<std::uint32_t>(bytes.size()) - directory;
  zip::put(bytes, zip::kEnd);
  zip::put(bytes, std::uint32_t{0});
  zip::put(bytes, std::uint16_t{1});
  zip::put(bytes, std::uint16_t{1});
  zip::put(bytes, directory_size);
  zip::put(bytes, directory);
  zip::put(bytes, std::uint16_t{3});
  const std::vector<std::byte> comment = bytesOf("hey");
  bytes.insert(bytes.end(), comment.begin(), comment.end());
  return bytes;
}

TEST(ZipArchive, DeflatedFilesAreUnpackedAlsoWithACommentAtTheEnd) {
  const ScratchFolder scratch;
  test::writeBytes(scratch / "a.zip", deflatedZip());
  const ZipArchive archive(scratch / "a.zip");
  const std::string text = "the same words again and again and again and again and again\n";
  EXPECT_EQ(textOf(archive.read(*archive.find("d"))), text);
  EXPECT_EQ(textOf(archive.readFirst(*archive.find("d"), 8)), "the same");
}

TEST(ZipArchive, OtherMethodsPasswordsAndWrongSizesAreNamed) {
  const ScratchFolder scratch;
  const auto failure = [&](const std::vector<std::byte>& bytes) {
    test::writeBytes(scratch / "a.zip", bytes);
    return openFailure(scratch / "a.zip");
  };
  EXPECT_THAT(failure(deflatedZip(12)), HasSubstr("'d' is packed by a method that is not read here (12)"));
  EXPECT_THAT(failure(deflatedZip(8, 1)), HasSubstr("'d' is encrypted"));
  for (const std::uint32_t size : {0U, 60U, 62U, 1U << 29, 0xFFFFFFF0U}) {
    EXPECT_THAT(failure(deflatedZip(8, 0, size)), HasSubstr("'d'")) << size;
  }
}

TEST(ZipArchive, NamesThatLeadOutsideAreRefused) {
  for (const std::string name :
       {"../../etc/x", "/etc/passwd", "a/../../x", "C:/x.png", "..\\x.png", "a\nb", ".."}) {
    const ScratchFolder scratch;
    writeZip(scratch / "a.zip", {{name, "evil"}});
    EXPECT_THAT(openFailure(scratch / "a.zip"), HasSubstr("leads out of it")) << name;
  }
}

TEST(ZipArchive, BackslashesOfWindowsAreFolders) {
  const ScratchFolder scratch;
  writeZip(scratch / "a.zip", {{"heads\\one.png", "x"}, {"only_a_folder/", ""}});
  const ZipArchive archive(scratch / "a.zip");
  ASSERT_EQ(archive.entries().size(), 1U);
  EXPECT_EQ(archive.entries()[0].name, "heads/one.png");
}

TEST(ZipArchive, EqualNamesAreRefused) {
  const ScratchFolder scratch;
  writeZip(scratch / "a.zip", {{"x", "1"}, {"x", "2"}});
  EXPECT_THAT(openFailure(scratch / "a.zip"), HasSubstr("'x' is in it twice"));
}

TEST(ZipArchive, EveryTruncationIsAnError) {
  const ScratchFolder scratch;
  for (const std::uint64_t zip64_from : {0xFFFFFFFFU, 0U}) {
    writeZip(scratch / "whole.zip", {{"one", "first"}, {"two", "second"}}, zip64_from);
    const std::vector<std::byte> whole = test::readBytes(scratch / "whole.zip");
    for (std::size_t size = 0; size < whole.size(); ++size) {
      test::writeBytes(scratch / "cut.zip", std::span(whole).first(size));
      openFailure(scratch / "cut.zip");
    }
  }
}

TEST(ZipArchive, ChangedContentIsFoundByItsChecksum) {
  const ScratchFolder scratch;
  writeZip(scratch / "a.zip", {{"one", "the content"}});
  replaceIn(scratch / "a.zip", "content", "cantent");
  EXPECT_THAT(openFailure(scratch / "a.zip"), HasSubstr("'one' is damaged"));
}

TEST(ZipArchive, ArbitraryDamageGivesContentOrAnArchiveError) {
  const ScratchFolder scratch;
  std::mt19937 random(7);
  for (const std::uint64_t zip64_from : {0xFFFFFFFFU, 0U}) {
    writeZip(scratch / "whole.zip", {{"one", "first"}, {"folder/two", "second"}}, zip64_from);
    const std::vector<std::byte> whole = test::readBytes(scratch / "whole.zip");
    for (int i = 0; i < 300; ++i) {
      std::vector<std::byte> bytes = whole;
      for (int change = 0; change < 3; ++change) {
        bytes[random() % bytes.size()] = static_cast<std::byte>(random() % 4 == 0 ? 0xFF : random());
      }
      test::writeBytes(scratch / "damaged.zip", bytes);
      try {
        const ZipArchive archive(scratch / "damaged.zip");
        for (const ZipEntry& entry : archive.entries()) {
          EXPECT_EQ(archive.read(entry).size(), entry.size);
        }
      } catch (const ArchiveError& error) {
        EXPECT_FALSE(error.hint().empty());
      }
    }
  }
}

TEST(ZipArchive, FoldersPipesAndMissingFilesAreRefusedAtOnce) {
  const ScratchFolder scratch;
  EXPECT_THAT(openFailure(scratch / "missing.zip"), HasSubstr("No such file"));
  EXPECT_THAT(openFailure(scratch.path()), HasSubstr("not a regular file"));
  EXPECT_THAT(openFailure("/dev/zero"), HasSubstr("not a regular file"));
}

TEST(ZipArchive, ThreadsReadAtOnce) {
  const ScratchFolder scratch;
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 50; ++i) {
    files.emplace_back(std::to_string(i), std::string(1000, static_cast<char>('a' + i % 26)));
  }
  writeZip(scratch / "a.zip", files);
  const ZipArchive archive(scratch / "a.zip");
  std::array<int, 4> right{};
  {
    std::vector<std::jthread> threads;
    for (int& count : right) {
      threads.emplace_back([&] {
        for (const auto& [name, text] : files) {
          count += textOf(archive.read(*archive.find(name))) == text;
        }
      });
    }
  }
  EXPECT_THAT(right, testing::Each(50));
}

/// Of 200 lengths and all levels, as Python's zipfile writes them: nothing follows a stream in a zip.
TEST(ZipArchive, ReadsStreamsThatEndWithTheirLastBit) {
  const ZipArchive archive(test::sourceData("deflated.zip"));
  ASSERT_EQ(archive.entries().size(), 201U);
  for (const ZipEntry& entry : archive.entries()) {
    std::vector<std::byte> bytes;
    EXPECT_NO_THROW(bytes = archive.read(entry)) << entry.name;  // checked against its checksum
    EXPECT_EQ(bytes.size(), entry.size) << entry.name;
    EXPECT_EQ(archive.readFirst(entry, 50),
              std::vector(bytes.begin(), bytes.begin() + std::min<std::ptrdiff_t>(50, std::ssize(bytes))));
  }
  EXPECT_EQ(archive.find("dataset.json")->size, 1'000'013U);
}

}  // namespace
}  // namespace panohead
