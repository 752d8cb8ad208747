// Exists only to own the precompiled header (core/CMakeLists.txt).
