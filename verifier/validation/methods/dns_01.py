"""``dns-01``: the domain names this service, and the token of its body, at ``_official-account.DOMAIN`` (T38, T40).

One record for all the accounts of a body, which stays: it is looked at again and again.
"""

from collections.abc import Mapping

from ...core.identifiers import Host
from ...core.models import End, IdentityType, Record, State, Subject
from ...core.strict_json import Json
from ..domains.body_record import check_record, record_of
from ..method import ONE_VIEW, Declaration, Method, Need, OtherViews, Part, Recheck
from ..tools import Tools


class Dns01(Method):
    """A TXT record of the body's domain. State: ``name``, ``value``, what to publish."""

    __slots__ = ()
    declaration = Declaration(
        name="dns-01",
        end=End.IDENTITY,
        rank=10,
        recheck=Recheck.BODY_RECORD,
        offered={IdentityType.INSTITUTION: Need.ALL_OF},
        part=Part.DOMAIN,
        actions={"domain": ()},
        of_body=True,
        public=True,
    )

    def initial_state(self, subject: Subject, /) -> State:
        name, value = record_of(*_body(subject), self.context.site.authority)
        return {"name": name, "value": value}

    def instructions(self, state: State, /) -> Mapping[str, str]:
        return {name: state[name] for name in ("name", "value") if name in state}

    async def check(
        self,
        subject: Subject,
        _state: State,
        _answer: Mapping[str, Json],
        tools: Tools,
        _others: OtherViews = ONE_VIEW,
        /,
    ) -> tuple[Record, State]:
        """Read the records of the domain, validated from the root of the DNS down."""
        record = await check_body(*_body(subject), self.context.site.authority, tools)
        # The body's token may be another one since the order was opened: the page shows the one that was looked for.
        return record, self.initial_state(subject)


async def check_body(domain: Host, token: str, authority: str, tools: Tools) -> Record:
    """The record of a body's domain as it is now."""
    evidence, problem = await check_record(domain, token, authority, tools)
    return Record.of(Dns01.declaration.name, End.IDENTITY, tools.clock.now(), problem, evidence)


def _body(subject: Subject) -> tuple[Host, str]:
    if subject.domain is None or subject.body_token is None:
        raise ValueError("dns-01 needs a domain and its token")
    return subject.domain, subject.body_token
