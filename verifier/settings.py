"""One frozen model of everything that an operator may set; only ``cli`` and ``app`` import it."""

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from .core.clock import HOUR
from .core.errors import BadInput, ConfigError
from .core.identifiers import Host, HttpsUrl, MailAddress
from .storage import folder_of
from .validation.sign_in.openid_provider import trial_label
from .web.counts import Rate
from .web.limits import MINUTE, RATES, Limit, Network

_ORIGIN = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")


def state_folder() -> Path:
    """Where this user's programs keep what they must not lose (XDG base directories), never a checkout."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "verifier"


_PER = {HOUR: "in an hour", MINUTE: "in a minute", 0: "at the same time"}


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _limit(limit: Limit, what: str) -> Any:  # noqa: ANN401 - as pydantic's Field
    rate = RATES[limit]
    return Field(default=rate.amount, ge=1, description=f"{what}, {_PER[rate.seconds]}.")


class ViewSettings(BaseModel):
    """Another place of the network; what is left out is as for this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    egress_proxy: str = Field(default="", repr=False)
    dns_servers: Annotated[tuple[str, ...], Field(strict=False)] = ()
    user_agent: str = Field(default="", max_length=200)


class Settings(BaseSettings):
    """Environment variables ``VERIFIER_*``, or a TOML file named by ``VERIFIER_CONFIG``; the environment wins."""

    model_config = SettingsConfigDict(env_prefix="VERIFIER_", frozen=True, extra="forbid")

    sandbox: bool = Field(default=False, description="A trial on this machine: loopback only, sandbox keys.")
    base_url: str = Field(default="", description="Public origin, https://host. In the sandbox: http://HOST:PORT.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(
        default=1, ge=1, le=64, description="Processes that answer on the port: as many as the machine has cores."
    )
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Private port of `/metrics`, for Prometheus; 0: no such port."
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address of the private port: never a public one.")
    database_url: str = Field(
        default_factory=lambda: f"sqlite:///{state_folder() / 'verifier.sqlite3'}",
        repr=False,
        description="sqlite:///PATH (four slashes for an absolute path), or postgresql://USER@HOST:PORT/DATABASE.",
    )
    answers_mb: int = Field(
        default=256, ge=0, description="Memory of each process for answers to lookups, in MB; 0: each is read anew."
    )
    keys_dir: Path | None = Field(
        default=None, description="Folder of registry.json and of generated keys; by default that of the SQLite file."
    )
    trust_anchor: Path | None = Field(
        default=None, description="The pinned offline root, which vouches for the keys; by default KEYS_DIR/root.json."
    )
    signer: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Issuing keys, separated by blanks: file:PATH or "
        "pkcs11:token=T;object=O?module-path=PATH&pin-source=file:PATH. Of each algorithm, the newest that may signs; "
        "a P-256 key adds a third proof. By default the files of KEYS_DIR.",
    )
    signer_status: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Not used any more: the issuing keys sign the status lists. Still read, for settings from before.",
    )
    smtp_url: str = Field(
        default="", repr=False, description="Mail relay: smtp://[user:password@]host:port or smtps://…"
    )
    mail_from: str = Field(default="", description="Sender of the service's mails.")
    alerts_to: str = Field(
        default="", description="Mailbox where the operator reads alerts; without one, they are in the log alone."
    )
    dns_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Resolver addresses, separated by commas; by default the system's."
    )
    dns_trust_anchor: Path | None = Field(
        default=None,
        description="File of the DS or DNSKEY records that DNSSEC starts from; by default IANA's root keys.",
    )
    rdap_bootstrap: str = Field(
        default="https://data.iana.org/rdap/dns.json",
        description="IANA's list of the registries that say when a domain was registered (RDAP, RFC 9224). Empty, as in"
        " the sandbox: they are not asked.",
    )
    egress_proxy: str = Field(default="", repr=False, description="http://host:port that outgoing HTTPS goes through.")
    views: tuple[ViewSettings, ...] = Field(
        default=(),
        description="More places of the network to check from. JSON: "
        '[{"name": "paris", "egress_proxy": "http://…", "dns_servers": ["…"], "user_agent": "…"}].',
    )
    quorum: int = Field(
        default=0, ge=0, description="How many views must see the same, this machine's own counted. 0: all of them."
    )
    policy_dir: Path | None = Field(
        default=None, description="Folder of the mailbox policy; by default the packaged one."
    )
    host_overrides: dict[str, str] = Field(
        default_factory=dict, description='Sandbox only. JSON: {"social.example": "http://127.0.0.1:9001"}.'
    )
    rate_limits: bool = Field(default=True, description="off is accepted in the sandbox only.")
    oidc_issuer: str = Field(
        default="", description="OpenID provider that agents sign in at (oidc-01): its issuer. Empty: not offered."
    )
    oidc_client_id: str = Field(default="", description="What that provider knows this service by.")
    oidc_client_secret: str = Field(default="", repr=False, description="The secret that goes with it.")
    oidc_client_secret_file: Path | None = Field(default=None, description="A file that holds it, in its place.")
    oidc_acr: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("eidas1", "eidas2", "eidas3"),
        description="Levels of assurance (acr) accepted of that provider, separated by blanks, the preferred first.",
    )
    oidc_scope: str = Field(
        default="openid email idp_id belonging_population", description="What that provider is asked for."
    )
    oidc_name: str = Field(default="ProConnect", description="The provider's name on the button.")
    oidc_plain_userinfo: bool = Field(
        default=False, description="Take userinfo that the provider does not sign, over TLS alone."
    )
    trusted_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Networks of the reverse proxies in front, separated by commas: 127.0.0.1/32,fd00::/64. Their"
        " X-Forwarded-For says who the client is.",
    )
    limit_orders: int = _limit(Limit.ORDERS, "Requests for an attestation, and new instances, of one client")
    limit_answers: int = _limit(Limit.ANSWERS, "Other acts on a request, of one client")
    limit_checks: int = _limit(Limit.CHECKS, "Public checks of one client")
    limit_appraisals: int = _limit(Limit.APPRAISALS, "Documents that one client has appraised")
    limit_batches: int = _limit(Limit.BATCHES, "Lookups of many handles at once, of one client")
    limit_mails: int = _limit(Limit.MAILS, "Codes to one mailbox")
    limit_mails_by_one: int = _limit(Limit.MAILS_BY_ONE, "Codes to one mailbox, of one client")
    limit_mail_domains: int = _limit(Limit.MAIL_DOMAINS, "Codes to all mailboxes of one registered domain")
    limit_targets: int = _limit(Limit.TARGETS, "Requests to one host for public checks")
    limit_targets_by_one: int = _limit(Limit.TARGETS_BY_ONE, "Requests to one host for public checks of one client")
    limit_takings: int = _limit(Limit.TAKINGS, "Declarations of one instance")
    limit_takings_by_one: int = _limit(Limit.TAKINGS_BY_ONE, "Declarations of one instance, of one client")
    limit_publications: int = _limit(Limit.PUBLICATIONS, "Requests to publish one order")
    limit_lookups: int = _limit(Limit.LOOKUPS, "Different handles and URLs that one client looks up")
    limit_connections: int = _limit(Limit.CONNECTIONS, "Connections of all clients")
    limit_reads_at_once: int = _limit(Limit.READS_AT_ONCE, "Requests of all clients under way that change nothing")
    limit_writes_at_once: int = _limit(Limit.WRITES_AT_ONCE, "Requests of all clients under way that change something")
    limit_answers_at_once: int = _limit(
        Limit.ANSWERS_AT_ONCE, "Answers to challenges and requests to publish, of one client"
    )
    limit_checks_at_once: int = _limit(Limit.CHECKS_AT_ONCE, "Public checks of all, which make one of 64 requests each")
    limit_checks_at_once_by_one: int = _limit(Limit.CHECKS_AT_ONCE_BY_ONE, "Public checks of one client")

    @property
    def rates(self) -> dict[Limit, Rate]:
        """The limits, as set."""
        return {
            limit: replace(rate, amount=getattr(self, f"limit_{limit.replace('-', '_')}"))
            for limit, rate in RATES.items()
        }

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the hook's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = os.environ.get("VERIFIER_CONFIG")
        if not file:
            return init_settings, env_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=Path(file))

    @model_validator(mode="before")
    @classmethod
    def _sandbox_defaults(cls, data: dict[str, Any]) -> dict[str, Any]:
        return with_defaults(data)

    @field_validator("dns_servers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _parts(value) if isinstance(value, str) else value

    @field_validator("trusted_networks", mode="before")
    @classmethod
    def _are_networks(cls, value: str | Sequence[object]) -> tuple[Network, ...]:
        try:
            networks = tuple(
                ipaddress.ip_network(str(part)) for part in (_parts(value) if isinstance(value, str) else value)
            )
        except ValueError as error:
            raise ValueError(f"VERIFIER_TRUSTED_NETWORKS: write networks such as 10.1.0.0/16 ({error}).") from None
        if not all(network.prefixlen for network in networks):
            raise ValueError("VERIFIER_TRUSTED_NETWORKS: name those of your proxies; who trusts all believes anybody.")
        return networks

    @field_validator("oidc_acr", mode="before")
    @classmethod
    def _split_levels(cls, value: object) -> object:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str) -> str:
        try:
            if value and HttpsUrl.parse(value).query:
                raise BadInput("url-malformed")
        except BadInput:
            raise ValueError("VERIFIER_OIDC_ISSUER: write it as in its tokens: https://host/path.") from None
        return value

    @field_validator("rdap_bootstrap")
    @classmethod
    def _is_https(cls, value: str) -> str:
        try:
            return str(HttpsUrl.parse(value)) if value else value
        except BadInput:
            raise ValueError("VERIFIER_RDAP_BOOTSTRAP: write it as https://host/path, or leave it empty.") from None

    @field_validator("signer", "signer_status", mode="before")
    @classmethod
    def _split_signers(cls, value: object) -> object:
        if "pin-value" in str(value):
            raise ValueError("VERIFIER_SIGNER: no pin-value; name the file of the PIN: pin-source=file:PATH.")
        return tuple(value.split()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _has_a_folder(self) -> Self:
        try:
            folder = folder_of(self.database_url)
        except ConfigError as error:
            raise ValueError(error.sentence) from None
        if folder is None and self.keys_dir is None:
            raise ValueError(
                "VERIFIER_KEYS_DIR: name the folder of the keys; with PostgreSQL there is none by default."
            )
        return self

    @property
    def folder(self) -> Path:
        """The folder of the database's file; with PostgreSQL, which has none here, that of the keys."""
        folder = folder_of(self.database_url) or self.keys_dir
        assert folder is not None  # noqa: S101 - as checked above
        return folder

    @model_validator(mode="after")
    def _views_agree(self) -> Self:
        names = ["direct", *(view.name for view in self.views)]
        if len(set(names)) < len(names):
            raise ValueError("VERIFIER_VIEWS: give each view a name of its own, other than direct.")
        if any(view.egress_proxy and not _is_plain_origin(view.egress_proxy) for view in self.views):
            raise ValueError("VERIFIER_VIEWS: write each egress_proxy as http://HOST:PORT.")
        if any(not _is_header_text(view.user_agent) for view in self.views):
            raise ValueError("VERIFIER_VIEWS: write each user_agent in printable ASCII.")
        places = {(self.egress_proxy, frozenset(self.dns_servers), ""): "this machine"}
        for view in self.views:
            # One place that counts twice would make a quorum of itself (T39, T41).
            resolvers = frozenset(view.dns_servers or self.dns_servers)
            way = (view.egress_proxy or self.egress_proxy, resolvers, view.user_agent)
            if way in places:
                raise ValueError(
                    f"VERIFIER_VIEWS: {view.name} looks as {places[way]} does: give it an egress_proxy, dns_servers or "
                    f"a user_agent of its own, or take it out."
                )
            places[way] = view.name
        if self.quorum and not _least(len(names)) <= self.quorum <= len(names):
            raise ValueError(
                f"VERIFIER_QUORUM: of {len(names)} views, from {_least(len(names))} to {len(names)} may be asked for."
            )
        return self

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.oidc_issuer:
            self._agree_on_openid()
        if self.sandbox:
            self._agree_in_sandbox()
            return self
        if not self.base_url.startswith("https://"):
            raise ValueError("VERIFIER_BASE_URL: set the public origin, for instance https://comptes.example.gouv.fr.")
        if self.host_overrides:
            raise ValueError("VERIFIER_HOST_OVERRIDES: only for the sandbox (VERIFIER_SANDBOX=1); remove it.")
        if not self.rate_limits:
            raise ValueError("VERIFIER_RATE_LIMITS=off: only for the sandbox (VERIFIER_SANDBOX=1); remove it.")
        if not self.smtp_url or not self.mail_from:
            raise ValueError("VERIFIER_SMTP_URL and VERIFIER_MAIL_FROM: set both, since mailboxes are proved by mail.")
        return self

    def _agree_on_openid(self) -> None:
        if not self.oidc_client_id or not self.oidc_acr:
            raise ValueError("VERIFIER_OIDC_CLIENT_ID and VERIFIER_OIDC_ACR: set both with VERIFIER_OIDC_ISSUER.")
        if bool(self.oidc_client_secret) == bool(self.oidc_client_secret_file):
            raise ValueError("VERIFIER_OIDC_CLIENT_SECRET or VERIFIER_OIDC_CLIENT_SECRET_FILE: set one of them.")
        if not {"openid", "email"} <= set(self.oidc_scope.split()):
            raise ValueError("VERIFIER_OIDC_SCOPE: openid and email must be in it.")
        if not self.sandbox and (label := trial_label(HttpsUrl.parse(self.oidc_issuer).host)):
            raise ValueError(
                f"VERIFIER_OIDC_ISSUER: {label} says that it is made for trials, where anybody may be anybody;"
                " name the provider of production."
            )

    def _agree_in_sandbox(self) -> None:
        if not _is_loopback(self.host) or not _is_loopback(urlsplit(self.base_url).hostname or ""):
            raise ValueError(
                "VERIFIER_SANDBOX: VERIFIER_HOST and VERIFIER_BASE_URL must be loopback (localhost, 127.0.0.1)."
            )
        for host, target in self.host_overrides.items():
            if not _is_loopback(urlsplit(target).hostname or "") or urlsplit(target).scheme != "http":
                raise ValueError(f"VERIFIER_HOST_OVERRIDES: {host} must go to http://127.0.0.1:PORT.")

    @field_validator("base_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        if value and not _ORIGIN.fullmatch(value):
            raise ValueError("VERIFIER_BASE_URL: scheme and host only, in lower case, no path, no trailing slash.")
        return value

    @field_validator("egress_proxy")
    @classmethod
    def _is_proxy(cls, value: str) -> str:
        if value and not _is_plain_origin(value):
            raise ValueError("VERIFIER_EGRESS_PROXY: write it as http://HOST:PORT.")
        return value

    @field_validator("host_overrides")
    @classmethod
    def _are_hosts(cls, value: dict[str, str]) -> dict[str, str]:
        try:
            return {str(Host.parse(host)): target.rstrip("/") for host, target in value.items()}
        except BadInput:
            raise ValueError("VERIFIER_HOST_OVERRIDES: each name must be a host such as social.example.") from None

    @field_validator("mail_from", "alerts_to")
    @classmethod
    def _is_address(cls, value: str, info: ValidationInfo) -> str:
        try:
            return str(MailAddress.parse(value)) if value else value
        except BadInput:
            name = str(info.field_name).upper()
            raise ValueError(f"VERIFIER_{name}: one plain address, without a name.") from None


def with_defaults(given: dict[str, Any]) -> dict[str, Any]:
    """What is set, and in a sandbox what it has defaults of its own for."""
    if str(given.get("sandbox", "")).lower() not in {"1", "true", "yes", "on"}:
        return given
    host, port = str(given.get("host", "127.0.0.1")), given.get("port", 8080)
    # By name where it has one: did:web allows no address (did:web method, 2.1).
    name = "localhost" if host in ("127.0.0.1", "::1") else host
    return {
        "base_url": f"http://{name}:{port}",
        "database_url": f"sqlite:///{state_folder() / f'sandbox-{port}' / 'verifier.sqlite3'}",
        "mail_from": "ne-pas-repondre@comptes-officiels.example",
        "rdap_bootstrap": "",
    } | given


def load(**given: Any) -> Settings:  # noqa: ANN401 - what a caller of the command line gives, checked by the model
    """Read the settings.

    :raises ConfigError: a sentence for each thing to change
    """
    file = os.environ.get("VERIFIER_CONFIG")
    if file and not Path(file).is_file():
        raise ConfigError(f"VERIFIER_CONFIG: there is no file {file}.")
    if "VERIFIER_TRUSTED_PROXIES" in os.environ:
        # Left out, it would not be missed: all clients would share the limits of one proxy.
        raise ConfigError("VERIFIER_TRUSTED_PROXIES: name the networks of the proxies in VERIFIER_TRUSTED_NETWORKS.")
    try:
        return Settings(**given)
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(dict(item)) for item in error.errors())) from None
    except SettingsError as error:
        name = str(error).partition('"')[2].partition('"')[0]
        raise ConfigError(f"VERIFIER_{name.upper()}: write it as JSON.") from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"VERIFIER_CONFIG: {error}.") from None


def _sentence(item: dict[str, Any]) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    if message.startswith("VERIFIER_"):
        return message
    name = "_".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, Settings.model_fields, 1)
        message = f"no such setting{f' (is {near[0]} meant?)' if near else ''}; `verifier settings` lists all of them"
    return f"VERIFIER_{name.upper()}: {message}."


def _least(count: int) -> int:
    """The smallest quorum that so many views allow: of up to five one may fail, of more two.

    As the table of Multi-Perspective Issuance Corroboration has it (CA/Browser Forum, Baseline Requirements 3.2.2.9).
    """
    return count if count <= 2 else count - (1 if count <= 5 else 2)


def _is_plain_origin(text: str) -> bool:
    return bool(_ORIGIN.fullmatch(text)) and text.startswith("http://")


def _is_header_text(text: str) -> bool:
    return text.isascii() and (text.isprintable() or not text)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
