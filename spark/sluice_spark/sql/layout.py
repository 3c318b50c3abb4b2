"""How the SQL is laid out: a clause that fits into a line has one."""

import re

LINE_MAX = 100
CLAUSES = ("SELECT", "SELECT DISTINCT", "WHERE", "GROUP BY", "HAVING", "QUALIFY", "ORDER BY", "USING", "ON")


def compact(sql):
    """Joins the lines of short clauses. Texts that go over several lines stay as they are."""
    if re.search(r"'[^'\n]*\n", re.sub(r"'(?:[^'\\\n]|\\.)*'", "", sql)):
        return sql
    lines = sql.split("\n")
    made, place = [], 0
    while place < len(lines):
        line = lines[place]
        end = place + 1
        while end < len(lines) and indent(lines[end]) > indent(line):
            end += 1
        if end < len(lines) and lines[end].strip().startswith(")") and line.endswith("("):
            end += 1
        one = joined(lines[place:end])
        is_clause = line.strip() in CLAUSES or line.endswith("(")
        if end > place + 1 and is_clause and len(one) <= LINE_MAX and "/*" not in one:
            lines[place:end] = [one]
            made.append(one)
            place += 1
            continue
        made.append(line)
        place += 1
    return "\n".join(made)


def indent(line):
    return len(line) - len(line.lstrip(" "))


def joined(lines):
    text = lines[0]
    for line in lines[1:]:
        part = line.strip()
        text += part if text.endswith("(") or part.startswith(")") else " " + part
    return text
