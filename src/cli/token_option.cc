#include "cli/token_option.h"

#include <cstdlib>
#include <fstream>

namespace sluice::cli {

Result<Secret> read_token(const std::string& path) {
  if (path.empty()) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it while this program runs.
    const char* const token = std::getenv("SLUICE_TOKEN");
    return Secret(token == nullptr ? "" : token);
  }
  std::ifstream file(path);
  if (!file) return user_error("the token's file cannot be read path=" + path);
  std::string token;
  std::getline(file, token);
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (token.empty()) {
    return user_error("the token's file is empty path=" + path +
                      "; its first line is the token, 16 characters at least");
  }
  return Secret(std::move(token));
}

}  // namespace sluice::cli
