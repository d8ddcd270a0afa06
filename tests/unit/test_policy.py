import tomllib

import pytest

from modellock.documents.policy import Policy, Rule, RuleException, parse_policy
from modellock.values.tables import Table, TableError


def read(text: str) -> Policy:
    return parse_policy(Table(tomllib.loads(text), ("policy",)))


def test_an_empty_policy_refuses_nothing() -> None:
    assert read("") == Policy(
        formats=Rule(),
        licenses=Rule(),
        owners=Rule(),
        remote_code=None,
        max_size=None,
        min_age=None,
        exceptions=(),
    )


def test_a_policy_is_read_whole() -> None:
    policy = read(
        "formats = { deny = ['pickle'] }\n"
        "licenses = { allow = ['mit'], deny = ['gpl-3.0'] }\n"
        "remote-code = 'deny'\n"
        "max-size = 1000\n"
        "min-age = '3 days'\n"
        "[[exceptions]]\nmodel = 'a'\nrule = 'formats'\nreason = 'only .pt'\n"
    )

    assert policy.formats == Rule(allow=None, deny=("pickle",))
    assert policy.licenses == Rule(allow=("mit",), deny=("gpl-3.0",))
    assert policy.remote_code == "deny"
    assert policy.max_size == 1000
    assert policy.min_age == "3 days"
    assert policy.exceptions == (RuleException(model="a", rule="formats", reason="only .pt"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("licences = {}", "policy.licences is not a key modellock knows"),
        ("formats = ['pickle']", "policy.formats is not a table: ['pickle']"),
        ("formats = { denied = [] }", "policy.formats.denied is not a key modellock knows"),
        ("owners = { allow = 'acme' }", "policy.owners.allow is not an array of strings: 'acme'"),
        ("remote-code = 'allow'", "policy.remote-code is refused: 'allow' is not `pin` or `deny`"),
        ("max-size = -1", "policy.max-size is not a whole number: -1"),
        ("max-size = true", "policy.max-size is not a whole number: True"),
        ("max-size = 1.5", "policy.max-size is not a string: 1.5"),
        ("min-age = 'soon'", "policy.min-age is refused: 'soon' is not a duration"),
        ("exceptions = {}", "policy.exceptions is not an array of tables: {}"),
        ("exceptions = [{}]", "policy.exceptions[0].rule is missing"),
        (
            "exceptions = [{ model = 'a', rule = 'speed', reason = 'x' }]",
            "policy.exceptions[0].rule is refused: 'speed' is not a rule of `[policy]`",
        ),
        (
            "exceptions = [{ model = 'a', rule = 'exceptions', reason = 'x' }]",
            "policy.exceptions[0].rule is refused: 'exceptions' is not a rule of `[policy]`",
        ),
        (
            "exceptions = [{ model = 'a', rule = 'formats' }]",
            "policy.exceptions[0].reason is missing",
        ),
    ],
)
def test_a_policy_is_refused_with_the_dotted_key(text: str, message: str) -> None:
    with pytest.raises(TableError) as caught:
        read(text)

    assert str(caught.value).startswith(message)
