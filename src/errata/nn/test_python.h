#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"

/// What tests of models that Python exports have in common.
namespace errata::nn {

/// Runs a Python program of this folder in a folder. @return false when Python lacks a module
inline bool run_exporter(const TestFolder& folder, const std::string& program, const std::string& module) {
  if (std::system(("/usr/bin/python3 -c 'import " + module + "' 2>/dev/null").c_str()) != 0) return false;
  const auto place = source_folder() / "src/errata/nn" / program;
  EXPECT_EQ(
      std::system(fmt::format("cd '{}' && /usr/bin/python3 '{}'", folder.path().string(), place.string()).c_str()), 0);
  return true;
}

/// The numbers of a file that holds nothing else.
template <typename T = float>
std::vector<T> numbers_of_file(const std::filesystem::path& place) {
  const auto bytes = read_file(place).value();
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

/// The largest difference of two values in one place; infinite for other lengths.
inline float farthest(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return INFINITY;
  float most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace errata::nn
