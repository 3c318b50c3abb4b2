"""The commands for the time before a pipeline runs: `sluice init`, `sluice infer`, `sluice preview`, `sluice explain`, `sluice test`,
`sluice record`, `sluice plan`, `sluice shadow`, `sluice rebuild`."""

from loop import anything, changes, chaos, dev_page, development, explained, inference, lints, previews, rebuild_corners, rebuilds, recordings, shadow_rows, shadows, templates, unit_tests, without_a_file


def cases():
    for part in (templates, inference, anything, previews, explained, changes, rebuilds, rebuild_corners, shadows, shadow_rows, lints, unit_tests, chaos, recordings, development, dev_page, without_a_file):
        yield from part.cases()
