"""Pins that move: as of a date, to what was named, and only to what models.toml allows."""

from datetime import UTC, datetime, timedelta

import pytest

from modellock.errors import NotFoundError, NoVersionError, UnknownNameError
from modellock.testing import demo_github, demo_hub
from modellock.verbs.lock_result import Movement
from tests.integration.workspace import Heard, Workspace

MINILM = '[models.minilm]\nhub = "acme/minilm"\n'
DETECTOR = '[models.detector]\nhub = "acme/detector"\nversion = ">=1,<2"\n'
WHISPER = '[models.whisper]\ngithub = "acme/whisper-models"\n'


def weekly(workspace: Workspace, *, branch: str = "main", tag: str | None = None) -> list[str]:
    """Four commits, a week apart from 2026-01-01; `tag` begins the name of a tag for each."""
    commits = []
    for number in (1, 8, 15, 22):
        files = {"model.safetensors": b"weights %d" % number}
        commit = workspace.hub.publish(
            "acme/minilm", files, date=f"2026-01-{number:02}T00:00:00Z", branch=branch
        )
        if tag is not None:
            workspace.hub.repository("acme/minilm").set_tag(f"{tag}{number}", commit)
        commits.append(commit)
    return commits


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def commit_of(workspace: Workspace, name: str = "minilm") -> str | None:
    return workspace.read_lock().models[name].commit


def test_a_branch_is_taken_as_of_a_date(workspace: Workspace) -> None:
    commits = weekly(workspace)
    workspace.write(MINILM)

    workspace.lock(exclude_newer=day(16))

    locked = workspace.read_lock().models["minilm"]
    assert (locked.commit, locked.committed) == (commits[2], day(15))


def test_a_history_is_read_page_by_page_until_it_is_old_enough(workspace: Workspace) -> None:
    commits = weekly(workspace)
    workspace.hub.settings.page_size = 2
    workspace.write(MINILM)

    workspace.lock(exclude_newer=day(2))

    assert commit_of(workspace) == commits[0]


def test_a_branch_that_is_old_enough_costs_no_request_more(workspace: Workspace) -> None:
    weekly(workspace)
    workspace.write(MINILM)
    workspace.lock()
    plain = len(workspace.hub.requests)
    workspace.hub.requests.clear()
    (workspace.directory / "models.lock").unlink()

    workspace.lock(exclude_newer=day(31))

    # The commit is asked for by the name of its branch, and not again by its id.
    assert len(workspace.hub.requests) == plain


def test_models_toml_can_name_the_date(workspace: Workspace) -> None:
    commits = weekly(workspace)
    workspace.write("settings.exclude-newer = 2026-01-08T00:00:00Z\n" + MINILM)

    workspace.lock()

    assert commit_of(workspace) == commits[1]
    assert "exclude-newer = 2026-01-08T00:00:00Z\n" in workspace.lock_text


def test_a_minimum_age_counts_back_from_now(workspace: Workspace) -> None:
    old = workspace.hub.publish("acme/minilm", {"a.safetensors": b"1"}, date="2026-01-01")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    workspace.hub.publish("acme/minilm", {"a.safetensors": b"2"}, date=yesterday)
    workspace.write('settings.min-age = "3 days"\n' + MINILM)

    workspace.lock()

    assert commit_of(workspace) == old
    assert 'min-age = "3 days"\n' in workspace.lock_text


def test_a_branch_without_an_old_enough_commit_is_told_with_what_takes_it(
    workspace: Workspace,
) -> None:
    weekly(workspace)
    workspace.write(MINILM)

    with pytest.raises(NoVersionError) as caught:
        workspace.lock(exclude_newer=datetime(2025, 12, 30, tzinfo=UTC))

    assert str(caught.value) == (
        "minilm: main of acme/minilm is too young by 2 days: expected nothing after "
        "2025-12-30 00:00:00 UTC (--exclude-newer), received 2026-01-01 00:00:00 UTC"
    )
    assert caught.value.hint == "`modellock lock --exclude-newer 0` takes it all the same"


@pytest.mark.parametrize("by_tag", [True, False])
def test_a_commit_or_a_tag_that_is_too_young_is_an_error(
    workspace: Workspace, *, by_tag: bool
) -> None:
    commits = weekly(workspace, tag="release-")
    revision = "release-22" if by_tag else commits[3]
    workspace.write(MINILM + f'revision = "{revision}"\n')

    with pytest.raises(NoVersionError, match=f"{revision} of acme/minilm is too young by 2 days"):
        workspace.lock(exclude_newer=day(20))


def test_versions_of_a_hub_are_dated_the_best_first_and_no_further(workspace: Workspace) -> None:
    weekly(workspace, tag="v")
    workspace.write(MINILM + 'version = ">=1"\n')

    workspace.lock(exclude_newer=day(16))

    locked = workspace.read_lock().models["minilm"]
    asked = [request for request in workspace.hub.requests if "/commits/" in request.path]
    assert (locked.version, locked.tag) == ("15", "v15")
    assert [request.path.rpartition("/")[2] for request in asked] == ["v22", "v15"]


def test_versions_that_are_all_too_young_are_told_with_by_how_much(workspace: Workspace) -> None:
    weekly(workspace, tag="v")
    workspace.write(MINILM + 'version = ">=15"\n')

    with pytest.raises(NoVersionError) as caught:
        workspace.lock(exclude_newer=day(10))

    assert str(caught.value) == (
        "minilm: no version of acme/minilm fits: expected >=15 of 2026-01-10 00:00:00 UTC or "
        "before (--exclude-newer), received\n"
        "  22 (tag v22) is too young by 1 week\n"
        "  15 (tag v15) is too young by 5 days\n"
        "  8 (tag v8) is not >=15\n"
        "  and 1 more"
    )
    assert caught.value.hint == "`modellock lock --exclude-newer 0` takes it all the same"


