"""The commands that pages have readers type: the program takes each of them, which is seen by one wrong option more."""

import re
import shlex

from support.program import sluice

NOT_AN_OPTION = "--not-an-option"
COMPLAINT = f"The following argument was not expected: {NOT_AN_OPTION}"
SECTION = re.compile(r"^## (sluice[^\n]*)\n\n```\n(.*?)^```$", re.M | re.S)
# What may come before it on a line.
FRONTS = ("timeout", "time", "sudo", "nohup", "env")
PROGRAMS = ("sluice", "build/sluice")


def lines_to_type(block):
    """With what goes on after a backslash, or within quotes."""
    if block.language == "console":
        typed = [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
    elif block.language == "sh":
        typed = block.text.splitlines()
    else:
        return
    line = ""
    for part in typed:
        line += part
        if line.endswith("\\"):
            line = line[:-1]
        elif re.sub(r"'[^']*'|#.*", "", line).count('"') % 2:
            line += "\n"
        else:
            yield line
            line = ""
    if line:
        yield line


def calls(line):
    """The arguments of each call of sluice in a line of shell."""
    words = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    words.whitespace_split = True
    command, skip = [], False
    for word in [*words, ";"]:
        if skip:
            skip = False
        elif word and not word.strip("<>&") and word.strip("&"):  # a redirection, and where to
            skip = True
            if command and command[-1].isdigit():
                command.pop()
        elif word and not word.strip("|&;()"):
            while command and re.match(r"[A-Z_]+=", command[0]):
                command.pop(0)
            if command and command[0] in (*FRONTS, *PROGRAMS):
                at = [number for number, each in enumerate(command) if each in PROGRAMS]
                if at:
                    yield command[at[0] + 1:]
            command = []
        else:
            command.append(word)


def not_taken(folder, pages):
    """Of blocks that are typed."""
    seen = {}
    for page in pages:
        for block in page.blocks:
            for line in lines_to_type(block):
                try:
                    found = list(calls(line))
                except ValueError as wrong:
                    yield f"{block.place}: {line}: {wrong}"
                    continue
                for arguments in found:
                    if {"--version", "--help"} & set(arguments):  # answers before it looks at the rest
                        continue
                    key = tuple(arguments)
                    if key not in seen:
                        seen[key] = complaint(folder, arguments)
                    if seen[key]:
                        yield f"{block.place}: sluice {shlex.join(arguments)}\n  {seen[key]}"


def complaint(folder, arguments):
    done = sluice(*arguments, NOT_AN_OPTION, cwd=folder)
    return None if done.exit == 2 and COMPLAINT in done.err else f"is not taken: {(done.err or done.out).strip()}"


def helps(folder):
    """The text of each command's --help, by its name: `sluice delta vacuum`."""
    return dict(SECTION.findall(sluice("reference", "--cli", cwd=folder).must_exit(0).out))


def not_known(helps, pages):
    """Of commands in running text, which may leave out what a command needs: its name and its options."""
    with_others = {name.rsplit(" ", 1)[0] for name in helps if name.count(" ") > 1}
    for page in pages:
        for line, text in page.named():
            text = " ".join(text.split())
            if not text.startswith("sluice ") or re.match(r"sluice-|sluice \.", text):
                continue
            words = text.split(" ")
            if words[1].startswith("-"):
                continue
            name = max((" ".join(words[:length]) for length in (2, 3) if " ".join(words[:length]) in helps), key=len, default=None)
            if name is None and " ".join(words[:2]) not in with_others:
                yield f"{page.name}:{line}: `{text}`: there is no command {' '.join(words[:2])}"
                continue
            if (name is None or name.count(" ") == 1) and " ".join(words[:2]) in with_others and re.match(r"[a-z]+$", (words[2:] or [""])[0]):
                yield f"{page.name}:{line}: `{text}`: there is no command {' '.join(words[:3])}"
                continue
            for option in re.findall(r"(?:^| )(--[a-z-]+)", text):
                if not re.search(rf"(?<![\w-]){option}(?![\w-])", helps.get(name, "")):
                    yield f"{page.name}:{line}: `{text}`: {name} has no option {option}"
