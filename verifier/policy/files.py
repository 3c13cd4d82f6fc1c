"""The files of a policy, read strictly: an unknown key, an empty name or a doubtful domain stops the start."""

import csv
import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ..core.attestation import is_label
from ..core.errors import BadInput, ConfigError
from ..core.identifiers import Host
from ..words import Lang
from ..words.problems import PROBLEMS
from .signoff import Editors

POLICY = "policy.toml"

# Codes that the pages have a sentence for; that of another body's mailbox names the body, which no class knows.
_REFUSALS = sorted(code for code in PROBLEMS if code.startswith("mailbox-") and code != "mailbox-other-body")

Decision = Literal["issue", "review", "refuse"]
Match = Literal["exact", "suffix"]


def _host(text: str) -> Host:
    try:
        return Host.parse(text)
    except BadInput as error:
        raise ValueError(error.code) from None


def _label(text: str) -> str:
    if not is_label(text):
        raise ValueError("not a name that an attestation may bear")
    return text


HostName = Annotated[Host, BeforeValidator(_host)]
Name = Annotated[str, Field(min_length=1)]
BodyName = Annotated[str, AfterValidator(_label)]
# Of the folder itself: what two people signed is what is read.
FileName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("no time zone of that name") from None
    return name


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", populate_by_name=True)


class MailboxClass(_Strict):
    """:param body: such a domain may be a public body's"""

    decision: Decision
    code: Name | None = None
    body: bool = False

    @model_validator(mode="after")
    def _code_tells_refusal(self) -> Self:
        if (self.decision == "refuse") != (self.code is not None):
            raise ValueError("a class has a code if and only if it is refused")
        if self.code is not None and self.code not in _REFUSALS:
            raise ValueError(f"no problem has the code {self.code}; known are {', '.join(_REFUSALS)}")
        return self


class Suffix(_Strict):
    """Names below `domain` are the State's: `class_` directly below it, `deeper` further down. Not `domain` itself."""

    domain: HostName
    class_: Name = Field(alias="class")
    deeper: Name
    source: Name


class ListFile(_Strict):
    file: FileName
    class_: Name = Field(alias="class")
    match: Match
    source: Name


class SharedFile(_Strict):
    file: FileName
    class_: Name = Field(alias="class")
    source: Name


class Tables(_Strict):
    domains: FileName
    bodies: FileName
    aliases: FileName
    providers: FileName | None = None


class Institutions(_Strict):
    """:param new_contact: for a body that has an account already, a request by somebody whom it has not sent yet"""

    new_contact: Literal["issue", "review"] = "review"


class Head(_Strict):
    """``policy.toml``.

    :param locale: the language of pages without a prefix
    :param timezone: in which people read times (IANA)
    """

    country: Name
    locale: Lang
    timezone: Annotated[str, AfterValidator(_zone)]
    editors: Editors = Field(default=(), strict=False)
    suffixes: tuple[Suffix, ...] = Field(strict=False)
    lists: tuple[ListFile, ...] = Field(strict=False)
    tables: Tables
    shared: SharedFile
    classes: dict[str, MailboxClass]
    populations: dict[Name, str] = Field(default_factory=dict)
    institutions: Institutions = Institutions()

    @model_validator(mode="after")
    def _classes_are_known(self) -> Self:
        named = {self.shared.class_, *(listed.class_ for listed in self.lists)}
        named |= {class_ for class_ in self.populations.values() if class_}
        named |= {class_ for suffix in self.suffixes for class_ in (suffix.class_, suffix.deeper)}
        if unknown := sorted(named - self.classes.keys()):
            raise ValueError(f"no such class: {', '.join(unknown)}")
        return self


class DomainRow(_Strict):
    domain: HostName
    match: Match
    class_: Name = Field(alias="class")
    source: Name


class BodyRow(_Strict):
    domain: HostName
    name: BodyName
    parent: Annotated[Host | None, BeforeValidator(lambda text: _host(text) if text else None)]


class AliasRow(_Strict):
    domain: HostName
    body: HostName


class ProviderRow(_Strict):
    idp: Name
    domain: HostName
    source: Name


Row = TypeVar("Row", bound=_Strict)


class Folder:
    """Reads each file once, and remembers the digest of all that it read.

    :param changed: texts that take the place of the files of that name
    """

    def __init__(self, path: Path, changed: Mapping[str, str]) -> None:
        self.path = path
        self.texts: dict[str, str] = {}
        self._changed = changed
        self._sha256 = hashlib.sha256()

    def head(self) -> Head:
        try:
            return Head.model_validate(tomllib.loads(self._text(POLICY)))
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise self._error(POLICY, 0, error) from None

    def domains(self, name: str) -> list[DomainRow]:
        return self._rows(name, DomainRow)

    def bodies(self, name: str) -> list[BodyRow]:
        return self._rows(name, BodyRow)

    def aliases(self, name: str) -> list[AliasRow]:
        return self._rows(name, AliasRow)

    def providers(self, name: str) -> list[ProviderRow]:
        return self._rows(name, ProviderRow)

    def hosts(self, name: str) -> list[Host]:
        hosts: list[Host] = []
        for number, line in self._numbered(name):
            try:
                hosts.append(Host.parse(line))
            except BadInput as error:
                raise self._error(name, number, error) from None
        return hosts

    def lines(self, name: str) -> list[str]:
        return [line for _, line in self._numbered(name)]

    def digest(self) -> str:
        """SHA-256 in hexadecimal."""
        return self._sha256.hexdigest()

    def _numbered(self, name: str) -> list[tuple[int, str]]:
        lines = enumerate(self._text(name).splitlines(), 1)
        return [(number, line) for number, line in lines if line and not line.startswith("#")]

    def _rows(self, name: str, model: type[Row]) -> list[Row]:
        lines = ("" if line.startswith("#") else line for line in self._text(name).splitlines())
        reader = csv.DictReader(lines, strict=True)
        rows: list[Row] = []
        try:
            for row in reader:
                if None in row or None in row.values():
                    raise self._error(name, reader.line_num, "not as many cells as the first line")
                rows.append(model.model_validate(row))
        except (csv.Error, ValidationError) as error:
            raise self._error(name, reader.line_num, error) from None
        return rows

    def _text(self, name: str) -> str:
        try:
            data = self._changed[name].encode() if name in self._changed else (self.path / name).read_bytes()
            text = data.decode()
        except OSError as error:
            if name == POLICY and isinstance(error, FileNotFoundError):
                raise ConfigError(
                    f"{self.path}: there is no {POLICY} in this folder, so it is no policy"
                    f" (--policy, VERIFIER_POLICY_DIR). To have one to start from: `verifier policy copy DIR`."
                ) from None
            raise self._error(name, 0, error.strerror) from None
        except UnicodeDecodeError as error:
            raise self._error(name, 0, error) from None
        self.texts[name] = text
        self._sha256.update(f"{name}\0{len(data)}\0".encode() + data)
        return text

    def _error(self, name: str, line: int, problem: object) -> ConfigError:
        place = f"{self.path / name}:{line}" if line else str(self.path / name)
        if isinstance(problem, ValidationError):
            problem = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in problem.errors())
        return ConfigError(f"{place}: {problem}. VERIFIER_POLICY_DIR must hold a policy: docs/mailbox-policy.md.")
