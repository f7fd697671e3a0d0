// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/replay_main.cpp
/// replay_TARGET FILE|FOLDER…: gives a fuzz target the inputs in files, without a fuzzer. A finding aborts, as it does
/// under the fuzzer. Status 2 if anything cannot be read.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const fs::directory_entry& each : fs::recursive_directory_iterator(path))
    if (each.is_regular_file() && !each.path().filename().string().starts_with('.')) files.push_back(each.path());
  std::sort(files.begin(), files.end());
  return files;
}

bool replay(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::vector<char> content{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) return false;
  const std::vector<std::uint8_t> input(content.begin(), content.end());
  std::fprintf(stderr, "replaying %s\n", file.c_str());  // before it may abort
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t replayed = 0;
  for (int i = 1; i < count; ++i) {
    std::error_code missing;
    if (!fs::exists(arguments[i], missing)) {
      std::fprintf(stderr, "replay: %s does not exist\n", arguments[i]);
      return 2;
    }
    for (const fs::path& file : files_of(arguments[i])) {
      if (!replay(file)) {
        std::fprintf(stderr, "replay: %s cannot be read\n", file.c_str());
        return 2;
      }
      ++replayed;
    }
  }
  if (count < 2) {
    std::fprintf(stderr, "usage: %s FILE|FOLDER…\n", arguments[0]);
    return 2;
  }
  std::printf("%zu inputs, no finding\n", replayed);
}
