"""Which mailboxes and domains this deployment accepts, and what each proves.

A policy is a folder of data (``docs/mailbox-policy.md``); no country is named here. Names are compared label by label,
from the whole name up: the longest one listed decides (T02, T03).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from ..core.errors import ConfigError, Refused, located
from ..core.identifiers import Host, MailAddress
from ..publication.skeletons import skeleton
from ..publication.tables import ARTICLES
from ..words import Lang, names_of_state
from . import signoff as policy_signoff
from .files import Decision, Folder, Head, MailboxClass, Match, Suffix
from .signoff import Editor, SignedStatement

_BORDER = re.compile(r"[\W_]+")
_UNKNOWN = MailboxClass(decision="refuse", code="mailbox-domain-unknown")
PACKAGED = Path(__file__).parent / "policies" / "fr"


@dataclass(frozen=True, slots=True)
class Body:
    """A public body: its domain, its name (the domain again when the policy knows none) and the body above it."""

    domain: Host
    name: str
    parent: Host | None = None

    @property
    def is_named(self) -> bool:
        return self.name != str(self.domain)


@dataclass(frozen=True, slots=True)
class MailboxRuling:
    """What a mailbox proves, and why.

    :param class_: the class of the policy; ``unknown`` when no rule names the domain
    :param rule: the line that decided; it is kept with the proof
    :param source: where that line comes from
    :param code: the problem (``mailbox-…``, value ``domain``) iff refused
    :param body: the body that its holder belongs to
    :param function: the word by which its local part is a function's, if that decided
    """

    decision: Decision
    class_: str
    rule: str
    source: str
    code: str | None
    body: Body
    function: str | None = None


@dataclass(frozen=True, slots=True)
class InstitutionRuling:
    """What a domain and the mailbox of its contact prove together: the stricter of the two decisions.

    :param class_: of the mailbox; `rule` and `source` too
    """

    decision: Literal["issue", "review"]
    class_: str
    rule: str
    source: str
    body: Body


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the policy: the class of one name, and of the names below it when `match` is ``suffix``."""

    class_: str
    match: Match
    line: str
    source: str


_NO_RULE = Rule("unknown", "exact", "no rule", "")


