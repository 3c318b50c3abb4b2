"""The YAML of pages: each block is YAML, and one that is a whole pipeline is one that `sluice check` takes."""

import re

import yaml

from support.program import sluice

# What pipelines of pages take from where they run.
VARIABLE = re.compile(r"\$\{(\w+)\}")
VALUES = {"KAFKA_BROKERS": "localhost:9092"}
SECRET_FILE = re.compile(r"\$\{file:([^}]+)\}")


def is_whole(text):
    return all(re.search(rf"^{part}:", text, re.M) for part in ("sources", "sinks"))


def whole(pages):
    return [block for page in pages for block in page.blocks
            if block.language == "yaml" and "--8<--" not in block.text and is_whole(block.text)]


def not_yaml(pages):
    for page in pages:
        for block in page.blocks:
            if block.language == "yaml" and "--8<--" not in block.text:
                try:
                    list(yaml.safe_load_all(block.text))
                except yaml.YAMLError as wrong:
                    yield f"{block.place}: is not YAML: {wrong}"


def refused(folder, blocks):
    for number, block in enumerate(blocks):
        here = folder / str(number)
        here.mkdir()
        text = block.text
        # What pages leave out, since the block is about something else.
        for part, line in (("name", "name: of_a_page\n"), ("checkpoint", "checkpoint: checkpoint\n")):
            if not re.search(rf"^{part}:", text, re.M):
                text += line
        (here / "secret").write_text("of-a-page\n", encoding="utf-8")
        text = SECRET_FILE.sub("${file:secret}", text)
        (here / "pipeline.yaml").write_text(text, encoding="utf-8")
        env = {name: VALUES.get(name, "of-a-page") for name in VARIABLE.findall(text)}
        done = sluice("check", "pipeline.yaml", cwd=here, env=env)
        if done.exit:
            yield f"{block.place}: `sluice check` ends with {done.exit}\n{done.shown()}"