def test_releases_are_taken_as_of_a_date(workspace: Workspace) -> None:
    demo_github(workspace.github)
    workspace.write(WHISPER)

    workspace.lock(exclude_newer=datetime(2025, 1, 2, tzinfo=UTC))

    assert workspace.read_lock().models["whisper"].tag == "v1.4.0"


def test_a_release_by_its_tag_that_is_too_young_is_an_error(workspace: Workspace) -> None:
    demo_github(workspace.github)
    workspace.write(WHISPER + 'tag = "v1.4.2"\n')

    with pytest.raises(NoVersionError, match=r"v1\.4\.2 of acme/whisper-models is too young"):
        workspace.lock(exclude_newer=datetime(2025, 1, 2, tzinfo=UTC))


def test_a_pin_that_fits_stays_whatever_its_age_until_it_is_updated(workspace: Workspace) -> None:
    commits = weekly(workspace)
    workspace.write(MINILM)
    workspace.lock()

    workspace.write("settings.exclude-newer = 2026-01-08T00:00:00Z\n" + MINILM)
    workspace.lock()
    assert commit_of(workspace) == commits[3]

    workspace.lock("minilm")
    assert commit_of(workspace) == commits[1]


def test_tags_that_are_no_versions_are_told_to_who_wants_details(workspace: Workspace) -> None:
    demo_hub(workspace.hub)
    for tag in ("nightly", "latest"):
        workspace.hub.repository("acme/detector").set_tag(tag, "main")
    heard = Heard()
    workspace.write(DETECTOR)

    workspace.lock(reporter=heard)

    assert heard.details == ["detector: no versions: latest, nightly"]


@pytest.mark.parametrize("target", ["1.1", "v1.1", "1.1.0"])
def test_a_pin_moves_to_the_version_that_is_named(workspace: Workspace, target: str) -> None:
    demo_hub(workspace.hub)
    workspace.write(DETECTOR)
    workspace.lock()

    result = workspace.lock(f"detector@{target}")

    assert workspace.read_lock().models["detector"].tag == "v1.1"
    assert [change.movement for change in result.changes] == [Movement.MOVED]
    assert not workspace.lock().changes


def test_a_version_beyond_the_bounds_is_refused_and_nothing_moves(workspace: Workspace) -> None:
    demo_hub(workspace.hub)
    workspace.write(DETECTOR)
    workspace.lock()
    before = workspace.lock_text

    with pytest.raises(NoVersionError) as caught:
        workspace.lock("detector@2.0")

    assert "expected >=1,<2, received\n  2.0 (tag v2.0) is not >=1,<2" in str(caught.value)
    assert caught.value.hint == "change `version` below [models.detector]"
    assert workspace.lock_text == before


def test_a_pin_goes_back_to_a_commit_of_its_branch(workspace: Workspace) -> None:
    commits = weekly(workspace, tag="week-")
    workspace.write(MINILM)
    workspace.lock()

    workspace.lock(f"minilm@{commits[1]}")
    assert commit_of(workspace) == commits[1]
    workspace.lock("minilm@week-15")
    assert commit_of(workspace) == commits[2]
    workspace.lock("minilm@main")
    assert commit_of(workspace) == commits[3]
    assert not workspace.lock().changes


def test_a_commit_beside_the_branch_is_refused_with_the_key_to_change(
    workspace: Workspace,
) -> None:
    weekly(workspace)
    workspace.hub.publish("acme/minilm", {"model.safetensors": b"dev"}, branch="dev")
    workspace.write(MINILM)
    workspace.lock()

    with pytest.raises(NoVersionError) as caught:
        workspace.lock("minilm@dev")

    assert str(caught.value) == (
        "minilm@dev: is not within models.toml: expected a commit that main of acme/minilm leads to"
    )
    assert caught.value.hint == 'write `revision = "dev"` below [models.minilm]'


def test_a_tag_leads_to_its_own_commit_alone(workspace: Workspace) -> None:
    commits = weekly(workspace, tag="week-")
    workspace.write(MINILM + 'revision = "week-15"\n')
    workspace.lock()

    workspace.lock(f"minilm@{commits[2]}")
    with pytest.raises(NoVersionError, match=r"is not within models\.toml"):
        workspace.lock(f"minilm@{commits[0]}")


def test_a_revision_that_is_nowhere_is_not_found(workspace: Workspace) -> None:
    weekly(workspace)
    workspace.write(MINILM)

    with pytest.raises(NotFoundError, match="acme/minilm@v9"):
        workspace.lock("minilm@v9")


def test_what_is_named_can_be_too_young(workspace: Workspace) -> None:
    commits = weekly(workspace)
    workspace.write(MINILM)
    workspace.lock(exclude_newer=day(10))

    with pytest.raises(NoVersionError, match="is too young by 1 week"):
        workspace.lock(f"minilm@{commits[3]}", exclude_newer=day(15))


def test_a_held_model_moves_by_name_alone(workspace: Workspace) -> None:
    commits = weekly(workspace)
    workspace.write(MINILM + "hold = true\n")
    workspace.lock(exclude_newer=day(2))

    workspace.lock(update_all=True)
    assert commit_of(workspace) == commits[0]

    workspace.lock("minilm")
    assert commit_of(workspace) == commits[3]


def test_an_unknown_name_is_told_with_the_nearest_one(workspace: Workspace) -> None:
    workspace.write(MINILM)

    with pytest.raises(UnknownNameError) as caught:
        workspace.lock("minlm@v2")

    assert caught.value.hint == "did you mean `minilm`?"
