"""Writes the worker of Python functions as a C++ source: embed_worker.py src/sql/udf/worker.py OUT.cc"""

import sys
from pathlib import Path


def main():
    program, out = Path(sys.argv[1]), Path(sys.argv[2])
    text = program.read_text(encoding="utf-8")
    if ')worker"' in text:
        sys.exit(f"{program}: )worker\" would end the text in C++")
    out.write_text("// Made by cmake/embed_worker.py of src/sql/udf/worker.py.\n"
                   '#include "sql/udf/worker_program.h"\n\n'
                   "namespace sluice::sql {\n\n"
                   f'const char* worker_program() {{\n  return R"worker({text})worker";\n}}\n\n'
                   "}  // namespace sluice::sql\n", encoding="utf-8")


main()
