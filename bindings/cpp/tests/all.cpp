// All tests as one translation unit, for compilers and sanitizers: the headers are read once.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include "behaviour.cpp" // NOLINT
#include "batch.cpp"     // NOLINT
#include "constants.cpp" // NOLINT
#include "leaks.cpp"     // NOLINT
#include "main.cpp"      // NOLINT
#include "own.cpp"       // NOLINT
#include "poller.cpp"    // NOLINT
