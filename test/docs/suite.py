"""The pages of docs/: that they lead somewhere, that what they have readers type and copy is right, that what they promise is tested,
and that they build a site without a warning. breaches.py plants one of each kind, which has to be seen."""

from docs import breaches, codes, commands, links, pipelines, site
from docs.pages import other_pages, pages
from support.case import Case, Failure
from support.program import ROOT


def cases():
    yield Case("navigation", lambda folder: must_be_none(links.not_in_navigation(ROOT)))
    yield Case("links", lambda folder: must_be_none(links.leading_nowhere(ROOT, other_pages(ROOT))))
    yield Case("files", lambda folder: must_be_none(links.files_not_there(ROOT)))
    yield Case("guarantees", lambda folder: must_be_none(links.tests_of_guarantees(ROOT)))
    yield Case("yaml", lambda folder: must_be_none(pipelines.not_yaml(all_pages())))
    yield Case("pipelines", whole_pipelines)
    yield Case("commands", lambda folder: must_be_none(commands.not_taken(folder, all_pages())))
    yield Case("commands_in_texts", lambda folder: must_be_none(commands.not_known(commands.helps(folder), current_pages())))
    yield Case("codes", lambda folder: must_be_none(codes.without_a_section(ROOT, codes.known_to_the_program(folder))))
    yield Case("tests_of_codes", lambda folder: must_be_none(codes.without_a_test(ROOT, codes.known_to_the_program(folder))))
    yield Case("site", lambda folder: must_be_none(site.from_elsewhere(site.build(ROOT, folder / "site"))))
    yield from breaches.cases()


def all_pages():
    return [*pages(ROOT), *other_pages(ROOT)]


def current_pages():
    """Without those that say what was at their time."""
    return [page for page in all_pages() if not page.name.startswith(links.OF_THEIR_TIME)]


def whole_pipelines(folder):
    blocks = pipelines.whole(all_pages())
    if len(blocks) < 5:
        raise Failure(f"only {len(blocks)} blocks of the pages are whole pipelines: are they still found?")
    must_be_none(pipelines.refused(folder, blocks))


def must_be_none(problems):
    found = list(problems)
    if found:
        raise Failure("\n".join(found))
