from modellock.decisions.usage import User, usages
from modellock.values.digest import sha256_of_bytes

A, B, C = (sha256_of_bytes(name) for name in (b"a", b"b", b"c"))
SMALL, LARGE, OTHER = User("one", "small"), User("one", "large"), User("two", None)


def test_bytes_are_a_models_own_where_nobody_else_uses_them() -> None:
    users = {SMALL: frozenset([A]), LARGE: frozenset([A, B]), OTHER: frozenset([C])}

    small, large, other = usages(users, {A: 1, B: 10, C: 100})

    assert (small.size, small.unique, small.shared, small.shared_with) == (1, 0, 1, (LARGE,))
    assert (large.size, large.unique, large.shared, large.shared_with) == (11, 10, 1, (SMALL,))
    assert (other.size, other.unique, other.shared, other.shared_with) == (100, 100, 0, ())


def test_what_the_store_does_not_hold_is_missing_and_shared_with_nobody() -> None:
    small, large = usages({SMALL: frozenset([A, B]), LARGE: frozenset([B])}, {A: 1})

    assert (small.files, small.missing, small.size, small.shared_with) == (1, 1, 1, ())
    assert (large.files, large.missing) == (0, 1)
