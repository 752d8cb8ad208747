#pragma once

#include <filesystem>
#include <string>

/// Where sources and programs under test are. One file knows (places.cpp), so that no other object hangs on
/// the folder that it is built in: a clone elsewhere finds them in the compiler's cache.
namespace panohead::test {

std::filesystem::path sourceFolder();
/// The model that comes with the program.
std::filesystem::path firstModelFile();
/// panohead-studio; empty where it is not built.
std::string studioProgram();
/// What the ranks of core/training/ranks_test.cpp run.
std::string rankProgram();

}  // namespace panohead::test
