"""Files that a running pipeline finds whole."""


def place(path, text):
    """A source that looks meanwhile would take what it sees of a file for all of it."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_text(text)
    hidden.rename(path)
