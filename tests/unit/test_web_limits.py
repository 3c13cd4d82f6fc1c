"""How often one client may ask, and who one client is (T63)."""

from collections import defaultdict
from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from verifier.core.clock import Clock
from verifier.core.errors import TooMany
from verifier.fetch import Limits
from verifier.web import limits
from verifier.web.limits import RATES, Limit, Limiter, Rate, SlidingWindow

FEW = {
    Limit.ORDERS: Rate(2, 3600),
    Limit.TARGETS: Rate(5, 60),
    Limit.TARGETS_BY_ONE: Rate(2, 60),
    Limit.ANSWERS_AT_ONCE: Rate(2),
}


class Timer:
    at = 1_000

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at)


def limiter(timer: Timer | None = None, *, enabled: bool = True, proxies: str = "") -> Limiter:
    networks = tuple(map(ip_network, proxies.split()))
    return Limiter(enabled=enabled, trusted_networks=networks, clock=(timer or Timer()).clock, rates=FEW)


def network(limiter: Limiter, *lines: str, remote: str = "192.0.2.1") -> str:
    headers = CIMultiDict([("X-Forwarded-For", line) for line in lines])
    return limiter.network(make_mocked_request("GET", "/", headers=headers).clone(remote=remote))


@pytest.mark.parametrize(
    ("proxies", "lines", "expected"),
    (
        ("", (), "192.0.2.1"),
        ("", ("198.51.100.7",), "192.0.2.1"),
        ("10.0.0.0/8", ("198.51.100.7",), "192.0.2.1"),
        ("192.0.2.0/24", (), "192.0.2.1"),
        ("192.0.2.0/24", ("198.51.100.7",), "198.51.100.7"),
        ("192.0.2.0/24", ("203.0.113.9, 198.51.100.7",), "198.51.100.7"),
        ("192.0.2.0/24", ("203.0.113.9, 198.51.100.7, 192.0.2.2",), "198.51.100.7"),
        ("192.0.2.0/24 10.0.0.0/8", ("203.0.113.9, 198.51.100.7, 10.1.2.3, 192.0.2.2",), "198.51.100.7"),
        ("192.0.2.0/24", ("192.0.2.9, 192.0.2.2",), "192.0.2.9"),
        ("192.0.2.0/24", ("203.0.113.9", "198.51.100.7"), "198.51.100.7"),
        ("192.0.2.0/24", ("203.0.113.9", "198.51.100.7", "192.0.2.2"), "198.51.100.7"),
        ("192.0.2.0/24", ("evil",), "unknown"),
        ("192.0.2.0/24", ("198.51.100.7:1234",), "unknown"),
        ("192.0.2.0/24", (" , ",), "192.0.2.1"),
        ("192.0.2.0/24", ("2001:db8:1:2:3:4:5:6",), "2001:db8:1:2::/64"),
        ("192.0.2.0/24", ("2001:db8:1:2::1",), "2001:db8:1:2::/64"),
        ("192.0.2.0/24", ("::ffff:198.51.100.7",), "198.51.100.7"),
        ("192.0.2.0/24", ("198.51.100.7, ::ffff:192.0.2.3",), "198.51.100.7"),
    ),
)
def test_t64_what_a_client_writes_of_itself_is_not_believed(
    proxies: str, lines: tuple[str, ...], expected: str
) -> None:
    assert network(limiter(proxies=proxies), *lines) == expected


def test_t63_a_proxy_that_a_socket_of_both_names_is_known() -> None:
    assert network(limiter(proxies="192.0.2.0/24"), "198.51.100.7", remote="::ffff:192.0.2.1") == "198.51.100.7"


def test_every_limit_has_its_number() -> None:
    assert {str(limit): (rate.amount, rate.seconds) for limit, rate in RATES.items()} == {
        "orders": (20, 3600),
        "answers": (30, 60),
        "checks": (30, 60),
        "appraisals": (60, 60),
        "batches": (60, 60),
        "mails": (10, 3600),
        "mails-by-one": (4, 3600),
        "mail-domains": (1000, 3600),
        "targets": (20, 60),
        "targets-by-one": (8, 60),
        "takings": (10, 60),
        "takings-by-one": (4, 60),
        "publications": (10, 60),
        "lookups": (3000, 3600),
        "connections": (2000, 0),
        "reads-at-once": (1000, 0),
        "writes-at-once": (250, 0),
        "answers-at-once": (4, 0),
        "checks-at-once": (32, 0),
        "checks-at-once-by-one": (4, 0),
    }
    assert RATES.keys() == set(Limit)


uses = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9)), max_size=60)