@dataclass(frozen=True, slots=True)
class Policy:
    """What this deployment accepts, and the source of each rule.

    :param version: changes with any byte of the data; kept with each proof
    :param digest: SHA-256 of the data, which two editors sign
    :param locale: the language of pages without a prefix; `timezone`: in which people read times
    :param signoffs: the signed changes, the first one first; empty for a folder without editors
    :param providers: the mail domains that a sign-in provider (its ``idp_id``) may speak for (T14)
    :param new_contact: ``issue`` or ``review``: a contact's first request, for a body that has other contacts
    :param populations: ``belonging_population`` → class; an empty text leaves the mailbox its own (T15)
    """

    version: str
    digest: str
    country: str
    locale: Lang
    timezone: str
    editors: tuple[Editor, ...]
    signoffs: tuple[SignedStatement, ...]
    classes: Mapping[str, MailboxClass]
    rules: Mapping[Host, Rule]
    suffixes: Mapping[Host, Suffix]
    shared_words: frozenset[str]
    shared: Rule
    bodies: Mapping[Host, Body]
    aliases: Mapping[Host, Host]
    providers: Mapping[str, frozenset[Host]]
    populations: Mapping[str, str]
    new_contact: Decision

    def mailbox(self, address: MailAddress) -> MailboxRuling:
        """What this mailbox proves of its holder."""
        rule = self._rule(address.domain)
        if rule is None:
            return self._ruling(_NO_RULE, address.domain)
        if self.classes[rule.class_].decision == "issue" and (word := self._shared_word(address)):
            rule = Rule(self.shared.class_, "exact", f"{self.shared.line}: {word}", self.shared.source)
            return replace(self._ruling(rule, address.domain), function=word)
        return self._ruling(rule, address.domain)

    def mail_domain(self, domain: Host) -> MailboxRuling:
        """What a mailbox there proves, whatever its local part, which may be a function's or a person's."""
        return self._ruling(self._rule(domain) or _NO_RULE, domain)

    def institution(self, domain: Host, mailbox: MailAddress) -> InstitutionRuling:
        """What the owner of `domain` may ask for through the holder of `mailbox`, which may be a function's mailbox.

        :raises Refused: ``domain-not-accepted``, ``domain-www``, ``mailbox-other-body``, or as for a person of that
            domain: a free provider's mailbox is never an official contact (T12)
        """
        return self.acts_for(domain, mailbox.domain)

    def acts_for(self, domain: Host, mail_domain: Host) -> InstitutionRuling:
        """The same, by the domain of the mailbox.

        A class whose domains may be a body's, and that is refused to persons (soldiers, universities), is open to the
        body itself: its own DNS speaks for it, and two people examine the request.

        :raises Refused: as :meth:`institution`
        """
        with located("/identity/domain"):
            body = self.body_domain(domain)
        ruling = self.mail_domain(mail_domain)
        may_be_a_body = ruling.class_ in self.classes and self.classes[ruling.class_].body
        if ruling.code is not None and not may_be_a_body:
            raise Refused(ruling.code, pointer="/identity/email", domain=str(mail_domain))
        if ruling.body.domain != body.domain:
            if str(body.domain) == f"www.{ruling.body.domain}":
                raise Refused("domain-www", pointer="/identity/domain", domain=str(ruling.body.domain))
            values = {"domain": str(mail_domain), "body": str(body.domain)}
            raise Refused("mailbox-other-body", pointer="/identity/email", **values)
        at_once = ruling.decision == self.mail_domain(domain).decision == "issue"
        return InstitutionRuling("issue" if at_once else "review", ruling.class_, ruling.rule, ruling.source, body)

    def body_domain(self, host: Host) -> Body:
        """The body that owns exactly this name, if it may be one.

        :raises Refused: ``domain-not-accepted``
        """
        rule = self._rule(host)
        if rule is None or not self.classes[rule.class_].body:
            raise Refused("domain-not-accepted", domain=str(host))
        return self._body_of(host)

    def body(self, domain: Host) -> Body:
        """The body whose people have mailboxes at `domain`: another than its owner only by an alias."""
        return self._body_of(self.aliases.get(domain, domain))

    def check_name(self, domain: Host, name: str) -> None:
        """Somebody says that the body of `domain` has that name.

        :raises Refused: ``name-taken``: the State bears it, or a body of another domain that this policy names
        """
        others = {each.name for each in self.bodies.values() if each.domain != domain}
        if _as_read(name) in map(_as_read, names_of_state() | others):
            raise Refused("name-taken", name=name)

    def has_mailboxes(self, host: Host) -> bool:
        """Whether the policy knows mailboxes under that name."""
        return self._rule(host) is not None

    def _ruling(self, rule: Rule, domain: Host) -> MailboxRuling:
        class_ = self.classes.get(rule.class_, _UNKNOWN)
        return MailboxRuling(class_.decision, rule.class_, rule.line, rule.source, class_.code, self.body(domain))

    def _body_of(self, domain: Host) -> Body:
        return self.bodies.get(domain) or Body(domain, str(domain))

    def _rule(self, host: Host) -> Rule | None:
        for depth, name in enumerate(host.ancestry):
            rule = self.rules.get(name)
            if rule is not None and (depth == 0 or rule.match == "suffix"):
                return rule
            suffix = self.suffixes.get(name)
            if suffix is not None and depth > 0:
                class_ = suffix.class_ if depth == 1 else suffix.deeper
                return Rule(class_, "suffix", f"suffix {name}", suffix.source)
        return None

    def _shared_word(self, address: MailAddress) -> str | None:
        local = address.local.partition("+")[0]
        words = local.replace("_", ".").replace("-", ".").split(".")
        return next((word for word in (local, *words) if word in self.shared_words), None)


