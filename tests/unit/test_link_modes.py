import pytest

from modellock.decisions.link_modes import link_mode_of
from modellock.documents.project_settings import LinkMode


@pytest.mark.parametrize("asked", list(LinkMode))
def test_files_of_a_model_alone_are_made_as_asked(asked: LinkMode) -> None:
    assert link_mode_of(asked, in_cache=False, is_private=False) is asked


def test_in_a_cache_of_the_hub_symbolic_links_give_way_to_what_works() -> None:
    assert link_mode_of(LinkMode.SYMLINK, in_cache=True, is_private=False) is LinkMode.AUTO
    assert link_mode_of(LinkMode.COPY, in_cache=True, is_private=False) is LinkMode.COPY


def test_out_of_a_store_that_goes_even_copies_are_moved() -> None:
    assert link_mode_of(LinkMode.COPY, in_cache=False, is_private=True) is LinkMode.AUTO
