#!/usr/bin/env python3
"""Fails on words that must not be in the project: hosts of registries, paths of one machine, and English
that readers stumble over. A line is named with what to write instead."""

import re

from source_tree import files, report, text

# In pieces, so that this file does not find itself.
BANNED = [
    (r"registry\.npm" r"js|npm" r"js\.(org|com)", "a registry's host; call its ordinary client"),
    (r"py" r"pi\.org|python" r"hosted\.org", "a registry's host; call pip"),
    (r"(static|index)\.crates" r"\.io|https?://crates" r"\.io", "a registry's host; call cargo"),
    (r"proxy\.go" r"lang\.org|sum\.go" r"lang\.org", "a registry's host; call go"),
    (r"repo1?\.maven" r"\.|maven" r"\.org", "a registry's host; call mvn"),
    (r"deb\.deb" r"ian\.org", "a registry's host; call apt-get"),
    (r"(?<![\w.$}])/ro" r"ot/", "a path of one machine; take it from $HOME or an option"),
    (r"(?<![\w.$})-])/wo" r"rk/", "a path of one machine; take it from an option"),
    (r"\.\./sha" r"red\b", "a path outside the project; say it here"),
]
# Cargo writes its registry's name into its lock file.
EXEMPT = {"rust/Cargo.lock"}

# Words that say something else than was meant, or that no editor would print; what to write instead; and,
# narrowly, where the word is right. In streaming the first one means lagging, and is the name of a state.
PLAIN = [
    (r"beh" r"ind", "after (only what lags, hides or is left over is that)",
     r"how far beh" r"ind|\d+ s(econds)? beh" r"ind|(lag|queue|are) beh" r"ind|be beh" r"ind the session"
     r"|(leaves?|left|stay) (old files |nothing |processes )?beh" r"ind"
     r"|['=`\"]beh" r"ind['\]`\"]|falling beh" r"ind|beh" r"ind: '"
     # How large a lag is, for people.
     r"|(\d s|\" \+ lag \+ \"|duration \}\}|humanizeDuration \}\}|\ba minute|title\": \"|lag \+ \"|\d records|\d+ min \d+ s) beh" r"ind"
     r"|\"title\": \"Beh" r"ind|\"Beh" r"ind, "
    r"|beh" r"ind (`cxx`|a C\+\+|s3a:|delta_kernel|one vector|(the|that|its|their|every) "
     r"(latest|clock|watermark|session's watermark|checkpoint's back|sinks|window))"),
    (r"an" r"ew", "again, or new"),
    (r"me" r"nd(s|ed|ing)?", "fix"),
    (r"stan" r"ds?", "is, is written, goes",
     r"stan" r"ds? (for|still)\b|stan" r"d-in"),
    (r"te" r"lls", "says, shows, distinguishes"),
    (r"(is|are|be|was|were|been) to" r"ld( (by|from|apart))?|to" r"ld (by|from|apart)",
     "known, shown, distinguished", r"is to" r"ld, and that"),
    (r"no column of (it|them)", "it has no column ..."),
    (r"of la" r"te", "recently", r"of la" r"te (rows|events|data)"),
    (r"sha" r"ll", "must, or will"),
    (r"wan" r"ts", "needs, requires", r"^Wan" r"ts=network"),  # systemd's own
    (r"passe[sd] (by|over)|pass o" r"ver", "skips, skipped", r"passe[d] by (value|reference)"),
    (r"read who" r"le(?! files)", "read in full"),
    (r"(?<!there )(?<!where )(is|are) no (JSON|UTF-8|SQL|number|timestamp|condition|file of|name of|path of)",
     "is not a ..."),
]
# Written by others: a licence, and patches with the lines around them.
NOT_OURS = ("LICENSE", "packaging/licenses/", "third_party/patches/")


def compiled(word, write, right="(?!)"):
    return re.compile(rf"\b({word})\b", re.IGNORECASE), write, re.compile(right, re.IGNORECASE)


def problems():
    plain = [compiled(*row) for row in PLAIN]
    for path in files():
        if str(path) in EXEMPT:
            continue
        content = text(path)
        ours = not str(path).startswith(NOT_OURS)
        words = [row for row in plain if ours and row[0].search(content)]
        for number, line in enumerate(content.splitlines(), 1):
            for pattern, fix in BANNED:
                match = re.search(pattern, line)
                if match:
                    yield f"{path}:{number}: '{match.group()}' is {fix}"
            for pattern, write, right in words:
                match = pattern.search(right.sub("", line))
                if match:
                    yield f"{path}:{number}: '{match.group()}': write {write}"


report(list(problems()), "words")