def load(directory: Path | None = None, *, providers: Mapping[str, frozenset[Host]] | None = None) -> Policy:
    """The policy in `directory`, or the one that comes with the package.

    :param providers: added to those of the folder: the toys of a sandbox
    :raises ConfigError: a file is missing, malformed, or contradicts another; or its editors did not agree to it
    """
    folder = directory or PACKAGED
    policy, _ = read(folder, {})
    policy_signoff.check(folder, policy.signoffs, policy.editors, policy.digest)
    return replace(policy, providers={**policy.providers, **(providers or {})})


def read(directory: Path, changed: Mapping[str, str]) -> tuple[Policy, Mapping[str, str]]:
    """The policy with those texts in the place of the files of that name, and all its texts. No sign-off is checked.

    :raises ConfigError: a file is missing, malformed, or contradicts another
    """
    folder = Folder(directory, changed)
    head = folder.head()
    bodies = _bodies(folder, head)
    aliases = {row.domain: row.body for row in folder.aliases(head.tables.aliases)}
    if stray := next((body for body in aliases.values() if body not in bodies), None):
        raise ConfigError(f"{folder.path / head.tables.aliases}: {stray} is not in {head.tables.bodies}.")
    providers: dict[str, frozenset[Host]] = {}
    for row in folder.providers(head.tables.providers) if head.tables.providers else ():
        providers[row.idp] = providers.get(row.idp, frozenset()) | {row.domain}
    policy = Policy(
        rules=_rules(folder, head),
        shared_words=frozenset(folder.lines(head.shared.file)),
        digest=folder.digest(),  # after every file is read
        version=f"{head.country}-{folder.digest()[:16]}",
        country=head.country,
        locale=head.locale,
        timezone=head.timezone,
        editors=head.editors,
        signoffs=policy_signoff.history(directory),
        classes=head.classes,
        suffixes={suffix.domain: suffix for suffix in head.suffixes},
        shared=Rule(head.shared.class_, "exact", head.shared.file, head.shared.source),
        bodies=bodies,
        aliases=aliases,
        providers=providers,
        populations=head.populations,
        new_contact=head.institutions.new_contact,
    )
    return policy, folder.texts


def _rules(folder: Folder, head: Head) -> dict[Host, Rule]:
    rules: dict[Host, Rule] = {}

    def add(domain: Host, match: Match, class_: str, file: str, source: str) -> None:
        if domain in rules or class_ not in head.classes:
            problem = f"is already in {rules[domain].line}" if domain in rules else f"has no known class: {class_}"
            raise ConfigError(f"{folder.path / file}: {domain} {problem}.")
        rules[domain] = Rule(class_, match, f"{file}: {domain} ({match})", source)

    for row in folder.domains(head.tables.domains):
        add(row.domain, row.match, row.class_, head.tables.domains, row.source)
    for listed in head.lists:
        for domain in folder.hosts(listed.file):
            add(domain, listed.match, listed.class_, listed.file, listed.source)
    return rules


def _bodies(folder: Folder, head: Head) -> dict[Host, Body]:
    rows = folder.bodies(head.tables.bodies)
    bodies = {row.domain: Body(row.domain, row.name, row.parent) for row in rows}
    for row in rows:
        if row.parent is not None and row.parent not in bodies:
            raise ConfigError(f"{folder.path / head.tables.bodies}: the parent {row.parent} is not listed itself.")
    if len(bodies) != len(rows):
        raise ConfigError(f"{folder.path / head.tables.bodies}: a domain is listed twice.")
    return bodies


@lru_cache(4096)
def _as_read(name: str) -> str:
    """Its letters as the eye takes them, without article: what only looks like another's name is that name (T60)."""
    words = [word for word in _BORDER.split(unicodedata.normalize("NFKC", name).casefold()) if word]
    while len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    return skeleton("".join(words))
