import pytest

from modellock.values.vicinity import Vicinity, vicinity_of


@pytest.mark.parametrize(
    ("address", "vicinity"),
    [
        ("8.8.8.8", Vicinity.PUBLIC),
        ("2606:4700::1111", Vicinity.PUBLIC),
        ("198.18.0.7", Vicinity.PUBLIC),
        ("10.0.0.1", Vicinity.PRIVATE),
        ("172.31.255.1", Vicinity.PRIVATE),
        ("192.168.1.1", Vicinity.PRIVATE),
        ("100.100.100.200", Vicinity.PRIVATE),
        ("fd00:ec2::254", Vicinity.PRIVATE),
        ("127.0.0.1", Vicinity.LOOPBACK),
        ("127.9.9.9", Vicinity.LOOPBACK),
        ("::1", Vicinity.LOOPBACK),
        ("0.0.0.0", Vicinity.LOOPBACK),  # noqa: S104 - nobody listens there
        ("::", Vicinity.LOOPBACK),
        ("169.254.169.254", Vicinity.LINK_LOCAL),
        ("fe80::1%eth0", Vicinity.LINK_LOCAL),
    ],
)
def test_an_address_is_as_near_as_the_network_it_is_of(address: str, vicinity: Vicinity) -> None:
    assert vicinity_of(address) is vicinity


@pytest.mark.parametrize(
    ("address", "vicinity"),
    [
        ("::ffff:10.0.0.1", Vicinity.PRIVATE),
        ("::ffff:127.0.0.1", Vicinity.LOOPBACK),
        ("64:ff9b::a9fe:a9fe", Vicinity.LINK_LOCAL),
        ("2002:7f00:1::", Vicinity.LOOPBACK),
        ("64:ff9b::808:808", Vicinity.PUBLIC),
    ],
)
def test_an_address_that_stands_for_another_is_as_near_as_that(
    address: str, vicinity: Vicinity
) -> None:
    assert vicinity_of(address) is vicinity


@pytest.mark.parametrize("name", ["huggingface.co", "localhost", "2130706433", "", "10.0.0"])
def test_a_name_has_no_vicinity_before_it_is_looked_up(name: str) -> None:
    assert vicinity_of(name) is None
