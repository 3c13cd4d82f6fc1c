"""Every template with every kind of context: well formed, safe, accessible, and silent where it must be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, get_args

import pytest
from jinja2 import UndefinedError
from selectolax.lexbor import LexborHTMLParser, LexborNode

from verifier import words
from verifier.core.models import OrderStatus, Status
from verifier.registration.gates import MatchReason
from verifier.words import Lang

from .answers import AGENT, CODE, HOMONYM, LOOKALIKE, NOT_ATTESTED, OFFICE, one, order

REASON = {"suspended": "account-changed", "revoked": "holder-request"}
VERDICTS: dict[str, dict[str, Any]] = {
    "office": OFFICE,
    "agent": AGENT,
    "unattested": NOT_ATTESTED,
    "lookalike": LOOKALIKE,
    "homonym": HOMONYM,
    "link": NOT_ATTESTED | {"handle": None},
    "hosted": OFFICE | {"status": "hosted", "verified": False, "checks": [], "account": None},
} | {
    status: OFFICE | {"status": status, "verified": status == "degraded", "reason": REASON.get(status)}
    for status in ("degraded", "suspended", "revoked", "expired")
}
CITED = words.Cited("https://verifier.example", "https://verifier.example/v/6v3kq7", 1801839900)
ME = ["https://social.numerique.gouv.fr/@dinum", "https://social.numerique.gouv.fr/users/dinum"]


Told = Callable[..., words.Explanation]
MakePage = Callable[..., str]


def register_pages(told: Told, page: MakePage) -> Iterator[tuple[str, str]]:
    form = words.RegistrationPage(suffixes=[".gouv.fr"])
    yield "register", page(form)
    refused = told("mailbox-pupil", domain="eleve.insp.gouv.fr")
    filled = replace(form, handle="@eleve@social.example", email="a@eleve.insp.gouv.fr")
    yield "register-error", page(replace(filled, problem=refused, field="email"))
    kinds = ("pending", "ready", "in_review", "issuing", "issued", "ended")
    yours = [words.ListedOrder("6v3kq7", "@x@social.example", kind, 1801839900) for kind in kinds]
    yield "register-yours", page(replace(form, yours=yours))
    yield "register-body", page(replace(form, whose="body"))


def resume_pages(told: Told, page: MakePage) -> Iterator[tuple[str, str]]:
    empty = words.ResumePage(minutes=30)
    sent = replace(empty, until=1801839900, tries_left=4)
    yield "resume", page(empty)
    yield "resume-refused", page(replace(empty, email="x", problem=told("email-malformed"), field="email"))
    yield "resume-code", page(sent)
    yield "resume-wrong-code", page(replace(sent, problem=told("code-wrong", left=4), field="code"))
    yield "resume-locked", page(replace(empty, problem=told("code-locked", tries=5), field="code"))
    waits = {"id": "6v3kq7", "handle": "@x@social.example", "domain": None, "since": 1801839900}
    found = [
        waits | {"id": f"id{place}", "status": each} for place, each in enumerate(("pending", "ready", "in_review"))
    ]
    found.append(waits | {"status": "issuing", "domain": "numerique.gouv.fr"})
    yield "resume-found", page(replace(empty, found=found))
    yield "resume-none", page(replace(empty, found=[]))
    yield "resume-over", page(replace(empty, problem=told("sign-in-over", minutes=30)))


def wrong_forms(told: Told, page: MakePage) -> Iterator[tuple[str, str]]:
    bad = told("handle-malformed")
    blank = {"typed": "{", "handle": None, "base": "https://verifier.example", "view": None}
    yield "verify", page("verify.html", **blank, field=None)
    for field in ("file", "text"):
        yield f"verify-wrong-{field}", page("verify.html", **blank, problem=bad, field=field)
    for field in ("handle", "page"):
        yield f"diagnostic-wrong-{field}", page(words.DiagnosticPage(minutes=5, problem=bad, field=field))
    for wrong in (None, "name", "value"):
        dns: dict[str, Any] = {"records": [], "typed": {"name": "x", "value": "y"}, "wrong": wrong, "guide": "/"}
        yield f"toy-dns-wrong-{wrong}", page("sandbox/toy_dns.html", **dns)


def body_pages(told: Told, page: MakePage, steps: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    record = {"name": "_official-account.numerique.gouv.fr", "value": "verifier.example; token=abc"}
    body = dict(steps) | {"institution": True, "told": {"profile-token-01": {}, "dns-01": record}}
    missing = {"domain": told("member-missing", name="x")}
    yield "order-body", page(words.OrderPage, **body, order=order("pending"))
    seen = body | {"problems": missing, "saw_records": ("other.example; token=x",)}
    yield "order-body-wrong", page(words.OrderPage, **seen, order=order("pending"))
    for way, more in {"dns": {}, "vouched": {"vouched_by": "interieur.gouv.fr"}}.items():
        proved = body | {"valid": {"rel-me-01", "dns-01", "email-01", "site-01"}} | more
        yield f"order-body-{way}", page(words.OrderPage, **proved, order=order("ready", "valid", "valid"))
    issued = body | {"done": {"children": {"count": 3, "examined": []}, "instance": {"host": "social.example"}}}
    yield "order-body-issued", page(words.OrderPage, **issued, order=order("issued", "valid", "valid"))
    failed = body | {"problems": {"children": told("children-malformed", line=3), "instance": told("internal")}}
    failed |= {"publish": record}
    yield "order-body-issued-wrong", page(words.OrderPage, **failed, order=order("issued", "valid", "valid"))
    child = {
        "domain": "labo.numerique.gouv.fr",
        "name": "Labo",
        "named_at": 1801839900,
        "accounts": (),
        "dependent_accounts": (),
    }
    child |= {"examined": None}
    held = {
        "alone": child | {"has_contact": False, "has_record": False, "examined": "contact"},
        "vouched": child | {"has_contact": True, "has_record": False, "accounts": ["@labo@social.example"] * 2}
        | {"dependent_accounts": ["@labo@social.example"] * 2},
        "recorded": child | {"has_contact": True, "has_record": True, "accounts": ["@labo@social.example"]},
    }  # fmt: skip
    running = [
        {"host": "social.example", "checked_at": 1801839900, "failing_since": since} for since in (None, 1801839900)
    ]
    taken = {"children_back": {"name": "x.gouv.fr", "count": 2}, "instance_back": {"name": "x.example"}}
    by_class = {"domain": "x.labo.numerique.gouv.fr", "name": "X", "examined": "class"}
    awaited = {"name": "_official-account.numerique.gouv.fr", "value": "x; token=y", "domain": "numerique.gouv.fr"}
    for since in (None, 1801839900):
        late: dict[str, Any] = {"awaited": awaited | {"since": since, "deadline": 1801839900}}
        late |= {"done": {"children": {"count": 2, "examined": [by_class, by_class | {"examined": "contact"}]}}}
        shown = page(words.OrderPage, **(body | late), order=order("issued", "valid", "valid"))
        yield f"order-body-awaited-{since or 'new'}", shown
    lists = body | {"named": list(held.values()), "running": running, "done": taken}
    yield "order-body-held", page(words.OrderPage, **lists, order=order("issued", "valid", "valid"))
    asked = {"order_id": "6v3kq7", "action": "/demander/6v3kq7/organisation/children/x"}
    for name, one_child in held.items():
        yield f"take-back-{name}", page("take_back.html", **asked, child=one_child, host=None)
    yield "take-back-instance", page("take_back.html", **asked, child=None, host="social.example")
    no_site = body | {"valid": {"dns-01"}, "problems": missing}
    yield "order-body-site-wrong", page(words.OrderPage, **no_site, order=order("pending"))


def request_pages(told: Told, page: MakePage, lang: Lang) -> Iterator[tuple[str, str]]:
    yield from register_pages(told, page)
    steps: dict[str, Any] = {
        "mailbox": "camille.martin@numerique.gouv.fr", "code": CODE, "listed": False,
        "preview": words.verdict_view(AGENT, lang), "institution": False, "domain": "numerique.gouv.fr",
        "valid": {"rel-me-01"}, "told": {"profile-token-01": {}}, "kept": 1801839900,
        "again": f"{words.prefix(lang)}/demander",
    }  # fmt: skip
    yield from body_pages(told, page, steps)
    yield "order-new", page(words.OrderPage, **steps, order=order("pending"))
    token = steps | {"told": {"profile-token-01": {"token": "k3v92m7qk3v92m7qk3v92m7qk4"}}}
    yield "order-token", page(words.OrderPage, **token, order=order("pending"))
    for status in ("pending", "issued"):
        by_token = token | {"valid": {"profile-token-01"}}
        yield f"order-{status}-by-token", page(words.OrderPage, **by_token, order=order(status, "valid"))
    away = {"oauth-01": {"authorize": "https://social.example/oauth/authorize?client_id=c&state=a.b"}}
    yield "order-signing-in", page(words.OrderPage, **(steps | {"sign_in": away}), order=order("pending"))
    signed_in = steps | {"valid": {"oauth-01"}}
    yield "order-signed-in", page(words.OrderPage, **signed_in, order=order("pending", "valid"))
    openid = steps | {"provider": "ProConnect", "told": {"profile-token-01": {}, "oidc-01": {}}}
    yield "order-openid", page(words.OrderPage, **openid, order=order("pending", "valid"))
    there = {"oidc-01": {"authorize": "https://connexion.example/authorize?client_id=c&state=a.b"}}
    yield "order-openid-away", page(words.OrderPage, **(openid | {"sign_in": there}), order=order("pending", "valid"))
    known = openid | {"valid": {"oidc-01"}}
    yield "order-openid-done", page(words.OrderPage, **known, order=order("ready", "valid", "valid"))
    wrong = {"account": told("fetch-timeout", host="social.example"), "mailbox": told("code-missing")}
    midway = steps | {"code": replace(CODE, waiting=True, tries_left=1), "problems": wrong, "saw": ("a", "b")}
    yield "order-wrong", page(words.OrderPage, **midway, order=order("pending"))
    for part, problem in wrong.items():
        just = midway | {"failed": part, "problem": problem}
        yield f"order-wrong-{part}-now", page(words.OrderPage, **just, order=order("pending"))
    changed = {"failed": "change", "problem": told("handle-malformed"), "typed": {"handle": "dinum"}}
    changed["problems"] = {"change": changed["problem"]}
    yield "order-wrong-change-now", page(words.OrderPage, **(steps | changed), order=order("pending"))
    sent = steps | {"code": replace(CODE, waiting=True, until=1801839900)}
    yield "order-code", page(words.OrderPage, **sent, order=order("pending", "valid"))
    yield (
        "order-spent",
        page(words.OrderPage, **(steps | {"code": replace(CODE, sends_left=0)}), order=order("pending", "valid")),
    )
    for why in ("class", "contact", *get_args(MatchReason)):
        for status in ("pending", "ready", "in_review"):
            examined = steps | {"why": why}
            yield f"order-{status}-{why}", page(words.OrderPage, **examined, order=order(status, "valid", "valid"))
    gone = steps | {"ended": words.verdict_view(VERDICTS["suspended"], lang)}
    yield "order-suspended", page(words.OrderPage, **gone, order=order("issued", "valid", "valid"))
    replaced = gone | {"successor": words.Successor("/v/abcdefghij234567", vouches=True, official=True)}
    yield "order-replaced", page(words.OrderPage, **replaced, order=order("issued", "valid", "valid"))
    for status in OrderStatus:
        done = steps | {"listed": True, "attestation": OFFICE["attestation"], "reason": told("mailbox-refused").title}
        yield f"order-{status}", page(words.OrderPage, **done, order=order(status, "valid", "valid"))


def pages(lang: Lang) -> Iterator[tuple[str, str]]:
    """Name and HTML of a page of each kind."""
    base = {"alternate": "/en/somewhere" if lang == "fr" else "/somewhere"}

    def told(code: str, **values: str | int) -> words.Explanation:
        return words.explain(code, values, lang)

    def page(shown: words.Page | type[words.Page] | str, **context: object) -> str:
        if isinstance(shown, type):
            shown, context = shown(**context), {}
        return words.render(shown, lang, **(base | context))

    yield "lookup", page("lookup.html", typed="", verdict=None, problem=None)
    yield "lookup-error", page("lookup.html", typed="dinum", verdict=None, problem=told("handle-malformed"))
    for name, verdict in VERDICTS.items():
        view = words.verdict_view(verdict, lang, typed="https://example.org/@dinum/1234", cited=CITED)
        yield f"lookup-{name}", page("lookup.html", typed=verdict["handle"] or "", verdict=view, problem=None)
        if name in set(Status):
            view = words.verdict_view(verdict, lang)
            yield f"page-{name}", page("page.html", verdict=view, me_links=ME)
    for name in ("office", "agent"):
        view = words.verdict_view(VERDICTS[name], lang)
        yield f"page-{name}", page("page.html", verdict=view, me_links=ME)
    yield (
        "neutral",
        words.render("neutral.html", lang, alternates={each: f"{words.prefix(each)}/" for each in words.others(lang)}),
    )
    yield "error", page("error.html", problem=told("internal"), reference="k3v9-2m7q")
    yield from request_pages(told, page, lang)
    yield from resume_pages(told, page)
    yield from wrong_forms(told, page)
    facts = {
        "handle": OFFICE["handle"], "profile": OFFICE["account"]["profile"], "role": "agent",
        "affiliation": "Direction interministérielle du numérique", "valid_from": "2026-11-23T10:00:00Z",
        "valid_until": "2027-02-21T10:00:00Z", "issuer": OFFICE["issuer"], "file": "6v3k.json",
        "evidence": [{"label": words.checked_by("rel-me-01", lang), "checked_at": "2026-11-23T10:00:00Z"}],
        "suites": ["eddsa-rdfc-2022", "eddsa-jcs-2022"],
    }  # fmt: skip
    for name in ("agent", "suspended"):
        view = words.verdict_view(VERDICTS[name], lang)
        yield f"attestation-{name}", page(
            "attestation.html", verdict=view, facts=facts, raw=OFFICE["attestation"],
            verify="https://verifier.example/api/v1/verify",
        )  # fmt: skip
    yield from sandbox_pages(lang)


def sandbox_pages(lang: Lang) -> Iterator[tuple[str, str]]:
    instance = {"host": "social.example", "url": "http://127.0.0.1:9001/"}
    people = {
        name: {
            "handle": f"@{name}@social.example",
            "email": f"{name}@numerique.gouv.fr",
            "edit": "http://127.0.0.1:9001/@x",
        }
        for name in ("official", "impostor", "pupil", "body")
    }
    yield (
        "guide",
        words.render(
            "sandbox/guide.html",
            lang,
            sandbox=True,
            instance=instance,
            mailbox={"url": "/m"},
            dns={"url": "/dns"},
            suspend="verifier …",
            **people,
        ),
    )
    account = {
        "user": "dinum", "name": "La DINUM", "bio": "Le numérique de l'État.", "url": "/@dinum",
        "actor": "/users/dinum",
        "fields": [
            {"name": "Officiel", "value": "http://127.0.0.1:8080/v/6v3k", "link": True, "verified_at": 1801839900},
            {"name": "Ville", "value": "Paris", "link": False, "verified_at": None},
        ],
    }  # fmt: skip
    toy = {"instance": instance, "guide": "/"}
    yield "toy-home", words.render("sandbox/toy_home.html", lang, accounts=[account], **toy)
    asked = {"accounts": [account], "app": "Service", "refuse": "/"}
    yield "toy-authorize", words.render("sandbox/toy_authorize.html", lang, **asked, **toy)
    for name, more in {
        "toy-profile": {"saved": False, "editable": False},
        "toy-edit": {"saved": True, "editable": True},
    }.items():
        yield name, words.render("sandbox/toy_profile.html", lang, account=account, action="/@dinum", **toy, **more)
    mail = {"to": "a@numerique.gouv.fr", "sender": "verifier@localhost", "subject": "Votre code", "at": 1801839900}
    yield (
        "mailbox",
        words.render("sandbox/mailbox.html", lang, sandbox=True, here="/", guide="/", mails=[mail | {"url": "/1"}]),
    )
    typed = {"name": "", "value": ""}
    for wrong in (None, "name", "value"):
        records = [("_official-account.numerique.gouv.fr", "a; token=b")] if wrong else []
        shown = {"records": records, "typed": typed, "wrong": wrong, "guide": "/"}
        yield f"toy-dns-{wrong}", words.render("sandbox/toy_dns.html", lang, sandbox=True, **shown)
    yield "mailbox-empty", words.render("sandbox/mailbox.html", lang, sandbox=True, here="/", guide="/", mails=[])
    yield "mail", words.render("sandbox/mail.html", lang, sandbox=True, mailbox="/", mail=mail | {"text": "A\n\nB"})


PAGES: dict[tuple[str, Lang], str] = {(name, lang): html for lang in words.LANGUAGES for name, html in pages(lang)}
WITHDRAWN = ("page-suspended", "page-revoked", "page-expired")
SECRETS = ("dinum", "numerique.gouv.fr", "Direction", "social.")


def tree(name: str, lang: Lang) -> LexborHTMLParser:
    return LexborHTMLParser(PAGES[name, lang])


def all_of(page: LexborHTMLParser, selector: str) -> list[LexborNode]:
    return page.css(selector)


def attribute(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def test_nothing_inline_and_nothing_from_elsewhere(subtests: pytest.Subtests) -> None:
    for name, lang in PAGES:
        with subtests.test(f"{name} {lang}"):
            page = tree(name, lang)
            assert not all_of(page, "style, img, iframe, object, embed, [style], base")
            for script in all_of(page, "script"):
                assert attribute(script, "src") == words.asset("copy.js")
                assert attribute(script, "integrity") == words.integrity("copy.js")
                assert not script.text().strip()
            for node in all_of(page, "*"):
                assert not [key for key in node.attributes if key.startswith("on") or key == "srcset"]
            for link in all_of(page, "link[rel=stylesheet], link[rel=icon]"):
                assert attribute(link, "href") in words.ASSETS
            assert len(all_of(page, "link[rel=stylesheet]")) == 1


def test_structure_that_a_screen_reader_walks(subtests: pytest.Subtests) -> None:
    for name, lang in PAGES:
        with subtests.test(f"{name} {lang}"):
            page = tree(name, lang)
            (html,) = all_of(page, "html")
            assert attribute(html, "lang") == lang
            assert len(all_of(page, "h1")) == 1
            assert (
                len(all_of(page, "main"))
                == len(all_of(page, "body > header"))
                == len(all_of(page, "body > footer"))
                == 1
            )
            assert all_of(page, "title")[0].text().strip()
            (skip,) = all_of(page, "a.skip")
            ids = [attribute(node, "id") for node in all_of(page, "[id]")]
            assert len(ids) == len(set(ids))
            assert attribute(skip, "href").removeprefix("#") in ids
            for node in all_of(page, "[aria-describedby], [aria-labelledby]"):
                for key in ("aria-describedby", "aria-labelledby"):
                    assert set(attribute(node, key).split()) <= set(ids)
            for link in all_of(page, 'a[href^="#"]'):
                assert attribute(link, "href").removeprefix("#") in ids
            labels = {attribute(node, "for") for node in all_of(page, "label")}
            for field in all_of(page, "input:not([type=hidden]):not([type=radio]), textarea"):
                assert attribute(field, "id") in labels
            for field in all_of(page, "input[aria-invalid]"):
                assert any("problem" in each for each in attribute(field, "aria-describedby").split())
            for svg in all_of(page, "svg"):
                assert attribute(svg, "aria-hidden") == "true"
            levels = [
                int((node.tag or "")[1]) for node in one(page, "html").traverse() if node.tag in ("h1", "h2", "h3")
            ]
            assert all(after - before <= 1 for before, after in pairwise(levels))


def test_no_placeholder_is_left(subtests: pytest.Subtests) -> None:
    for (name, lang), html in PAGES.items():
        with subtests.test(f"{name} {lang}"):
            assert "%(" not in html
            assert "{{" not in html
            assert "None" not in html
            assert "&lt;" not in html


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("name", ["page-office", "page-agent", "page-degraded"])
def test_t00_a_page_that_is_vouched_for_links_back(name: str, lang: Lang) -> None:
    page = tree(name, lang)
    assert [attribute(link, "href") for link in all_of(page, 'head > link[rel="me"]')] == ME
    assert [attribute(link, "href") for link in all_of(page, 'main a[rel="me"]')] == ME[:1]


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("name", WITHDRAWN)
def test_t00_a_withdrawn_page_names_nothing_and_links_nowhere(name: str, lang: Lang) -> None:
    page = tree(name, lang)
    assert not all_of(page, '[rel~="me"]')
    assert not [secret for secret in SECRETS if secret in PAGES[name, lang]]
    assert all_of(page, 'meta[name="robots"][content="noindex"]')


def test_a_withdrawn_page_says_why_and_what_to_do() -> None:
    assert "Le compte n'est plus celui qui a été prouvé" in one(tree("page-suspended", "fr"), "main").text()
    assert "Son titulaire l&#39;a demandé." not in PAGES["page-revoked", "fr"]
    assert "Son titulaire l'a demandé." in PAGES["page-revoked", "fr"]


def test_t00_t63_the_neutral_page_says_one_thing() -> None:
    page = tree("neutral", "fr")
    said = one(page, "main").text().strip()
    assert said.startswith("Cette page n'atteste rien.")
    assert "ni rien contre." in said
    assert one(page, "main [lang=en]").text().startswith("This page attests nothing.")
    assert one(page, "header a.lang").attributes["href"] == "/en/"
    assert not all_of(page, '[rel~="me"]')
    assert all_of(page, 'meta[name="robots"][content="noindex"]')
    assert not [secret for secret in SECRETS if secret in PAGES["neutral", "fr"]]


def test_only_pages_that_vouch_carry_rel_me() -> None:
    carriers = {name for (name, lang) in PAGES if tree(name, lang).css('[rel~="me"]')}
    assert carriers == {"page-office", "page-agent", "page-degraded", "toy-profile", "toy-edit"}


def test_t00_links_back_need_a_verdict_that_vouches_even_if_they_are_given() -> None:
    view = words.verdict_view(VERDICTS["suspended"], "fr")
    assert "social.numerique.gouv.fr" not in words.render("page.html", "fr", verdict=view, me_links=ME)


ERROR = {"fr": "Erreur\u00a0: ", "en": "Error: "}


def test_an_error_is_told_the_same_way_on_every_page(subtests: pytest.Subtests) -> None:
    """First in the page and in its title, with the focus; it leads to its field, which is marked and describes it."""
    found = {(name, lang) for name, lang in PAGES if all_of(tree(name, lang), "#problem")}
    assert {name for name, _ in found} >= {
        "lookup-error", "register-error", "verify-wrong-file", "verify-wrong-text", "diagnostic-wrong-handle",
        "diagnostic-wrong-page", "resume-refused", "resume-wrong-code", "order-wrong-mailbox-now",
        "order-wrong-account-now", "order-wrong-change-now", "toy-dns-wrong-name", "toy-dns-wrong-value",
    }  # fmt: skip
    for name, lang in found:
        with subtests.test(f"{name} {lang}"):
            page = tree(name, lang)
            problem = one(page, "#problem")
            title = one(problem, "h2").text().strip()
            assert one(page, "title").text().startswith(ERROR[lang] + title)
            assert {key: problem.attributes[key] for key in ("role", "tabindex")} == {"role": "alert", "tabindex": "-1"}
            assert all_of(page, "[autofocus]") == [problem]
            assert not {"h1", "h2", "p", "form"} & set(_before(one(page, "main"), problem))
            invalid = all_of(page, "[aria-invalid]")
            if links := problem.css("a[href^='#']"):
                place = one(page, attribute(links[0], "href"))
                if place.tag in ("input", "textarea"):
                    assert place in invalid
            for field in invalid:
                described = attribute(field, "aria-describedby").split()
                assert any(each.endswith("problem") for each in described)


def _before(main: LexborNode, last: LexborNode) -> list[str]:
    """The elements of a page that come before one."""
    tags: list[str] = []
    for node in main.traverse():
        if node == last:
            break
        tags.append(node.tag or "")
    return tags


def test_a_field_without_fault_is_not_marked() -> None:
    page = tree("register-error", "fr")
    assert attribute(one(page, "#email"), "aria-describedby") == "email-hint problem"
    assert "aria-invalid" not in one(page, "#handle").attributes


def test_the_title_is_plain_text() -> None:
    title = one(tree("page-degraded", "fr"), "title").text()
    assert title.startswith(
        "Compte officiel, injoignable depuis le 5\u00a0février\u00a02027 à 14\u00a0h\u00a005\u00a0: @dinum"
    )


@pytest.mark.parametrize("name", ["lookup", "register", "order-new"])
def test_english_pages_stay_in_english(name: str) -> None:
    for link in all_of(tree(name, "en"), "body > header a:not(.lang), main a, body > footer nav a"):
        href = attribute(link, "href")
        assert href.startswith(("/en/", "#", "https://")) or href in ("/openapi.json", "/.well-known/did.json")


def test_an_order_offers_only_what_its_state_allows() -> None:
    def actions(name: str) -> list[str]:
        return [attribute(form, "action").rpartition("/")[2] for form in all_of(tree(name, "fr"), "main form")]

    assert actions("order-new") == ["change", "account", "token", "signin", "send"]
    assert actions("order-signing-in") == ["change", "account", "token", "send"]
    assert actions("order-code") == ["change", "code", "send"]
    assert actions("order-spent") == ["change"]
    assert actions("order-ready") == ["change", "publish"]
    for status in set(OrderStatus) - {OrderStatus.PENDING, OrderStatus.READY}:
        assert actions(f"order-{status}") == []


def test_the_link_to_paste_is_whole_and_cannot_be_edited() -> None:
    field = one(tree("order-new", "fr"), "#page")
    assert field.attributes["value"] == "https://verifier.example/v/6v3kq7"
    assert "readonly" in field.attributes


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        words.render("lookup.html", "fr", typed="")
