import pytest

from modellock.decisions.expansion import LARGEST_EXPANSION, MOST_MEMBERS, UNSUSPICIOUS, Budget


def test_a_hundred_thousand_members_are_enough() -> None:
    budget = Budget(1)
    for _ in range(MOST_MEMBERS):
        budget.count_member()

    with pytest.raises(ValueError, match=r"^has more than 100,000 members$"):
        budget.count_member()


def test_a_small_archive_of_zeros_is_no_bomb() -> None:
    Budget(1).grow(UNSUSPICIOUS)

    with pytest.raises(ValueError, match=r"^becomes more than 200 times as large as it is: "):
        Budget(1).grow(UNSUSPICIOUS + 1)


def test_beyond_that_an_archive_may_grow_two_hundredfold() -> None:
    budget = Budget(10_000_000)
    budget.grow(1_000_000_000)
    budget.grow(1_000_000_000)

    with pytest.raises(
        ValueError,
        match=r"^becomes more than 200 times as large as it is: 10.0 MB became 2.0 GB so",
    ):
        budget.grow(1)


def test_there_is_an_end_to_what_an_archive_may_become() -> None:
    with pytest.raises(ValueError, match=r"^becomes more than 4.4 TB$"):
        Budget(1 << 40).grow(LARGEST_EXPANSION + 1)
