"""How often one client may ask, and who one client is (T63)."""

import pytest
from aiohttp.test_utils import make_mocked_request
from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from verifier.core.errors import TooMany
from verifier.fetch import Limits
from verifier.web import limits
from verifier.web.limits import CHECKS_AT_ONCE, Limiter, Shared

TWICE = RateLimitItemPerHour(2, 1, "test")
FIVE = Shared(RateLimitItemPerMinute(5, 1, "all"), RateLimitItemPerMinute(2, 1, "one"))


def network(limiter: Limiter, forwarded: str | None = None, remote: str = "192.0.2.1") -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return limiter.network(make_mocked_request("GET", "/", headers=headers).clone(remote=remote))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    (
        (0, None, "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 192.0.2.2", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "evil", "unknown"),
        (1, "198.51.100.7:1234", "unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "2001:db8:1:2::1", "2001:db8:1:2::/64"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
    ),
)
def test_what_a_client_writes_of_itself_is_not_believed(proxies: int, forwarded: str | None, expected: str) -> None:
    assert network(Limiter.make(enabled=True, trusted_proxies=proxies), forwarded) == expected


def test_a_limit_by_key() -> None:
    limiter = Limiter.make(enabled=True, trusted_proxies=0)
    for _ in range(2):
        limiter.count(TWICE, "a")
    limiter.count(TWICE, "b")
    with pytest.raises(TooMany) as over:
        limiter.count(TWICE, "a")
    assert over.value.code == "rate-limited"
    assert over.value.retry_after > 0


def test_t09_one_client_uses_up_its_own_share_alone() -> None:
    limiter = Limiter.make(enabled=True, trusted_proxies=0)
    for _ in range(2):
        limiter.share(FIVE, "greedy", "a")
    for _ in range(20):
        with pytest.raises(TooMany):
            limiter.share(FIVE, "greedy", "a")
    for client in ("other", "other", "third"):
        limiter.share(FIVE, client, "a")
    with pytest.raises(TooMany):
        limiter.share(FIVE, "fourth", "a")
    limiter.share(FIVE, "greedy", "b")


def test_t63_a_share_and_the_whole_end_in_the_same_words() -> None:
    limiter = Limiter.make(enabled=True, trusted_proxies=0)
    told = []
    for client in "aaabbc":
        try:
            limiter.share(FIVE, client, "host")
        except TooMany as error:
            told.append((client, str(error)))
    with pytest.raises(TooMany) as over:
        limiter.share(FIVE, "d", "host")
    assert told == [("a", str(over.value))]
    assert over.value.retry_after == 60


def test_t27_so_many_at_once() -> None:
    limiter = Limiter.make(enabled=True, trusted_proxies=0)
    with limiter.at_once(2, "a"), limiter.at_once(2, "b"):
        with limiter.at_once(2, "a"), pytest.raises(TooMany), limiter.at_once(2, "a"):
            pytest.fail("one too many")
        with limiter.at_once(2, "a"):
            pass
    assert not limiter._running


def test_t27_checks_leave_half_of_the_pool_to_those_who_register() -> None:
    assert Limits().pool >= 2 * CHECKS_AT_ONCE


def test_t63_invented_clients_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_KEYS", 100)
    limiter = Limiter.make(enabled=True, trusted_proxies=0)
    for n in range(1000):
        limiter.count(TWICE, str(n))
        assert len(limiter._storage.storage) <= 100


def test_no_limit_in_the_sandbox_that_says_so() -> None:
    limiter = Limiter.make(enabled=False, trusted_proxies=0)
    for _ in range(10):
        limiter.count(TWICE, "a")
        limiter.share(FIVE, "a", "b")
    with limiter.at_once(1, "a"), limiter.at_once(1, "a"):
        pass
