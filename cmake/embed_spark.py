"""Writes the Python package spark/sluice_spark as a zip archive into a C++ source: embed_spark.py spark OUT.cc"""

import io
import sys
import zipfile
from pathlib import Path


def archive(root):
    """The same bytes for the same files, whenever and wherever they are made."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for path in sorted((root / "sluice_spark").rglob("*")):
            if path.suffix not in (".py", ".txt"):
                continue
            entry = zipfile.ZipInfo(str(path.relative_to(root)), date_time=(2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, path.read_bytes())
    return content.getvalue()


def main():
    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    content = archive(root)
    numbers = ",".join(map(str, content))
    out.write_text(f"""// Made by cmake/embed_spark.py of spark/sluice_spark.
#include "app/spark/spark_package.h"

namespace sluice::app {{
namespace {{
constexpr unsigned char kPackage[] = {{{numbers}}};
}}  // namespace

std::string_view spark_package() {{
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as bytes.
  return {{reinterpret_cast<const char*>(kPackage), sizeof(kPackage)}};
}}

}}  // namespace sluice::app
""", encoding="utf-8")


main()
