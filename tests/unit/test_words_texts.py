"""Dates, letters, files: what is left of words."""

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier import words
from verifier.core.clock import from_rfc3339
from verifier.core.errors import BadInput
from verifier.core.identifiers import Handle
from verifier.words import Lang

CODES = st.text("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=8, max_size=8)
USERS = st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True)
LABELS = st.from_regex(r"[a-z][a-z0-9]{0,10}", fullmatch=True)
PLACE = "comptes.example.gouv.fr/demander"
RESUME = "comptes.example.gouv.fr/reprendre"


@pytest.mark.parametrize(
    ("moment", "lang", "precision", "text"),
    [
        ("2027-02-05T13:05:00Z", "fr", "zone", "5 février 2027 à 14 h 05 (heure de Paris)"),
        ("2027-02-05T13:05:00Z", "en", "zone", "5 February 2027 at 14:05 (Paris time)"),
        ("2027-07-01T07:09:00Z", "fr", "minute", "1er juillet 2027 à 9 h 09"),
        ("2026-12-31T23:30:00Z", "fr", "day", "1er janvier 2027"),
        ("2027-03-11T10:00:00Z", "fr", "day", "11 mars 2027"),
        (0, "en", "day", "1 January 1970"),
    ],
)
def test_dates(moment: int | str, lang: Lang, precision: str, text: str) -> None:
    assert words.when(moment, lang, precision=precision).replace("\u00a0", " ") == text  # type: ignore[arg-type]


def test_a_date_does_not_break_at_a_line_end() -> None:
    assert words.when("2027-02-05T13:05:00Z", "fr") == "5\u00a0février\u00a02027 à 14\u00a0h\u00a005 (heure de Paris)"


@pytest.mark.parametrize(
    ("zone", "text"), [("UTC", "13 h 05 (UTC)"), ("Indian/Reunion", "17 h 05 (heure de La Réunion)")]
)
def test_zones(zone: str, text: str) -> None:
    assert text in words.when("2027-02-05T13:05:00Z", "fr", zone=ZoneInfo(zone)).replace("\u00a0", " ")


def test_a_date_is_one_for_machines_too() -> None:
    assert words.when("2027-02-05T13:05:00Z", "en", precision="day").__html__() == (
        '<time datetime="2027-02-05T13:05:00Z">5\u00a0February\u00a02027</time>'
    )


def test_a_malformed_date_is_refused() -> None:
    with pytest.raises(BadInput, match="time-malformed"):
        words.when("2027-02-05", "fr")


@given(code=CODES, user=USERS, host=st.lists(LABELS, min_size=2, max_size=3), lang=st.sampled_from(words.LANGUAGES))
def test_t08_the_code_is_alone_on_the_only_such_line(code: str, user: str, host: list[str], lang: Lang) -> None:
    try:
        handle = Handle.parse(f"{user}@{'.'.join(host)}")
    except BadInput:
        return
    _, body = words.code_letter(code, handle, lang, words.service_name(lang), minutes=15, place=PLACE, resume=RESUME)
    assert [line for line in body.splitlines() if re.fullmatch(r"\s*[A-Za-z0-9]{8}\s*", line)] == [code]
    assert str(handle) in body


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_t10_no_user_text_in_the_subject_and_no_link_in_the_letter(lang: Lang) -> None:
    handle, service = "@someone@evil.example", words.service_name(lang)
    subject, body = words.code_letter("K7QX2M9P", handle, lang, service, minutes=15, place=PLACE, resume=RESUME)
    assert subject == {"fr": "Votre code de vérification", "en": "Your verification code"}[lang]
    assert "http" not in body
    assert "<" not in body


