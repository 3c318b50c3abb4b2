#include "base/border.h"

#include <exception>
#include <new>
#include <string>
#include <system_error>

#include "base/system_kind.h"

namespace sluice {
namespace {

std::string unexpected(std::string_view where, std::string_view what) {
  std::string text(kExceptionCode);
  text += ": ";
  text += where;
  text += ": ";
  text += what;
  return text + "; sluice did not expect this: please report it, with what you ran";
}

}  // namespace

Error thrown_error(std::string_view where) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return user_error("E_OUT_OF_MEMORY: " + std::string(where) +
                      ": this machine gives the process no more memory; let a batch take less "
                      "(max_bytes_per_trigger), give SQL a smaller memory_limit, or run it where "
                      "there is more");
  } catch (const std::system_error& problem) {
    const bool is_errno = problem.code().category() == std::generic_category() ||
                          problem.code().category() == std::system_category();
    if (is_errno) {
      return {kind_of_errno(problem.code().value()), std::string(where) + ": " + problem.what()};
    }
    return internal_error(unexpected(where, problem.what()));
  } catch (const std::exception& problem) {
    return internal_error(unexpected(where, problem.what()));
  } catch (...) {
    return internal_error(unexpected(where, "an exception without a text"));
  }
}

Error thrown_by_program(std::string_view where) {
  const auto threw = [where](std::string_view what) {
    return user_error(std::string(where) + " threw an exception: " + std::string(what));
  };
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return threw("this machine gives the process no more memory");
  } catch (const std::exception& problem) {
    return threw(problem.what());
  } catch (const std::string& text) {
    return threw(text);
  } catch (const char* text) {
    return threw(text);
  } catch (...) {
    return threw("one without a text");
  }
}

}  // namespace sluice
