"""Settings: what production refuses, what the sandbox alone may, and a sentence for each thing to change."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from verifier.core.errors import ConfigError
from verifier.settings import Settings, load
from verifier.web.limits import RATES, Limit

PRODUCTION = {
    "VERIFIER_BASE_URL": "https://comptes.example.gouv.fr",
    "VERIFIER_SMTP_URL": "smtps://user:s3cr3t@mail.example",
    "VERIFIER_MAIL_FROM": "ne-pas-repondre@comptes.example.gouv.fr",
}
SANDBOX = {"VERIFIER_SANDBOX": "1"}
OPENID = {
    "VERIFIER_OIDC_ISSUER": "https://auth.agentconnect.gouv.fr/api/v2",
    "VERIFIER_OIDC_CLIENT_ID": "comptes",
    "VERIFIER_OIDC_CLIENT_SECRET": "s3cr3t",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("VERIFIER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load()


def test_production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = given(monkeypatch, **PRODUCTION)
    assert (settings.sandbox, settings.rate_limits, settings.host, settings.port) == (False, True, "127.0.0.1", 8080)
    assert settings.database_url == f"sqlite:///{tmp_path}/verifier/verifier.sqlite3"
    assert settings.base_url == "https://comptes.example.gouv.fr"
    assert settings.rdap_bootstrap == "https://data.iana.org/rdap/dns.json"
    assert given(monkeypatch, VERIFIER_RDAP_BOOTSTRAP="").rdap_bootstrap == ""


def test_postgresql_needs_a_folder_for_the_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = "postgresql://verifier:s3cr3t@db.example/verifier"
    with pytest.raises(ConfigError, match="VERIFIER_KEYS_DIR: name the folder of the keys") as refused:
        given(monkeypatch, **PRODUCTION, VERIFIER_DATABASE_URL=server)
    assert "s3cr3t" not in str(refused.value)
    settings = given(monkeypatch, VERIFIER_KEYS_DIR=str(tmp_path))
    assert settings.folder == tmp_path
    assert "s3cr3t" not in repr(settings)


@pytest.mark.parametrize("url", ("mysql://u:s3cr3t@h/d", "postgresql://u:s3/cr3t@h/d", "verifier.sqlite3"))
def test_a_database_that_is_neither(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ConfigError, match=r"^VERIFIER_DATABASE_URL: write ") as refused:
        given(monkeypatch, **PRODUCTION, VERIFIER_DATABASE_URL=url)
    assert "cr3t" not in str(refused.value)


def test_an_openid_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given(monkeypatch, **PRODUCTION, **OPENID, VERIFIER_OIDC_ACR="eidas2 eidas1")
    assert (settings.oidc_acr, settings.oidc_name) == (("eidas2", "eidas1"), "ProConnect")
    assert "s3cr3t" not in repr(settings)


def test_the_sandbox_needs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = given(monkeypatch, **SANDBOX, VERIFIER_PORT="9321")
    assert settings.base_url == "http://localhost:9321"
    assert settings.database_url == f"sqlite:///{tmp_path}/verifier/sandbox-9321/verifier.sqlite3"
    assert settings.mail_from
    assert settings.rdap_bootstrap == "", "a trial asks nobody but its toys"


@pytest.mark.parametrize(
    ("variables", "named"),
    (
        ({"VERIFIER_BASE_URL": ""}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "http://comptes.example.gouv.fr"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "http://127.0.0.1:8080"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "https://"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "https://comptes.example.gouv.fr/"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "https://comptes.example.gouv.fr/sub"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "https://comptes.example.gouv.fr?a"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "https://comptes.example.gouv.fr#a"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "https://me@comptes.example.gouv.fr"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "https://Comptes.example.gouv.fr"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "https://comptes.example.gouv.fr:x"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "https://exa mple.fr"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_HOST_OVERRIDES": '{"social.example": "http://127.0.0.1:9001"}'}, "VERIFIER_HOST_OVERRIDES"),
        ({"VERIFIER_RATE_LIMITS": "off"}, "VERIFIER_RATE_LIMITS"),
        ({"VERIFIER_SMTP_URL": ""}, "VERIFIER_SMTP_URL"),
        ({"VERIFIER_MAIL_FROM": ""}, "VERIFIER_MAIL_FROM"),
        ({"VERIFIER_MAIL_FROM": "Official <a@b.fr>"}, "VERIFIER_MAIL_FROM"),
        ({"VERIFIER_MAIL_FROM": "a@b.fr\r\nBcc: c@d.fr"}, "VERIFIER_MAIL_FROM"),
        ({"VERIFIER_ALERTS_TO": "the operator"}, "VERIFIER_ALERTS_TO"),
        ({"VERIFIER_RDAP_BOOTSTRAP": "http://data.iana.org/rdap/dns.json"}, "VERIFIER_RDAP_BOOTSTRAP"),
        ({"VERIFIER_RDAP_BOOTSTRAP": "no"}, "VERIFIER_RDAP_BOOTSTRAP"),
        ({"VERIFIER_PORT": "0"}, "VERIFIER_PORT"),
        ({"VERIFIER_PORT": "65536"}, "VERIFIER_PORT"),
        ({"VERIFIER_PORT": "http"}, "VERIFIER_PORT"),
        ({"VERIFIER_SANDBOX": "perhaps"}, "VERIFIER_SANDBOX"),
        (OPENID | {"VERIFIER_OIDC_ISSUER": "http://auth.example.gouv.fr"}, "VERIFIER_OIDC_ISSUER"),
        (OPENID | {"VERIFIER_OIDC_ISSUER": "https://auth.example.gouv.fr?x=1"}, "VERIFIER_OIDC_ISSUER"),
        (OPENID | {"VERIFIER_OIDC_CLIENT_ID": ""}, "VERIFIER_OIDC_CLIENT_ID"),
        (OPENID | {"VERIFIER_OIDC_CLIENT_SECRET": ""}, "VERIFIER_OIDC_CLIENT_SECRET"),
        (OPENID | {"VERIFIER_OIDC_CLIENT_SECRET_FILE": "/secret"}, "VERIFIER_OIDC_CLIENT_SECRET_FILE"),
        (OPENID | {"VERIFIER_OIDC_ACR": " "}, "VERIFIER_OIDC_ACR"),
        (OPENID | {"VERIFIER_OIDC_SCOPE": "openid"}, "VERIFIER_OIDC_SCOPE"),
        (OPENID | {"VERIFIER_OIDC_ISSUER": "https://fca.integ01.dev-agentconnect.fr/api/v2"}, "VERIFIER_OIDC_ISSUER"),
        ({"VERIFIER_TRUSTED_NETWORKS": "10.0.0.1/8"}, "VERIFIER_TRUSTED_NETWORKS"),
        ({"VERIFIER_TRUSTED_NETWORKS": "proxy.example"}, "VERIFIER_TRUSTED_NETWORKS"),
        ({"VERIFIER_TRUSTED_NETWORKS": "0.0.0.0/0"}, "who trusts all believes anybody"),
        ({"VERIFIER_TRUSTED_NETWORKS": "10.0.0.0/8, ::/0"}, "who trusts all believes anybody"),
        ({"VERIFIER_TRUSTED_PROXIES": "1"}, "VERIFIER_TRUSTED_PROXIES"),
        ({"VERIFIER_LIMIT_ORDERS": "0"}, "VERIFIER_LIMIT_ORDERS"),
        ({"VERIFIER_LIMIT_ORDERS": "many"}, "VERIFIER_LIMIT_ORDERS"),
        ({"VERIFIER_HOST_OVERRIDES": "not json"}, "VERIFIER_HOST_OVERRIDES"),
    ),
)
def test_what_production_refuses(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError) as refused:
        given(monkeypatch, **PRODUCTION | variables)
    sentence = str(refused.value)
    assert named in sentence
    assert re.search(r"[a-z]{3}.*\.$", sentence)
    assert "s3cr3t" not in sentence


@pytest.mark.parametrize(
    ("variables", "named"),
    (
        ({"VERIFIER_HOST": "0.0.0.0"}, "VERIFIER_HOST"),  # noqa: S104 - what is refused
        ({"VERIFIER_HOST": "192.168.1.2"}, "VERIFIER_HOST"),
        ({"VERIFIER_BASE_URL": "https://comptes.example.gouv.fr"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "http://127.0.0.1.evil.example:8080"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "http://localhost.evil.example"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_BASE_URL": "http://127.0.0.1@evil.example"}, "VERIFIER_BASE_URL"),
        ({"VERIFIER_HOST_OVERRIDES": '{"social.example": "http://10.0.0.1:80"}'}, "VERIFIER_HOST_OVERRIDES"),
        ({"VERIFIER_HOST_OVERRIDES": '{"social.example": "http://social.example"}'}, "VERIFIER_HOST_OVERRIDES"),
        ({"VERIFIER_HOST_OVERRIDES": '{"social.example": "file:///etc/passwd"}'}, "VERIFIER_HOST_OVERRIDES"),
        ({"VERIFIER_HOST_OVERRIDES": '{"127.0.0.1": "http://127.0.0.1:1"}'}, "VERIFIER_HOST_OVERRIDES"),
        ({"VERIFIER_HOST_OVERRIDES": '["social.example"]'}, "VERIFIER_HOST_OVERRIDES"),
        ({"VERIFIER_HOST_OVERRIDES": '{"social.example": 1}'}, "VERIFIER_HOST_OVERRIDES"),
    ),
)
def test_the_sandbox_stays_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        given(monkeypatch, **SANDBOX | variables)


@pytest.mark.parametrize(
    ("host", "name"), (("127.0.0.1", "localhost"), ("127.0.0.2", "127.0.0.2"), ("localhost", "localhost"))
)
def test_every_name_of_loopback(monkeypatch: pytest.MonkeyPatch, host: str, name: str) -> None:
    assert given(monkeypatch, **SANDBOX, VERIFIER_HOST=host).base_url == f"http://{name}:8080"


def test_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    text = '{"Social.EXAMPLE": "http://127.0.0.1:9001/", "b.example": "http://localhost:1"}'
    settings = given(monkeypatch, **SANDBOX, VERIFIER_HOST_OVERRIDES=text)
    assert settings.host_overrides == {"social.example": "http://127.0.0.1:9001", "b.example": "http://localhost:1"}


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, **PRODUCTION, VERIFIER_DNS_SERVERS="9.9.9.9, 149.112.112.112:53,").dns_servers == (
        "9.9.9.9",
        "149.112.112.112:53",
    )


def test_networks_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    networks = given(monkeypatch, **SANDBOX, VERIFIER_TRUSTED_NETWORKS="127.0.0.1, fd00::/64,").trusted_networks
    assert [str(network) for network in networks] == ["127.0.0.1/32", "fd00::/64"]


def test_a_file_and_the_environment_over_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "verifier.toml"
    file.write_text(
        'base_url = "https://a.example.gouv.fr"\nport = 9000\nsmtp_url = "smtp://mail"\nmail_from = "a@b.fr"\n'
        'dns_servers = ["9.9.9.9"]\n'
    )
    settings = given(monkeypatch, VERIFIER_CONFIG=str(file), VERIFIER_PORT="9001")
    assert (settings.base_url, settings.port, settings.dns_servers) == ("https://a.example.gouv.fr", 9001, ("9.9.9.9",))


@pytest.mark.parametrize(
    ("text", "named"),
    (
        (None, "VERIFIER_CONFIG"),
        ("base_url = ", "VERIFIER_CONFIG"),
        ("sandbox = true\ncolour = 1\n", "VERIFIER_COLOUR"),
        ("sandbox = true\nport = 'x'\n", "VERIFIER_PORT"),
    ),
    ids=("missing", "no TOML", "unknown name", "wrong type"),
)
def test_a_file_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, named: str
) -> None:
    file = tmp_path / "verifier.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=named):
        given(monkeypatch, VERIFIER_CONFIG=str(file))


def test_a_sandbox_by_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "verifier.toml"
    file.write_text("sandbox = true\nport = 9000\n")
    assert given(monkeypatch, VERIFIER_CONFIG=str(file)).base_url == "http://localhost:9000"


@pytest.mark.parametrize(
    ("views", "names"),
    (
        ([{"name": "paris"}], ("paris", "this machine")),
        ([{"name": "paris", "dns_servers": ["9.9.9.9", "1.1.1.1"]}], ("paris", "this machine")),
        ([{"name": "paris", "egress_proxy": "http://10.0.0.1:3128"}], ("paris", "this machine")),
        ([{"name": "paris", "user_agent": "a"}, {"name": "lyon", "user_agent": "a"}], ("lyon", "paris")),
    ),
)
def test_t39_a_view_that_looks_as_another_does_is_refused(
    monkeypatch: pytest.MonkeyPatch, views: list[dict[str, Any]], names: tuple[str, str]
) -> None:
    own = {"VERIFIER_DNS_SERVERS": "1.1.1.1,9.9.9.9", "VERIFIER_EGRESS_PROXY": "http://10.0.0.1:3128"}
    with pytest.raises(ConfigError, match="VERIFIER_VIEWS: {} looks as {} does: give it".format(*names)):
        given(monkeypatch, **PRODUCTION, **own, VERIFIER_VIEWS=json.dumps(views))


def test_views_that_differ_in_one_thing_each(monkeypatch: pytest.MonkeyPatch) -> None:
    views = [
        {"name": "paris", "egress_proxy": "http://10.0.0.1:3128"},
        {"name": "lyon", "dns_servers": ["9.9.9.9"]},
        {"name": "plain", "user_agent": "Mozilla/5.0"},
        {"name": "both", "egress_proxy": "http://10.0.0.1:3128", "user_agent": "Mozilla/5.0"},
    ]
    assert len(given(monkeypatch, **PRODUCTION, VERIFIER_VIEWS=json.dumps(views)).views) == 4


def test_the_name_that_was_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "verifier.toml"
    file.write_text('sandbox = true\nsmpt_url = "smtp://mail"\n')
    with pytest.raises(ConfigError, match=r"VERIFIER_SMPT_URL: no such setting \(is smtp_url meant\?\); `verifier"):
        given(monkeypatch, VERIFIER_CONFIG=str(file))


def test_settings_are_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Any = given(monkeypatch, **PRODUCTION)
    with pytest.raises(Exception, match="frozen"):
        settings.sandbox = True


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_secret_is_not_in_the_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "s3cr3t" not in repr(given(monkeypatch, **PRODUCTION))


def test_each_limit_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {limit: number for number, limit in enumerate(Limit, start=1001)}
    plain = given(monkeypatch, **SANDBOX).rates
    assert plain == RATES
    names = {f"VERIFIER_LIMIT_{limit.name}": str(number) for limit, number in numbers.items()}
    rates = given(monkeypatch, **SANDBOX, **names).rates
    assert {limit: rate.amount for limit, rate in rates.items()} == numbers
    assert {limit: rate.seconds for limit, rate in rates.items()} == {
        limit: rate.seconds for limit, rate in RATES.items()
    }
