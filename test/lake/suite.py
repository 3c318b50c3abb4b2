"""Delta tables that sluice keeps tidy, read by deltalake: what OPTIMIZE, VACUUM, RESTORE and the sink's
own compaction leave must hold the same rows, also while another writer works on the table."""

from lake import columns, commands, paths, quiet, writers


def cases():
    for part in (commands, columns, paths, quiet, writers):
        yield from part.cases()