def test_t10_golden_letter() -> None:
    service = "Official accounts of the fediverse"
    _, body = words.code_letter(
        "K7QX2M9P", "@dinum@social.example", "en", service, minutes=15, place=PLACE, resume=RESUME
    )
    assert body == (
        "Hello,\n\n"
        "Somebody, probably you, asks Official accounts of the fediverse to attest the account @dinum@social.example"
        " with this mailbox.\n\n"
        "To confirm it, type this code on the page where the request was started:\n\n"
        "K7QX2M9P\n\n"
        "It can be used for 15 minutes, until another one is asked for.\n\n"
        "Was that page closed? The browser that opened it finds it again among Your requests, at:"
        " comptes.example.gouv.fr/demander\n\n"
        "In another browser, go on at: comptes.example.gouv.fr/reprendre\n\n"
        "The code is worth nothing anywhere else, and we never ask for it by telephone or by mail.\n\n"
        "It was not you? Do nothing: without this code, the request goes no further and nothing is published.\n\n"
        "Nothing in this mail needs to be clicked, and it needs no answer.\n\n"
        "Official accounts of the fediverse\n"
    )


def test_what_a_check_saw_is_told_request_by_request() -> None:
    trail = [{"url": "https://a.example/x", "status": 200}, {"url": "https://b.example/", "problem": "fetch-timeout"}]
    assert words.seen({"trail": trail}, "en") == (
        "https://a.example/x answered with status 200",
        "https://b.example/: The server takes too long to answer",
    )
    assert words.seen({}, "en") == ()


def test_assets_are_named_by_their_content() -> None:
    path = words.asset("style.css")
    assert re.fullmatch(r"/static/style\.[0-9a-f]{16}\.css", path)
    assert words.ASSETS[path][0] == "text/css; charset=utf-8"
    names = ("style.css", "toy.css", "mark.svg", "toy.svg", "copy.js")
    assert {words.asset(name) for name in names} == set(words.ASSETS)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TONES = ("official", "person", "caution", "ended", "none")
PAIRS = {
    "style.css": [
        *((text, ground) for text in ("ink", "soft", "accent", "accent-deep") for ground in ("paper", "wash")),
        *((text, f"{tone}-wash") for tone in TONES for text in ("ink", "soft", "accent", "accent-deep", tone)),
        *((tone, "paper") for tone in TONES),
        ("on-accent", "accent"),
        ("on-accent", "accent-deep"),
    ],
    "toy.css": [
        *((text, ground) for text in ("ink", "accent") for ground in ("paper", "card")),
        ("green", "green-wash"),
        ("on-stripe", "stripe"),
        ("card", "accent"),
    ],
}


@pytest.mark.parametrize("sheet", PAIRS)
def test_contrast_of_text_is_7_to_1_by_day_and_by_night(sheet: str) -> None:
    css = words.ASSETS[words.asset(sheet)][1].decode()
    blocks = re.findall(r":root \{([^}]*--paper[^}]*)\}", css)
    assert len(blocks) == 2
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks)
    for scheme in (light, light | dark):
        for text, ground in PAIRS[sheet]:
            assert contrast(scheme[text], scheme[ground]) >= 7, (text, ground)


@pytest.mark.parametrize("sheet", PAIRS)
def test_style_sheets_ask_nothing_of_others(sheet: str) -> None:
    css = words.ASSETS[words.asset(sheet)][1].decode()
    assert "url(" not in css
    assert "@import" not in css
    assert "prefers-color-scheme: dark" in css
    assert ":focus-visible" in css


def test_two_hours_of_one_autumn_night_never_read_the_same() -> None:
    first, second = from_rfc3339("2026-10-25T00:30:00Z"), from_rfc3339("2026-10-25T01:30:00Z")
    for lang in words.LANGUAGES:
        for precision in ("zone", "minute"):
            summer, winter = (words.when(at, lang, precision=precision) for at in (first, second))
            assert (summer.endswith("UTC+2)"), winter.endswith("UTC+1)")) == (True, True)
            assert summer != winter
    assert words.when(first, "en") == "25\u00a0October\u00a02026 at 02:30 (Paris time, UTC+2)"
    assert words.when(second + 3600, "en") == "25\u00a0October\u00a02026 at 03:30 (Paris time)"
    assert words.when(first, "en", precision="day") == "25\u00a0October\u00a02026"
    assert words.when(first, "en", zone=ZoneInfo("UTC")).endswith("00:30 (UTC)")
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # half an hour comes twice there
    assert words.when("2027-04-03T14:45:00Z", "en", zone=lord_howe).endswith("UTC+11)")
    assert words.when("2027-04-03T15:15:00Z", "en", zone=lord_howe).endswith("UTC+10:30)")
