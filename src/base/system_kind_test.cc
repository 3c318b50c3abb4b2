#include "base/system_kind.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(SystemKind, WhatCanNeverSucceedIsTheUsers) {
  for (const int code : {ENAMETOOLONG, EINVAL, EROFS, ENOTDIR, EISDIR, ELOOP, EILSEQ, EACCES, EPERM,
                         ENOENT, EFBIG, EOPNOTSUPP, ENOSYS, EOVERFLOW, EMLINK, ENODEV, EBADF}) {
    EXPECT_EQ(kind_of_errno(code), Kind::kUser) << code;
  }
}

TEST(SystemKind, WhatMayPassIsTransient) {
  for (const int code : {ENOSPC, EDQUOT, EINTR, EAGAIN, EIO, EMFILE, ENFILE, ENOMEM, EBUSY, ESTALE,
                         ETIMEDOUT, ECONNRESET, EHOSTUNREACH}) {
    EXPECT_EQ(kind_of_errno(code), Kind::kTransient) << code;
  }
}

TEST(SystemKind, TellsTheLastingOneFromALibrarysWords) {
  EXPECT_EQ(lasting_errno_in("Cannot open file \"/a\": File name too long"), ENAMETOOLONG);
  EXPECT_EQ(lasting_errno_in("Unable to open file x: Read-only file system"), EROFS);
  EXPECT_EQ(lasting_errno_in("Could not write: No space left on device"), 0);
  EXPECT_EQ(lasting_errno_in("connection closed"), 0);
}

}  // namespace
}  // namespace sluice
