#pragma once

#include <string>

namespace panohead::ui {

/// What this display's OpenGL is.
struct OpenGlProbe {
  bool there = false;
  int major = 0, minor = 0;  // version of the context that the default format asks for
  std::string renderer{};    // "llvmpipe (LLVM 15.0.6, 256 bits)"
  bool software = false;     // the processor draws
};

/// A function of the context that is current, or null.
void* openGlFunction(const char* name);

/// Looks once, with the window's thread; needs the application object.
const OpenGlProbe& openGlProbe();

}  // namespace panohead::ui
