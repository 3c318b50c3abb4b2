"""Writes the table of named errors as a C++ source: embed_errors.py docs/reference/errors.md OUT.cc"""

import json
import re
import sys
from pathlib import Path


def main():
    page, out = Path(sys.argv[1]), Path(sys.argv[2])
    rows = []
    for line in page.read_text(encoding="utf-8").splitlines():
        if not line.startswith("| `E_"):
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) != 4:
            sys.exit(f"{page}: {len(cells)} columns, not 4: {line}")
        rows.append("    {" + ", ".join(json.dumps(cell.strip("`") if not place else cell, ensure_ascii=False)
                                        for place, cell in enumerate(cells)) + "},")
    out.write_text("// Made by cmake/embed_errors.py of docs/reference/errors.md.\n"
                   '#include "app/reference/error_pages.h"\n\n#include <array>\n\n'
                   "namespace sluice::app {\n\n"
                   "std::span<const ErrorPage> error_pages() {\n"
                   f"  static constexpr std::array<ErrorPage, {len(rows)}> kPages = {{{{\n"
                   + "\n".join(rows) + "\n  }};\n  return kPages;\n}\n\n}  // namespace sluice::app\n", encoding="utf-8")


main()