@given(uses, st.integers(1, 5), st.integers(1, 12))
def test_a_window_slides(steps: list[tuple[str, int]], amount: int, seconds: int) -> None:
    """Against the definition: a use has room iff fewer than `amount` of that key lie in the `seconds` before."""
    window = SlidingWindow(Rate(amount, seconds))
    past: dict[str, list[int]] = defaultdict(list)
    now = 1_000
    for key, pause in steps:
        now += pause
        within = [at for at in past[key] if at > now - seconds]
        wait = window.use(key, now)
        assert wait == (0 if len(within) < amount else within[-amount] + seconds - now)
        if not wait:
            past[key].append(now)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=200))
def test_t63_invented_clients_fill_no_memory(steps: list[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "_KEYS", 10)
        window, now = SlidingWindow(Rate(3, 20)), 0
        for key, pause in steps:
            now += pause
            window.use(str(key), now)
            assert len(window._times) <= 10
            assert all(0 < len(times) <= 3 for times in window._times.values())


def test_t63_who_invents_clients_pushes_out_nobody_who_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_KEYS", 10)
    window = SlidingWindow(Rate(1, 60))
    assert window.use("greedy", 0) == 0
    for number in range(100):
        assert window.use(str(number), 0) == 0
        assert window.use("greedy", 0) == 60
    assert len(window._times) == 10


def test_t63_what_is_over_is_forgotten() -> None:
    window = SlidingWindow(Rate(1, 60))
    for number in range(1_000):
        window.use(str(number), number)
    assert len(window._times) == 60


def test_a_limit_by_client() -> None:
    timer = Timer()
    one = limiter(timer)
    request = make_mocked_request("GET", "/").clone(remote="192.0.2.1")
    one.client(request, Limit.ORDERS)
    timer.at += 600
    one.client(request, Limit.ORDERS)
    one.client(request.clone(remote="192.0.2.2"), Limit.ORDERS)
    timer.at += 600
    with pytest.raises(TooMany) as over:
        one.client(request, Limit.ORDERS)
    assert (over.value.code, over.value.retry_after) == ("rate-limited", 2_400)
    timer.at += 2_400
    one.client(request, Limit.ORDERS)


def test_a_limit_by_key() -> None:
    one = limiter()
    for _ in range(2):
        one.count(Limit.ORDERS, "a")
    one.count(Limit.ORDERS, "b")
    with pytest.raises(TooMany) as over:
        one.count(Limit.ORDERS, "a")
    assert (over.value.code, over.value.retry_after) == ("rate-limited", 3_600)


def test_t09_one_client_uses_up_its_own_share_alone() -> None:
    one = limiter()
    for _ in range(2):
        one.share(Limit.TARGETS, "greedy", "a")
    for _ in range(20):
        with pytest.raises(TooMany):
            one.share(Limit.TARGETS, "greedy", "a")
    for client in ("other", "other", "third"):
        one.share(Limit.TARGETS, client, "a")
    with pytest.raises(TooMany):
        one.share(Limit.TARGETS, "fourth", "a")
    one.share(Limit.TARGETS, "greedy", "b")


def test_t63_a_share_and_the_whole_end_in_the_same_words() -> None:
    one, refusals = limiter(), []
    for client in "aaabbc":
        try:
            one.share(Limit.TARGETS, client, "host")
        except TooMany as error:
            refusals.append((client, str(error)))
    with pytest.raises(TooMany) as over:
        one.share(Limit.TARGETS, "d", "host")
    assert refusals == [("a", str(over.value))]
    assert over.value.retry_after == 60


def test_t27_so_many_at_once() -> None:
    one, limit = limiter(), Limit.ANSWERS_AT_ONCE
    with one.at_once(limit, "a"), one.at_once(limit, "b"):
        with one.at_once(limit, "a"), pytest.raises(TooMany), one.at_once(limit, "a"):
            pytest.fail("one too many")
        with one.at_once(limit, "a"):
            pass
    assert not one._running


def test_t27_checks_leave_half_of_the_pool_to_those_who_register() -> None:
    assert Limits().pool >= 2 * RATES[Limit.CHECKS_AT_ONCE].amount


def test_no_limit_in_the_sandbox_that_says_so() -> None:
    one = limiter(enabled=False)
    for _ in range(10):
        one.count(Limit.ORDERS, "a")
        one.share(Limit.TARGETS, "a", "b")
    with one.at_once(Limit.ANSWERS_AT_ONCE), one.at_once(Limit.ANSWERS_AT_ONCE), one.at_once(Limit.ANSWERS_AT_ONCE):
        pass
