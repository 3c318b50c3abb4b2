"""Writes the files of templates/ into a C++ source: embed_templates.py templates OUT.cc"""

import sys
from pathlib import Path


def main():
    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    contents = []
    rows = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        template, _, name = path.relative_to(root).as_posix().partition("/")
        numbers = ",".join(map(str, path.read_bytes()))
        contents.append(f"constexpr unsigned char kFile{len(rows)}[] = {{{numbers}}};")
        rows.append(f'      {{"{template}", "{name}", bytes_of(kFile{len(rows)})}},')
    lines, table = "\n".join(contents), "\n".join(rows)
    out.write_text(f"""// Made by cmake/embed_templates.py of templates/.
#include "app/templates/template_files.h"

namespace sluice::app {{
namespace {{
{lines}

template <std::size_t Size>
std::string_view bytes_of(const unsigned char (&bytes)[Size]) {{
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as bytes.
  return {{reinterpret_cast<const char*>(bytes), Size}};
}}
}}  // namespace

std::vector<TemplateFile> template_files() {{
  return {{
{table}
  }};
}}

}}  // namespace sluice::app
""", encoding="utf-8")


main()
