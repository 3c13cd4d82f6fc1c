"""What a page is made of, where that is much: each field is a name of the page's template."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import ClassVar

from .diagnostic import DiagnosticView
from .phrases import Phrase
from .problems import Explanation
from .verdicts import VerdictView
from .withdrawals import Successor


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one template takes, but for what all pages take (``docs/words.md``)."""

    template: ClassVar[str]

    def context(self) -> dict[str, object]:
        """Its fields by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """A request on the list of those of a browser.

    :param status: of the order, or ``ended``
    :param until: when it must be completed, or can be opened no more, in Unix seconds
    """

    id: str
    handle: str
    status: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPage(Page):
    """The form that opens an order.

    :param whose: ``agent`` or ``body``
    :param level: what to say of the employer: ``body`` or ``state``
    :param suffixes: of the mailboxes that are accepted
    :param yours: the requests of this browser
    :param body_name: what the organisation is called, as was typed
    :param field: at fault: ``handle``, ``email``, ``domain`` or ``body_name``
    :param shared: domain of the organisation whose shared mailbox was typed in the place of a person's
    """

    template: ClassVar[str] = "register.html"
    handle: str = ""
    email: str = ""
    whose: str = "agent"
    domain: str = ""
    body_name: str = ""
    level: str = "body"
    listed: bool = False
    suffixes: Sequence[str] = ()
    yours: Sequence[ListedOrder] = ()
    problem: Explanation | None = None
    field: str | None = None
    shared: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePage(Page):
    """Where a request is gone on with in another browser.

    :param email: as it was typed
    :param until: up to when the code that this browser asked for can be typed (Unix seconds); None: there is none
    :param minutes: for which the requests are shown
    :param found: each ``id handle domain since status``; None: no code was typed
    :param field: at fault: ``email`` or ``code``
    """

    template: ClassVar[str] = "resume.html"
    email: str = ""
    until: int | None = None
    tries_left: int = 0
    minutes: int
    found: Sequence[Mapping[str, object]] | None = None
    problem: Explanation | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticPage(Page):
    """Why a link is not green.

    :param handle: as it was typed, and `page`
    :param minutes: for which an answer is kept
    :param looked: ``at``: when other people's servers were asked; ``again``: when they can be anew (Unix seconds)
    :param link: the URL to paste
    :param ended: id of a page of ours that vouches no more
    :param field: at fault: ``handle`` or ``page``
    """

    template: ClassVar[str] = "diagnostic.html"
    handle: str = ""
    page: str = ""
    minutes: int
    view: DiagnosticView | None = None
    looked: Mapping[str, int] | None = None
    link: str | None = None
    ended: str | None = None
    problem: Explanation | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order.

    :param page: the URL to link to
    :param expires: RFC 3339
    :param account: status of the proof of that end, and `identity`
    """

    id: str
    status: str
    handle: str
    page: str
    expires: str
    account: str
    identity: str


@dataclass(frozen=True, slots=True)
class MailedCode:
    """How far the proof of a mailbox has come.

    :param waiting: whether a code may be typed, `until` when (Unix seconds)
    :param sends: mails that one order may ask for
    """

    waiting: bool
    until: int | None
    tries_left: int
    sends_left: int
    sends: int


@dataclass(frozen=True, slots=True)
class AwaitedRecord:
    """A DNS record that is not seen yet.

    :param why: what the last look saw
    :param looked: when that was, in Unix seconds; `again`: when the service looks by itself, None: within minutes
    :param unasked: whether it does so: the mailbox is proved
    """

    why: Phrase
    looked: int
    again: int | None
    unasked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage(Page):
    """An order, for its holder: its steps; what its attestation became; what its body may do.

    A *part* of the page is ``account``, ``mailbox``, ``domain``, ``site``, ``publish``, ``change``, ``children`` or
    ``instance``.

    :param again: path of a new request for the same account
    :param kept: until when this browser can open the page again, in Unix seconds

    :param valid: challenges that are proved
    :param told: challenge → what its holder needs to see of it
    :param sign_in: challenge → ``authorize``, the address of a sign-in under way
    :param provider: name of the OpenID provider; empty when there is none
    :param vouched_by: domain of the body above, whose word stands in the place of a DNS record
    :param preview: what readers would see
    :param why: why people examine it: a ``ReviewReason`` of ``registration.gates``

    :param failed: the part where something went wrong just now, and `problem`, what
    :param problems: part → what went wrong there
    :param wrong: challenges whose problem is told
    :param saw: what a look at the account saw
    :param saw_records: what stood in the DNS
    :param record_awaited: the one that is not seen yet
    :param typed: what was typed into the forms of the body
    :param done: part, or ``children_back`` and ``instance_back`` → what was done there: ``count examined``, ``host``,
        ``name count``, ``name``
    :param publish: ``name`` and ``value`` of the DNS record that an instance, or the body, needs

    :param reason: why it was not accepted
    :param attestation: its URL
    :param valid_until: until when it holds, RFC 3339
    :param ended: its verdict, once it no longer vouches
    :param successor: the attestation that took its place
    :param awaited: a DNS record that is not seen: ``domain name value since deadline``
    :param named: bodies below: each ``domain name named_at has_record examined accounts``
    :param running: instances taken: each ``host checked_at failing_since``
    """

    template: ClassVar[str] = "order.html"
    order: OrderState
    mailbox: str
    domain: str
    institution: bool
    listed: bool
    again: str
    kept: int

    valid: Collection[str] = ()
    told: Mapping[str, Mapping[str, str]]
    sign_in: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    provider: str = ""
    code: MailedCode
    vouched_by: str | None = None
    preview: VerdictView
    why: str | None = None

    failed: str | None = None
    problem: Explanation | None = None
    problems: Mapping[str, Explanation] = field(default_factory=dict)
    wrong: Collection[str] = ()
    saw: Sequence[Phrase] = ()
    saw_records: Sequence[str] = ()
    record_awaited: AwaitedRecord | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    done: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    publish: Mapping[str, str] | None = None

    reason: Phrase | None = None
    attestation: str | None = None
    valid_until: str | None = None
    ended: VerdictView | None = None
    successor: Successor | None = None
    awaited: object = None
    named: Sequence[object] = ()
    running: Sequence[object] = ()
