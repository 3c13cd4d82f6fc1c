"""From a handle to an account and back, against instances that lie (T28 to T31, T33, T42)."""

from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.instance import ACTIVITY, ED25519_PEM, KEY_DER, KEY_PEM, LD, Instance, Person, key_of, multikey_of
from verifier.core.errors import OutsideError
from verifier.core.identifiers import Digest, Handle
from verifier.core.strict_json import Json, dumps
from verifier.fetch import Fetcher, Resolver
from verifier.validation.accounts.resolution import Resolved, resolve
from verifier.validation.trail import Trail

HOSTS = ("social.example", "names.example", "evil.example", "other.example")
ENTITY = (
    '<!DOCTYPE XRD [<!ENTITY t "https://social.example/lrdd?resource={uri}">]>'
    '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="&t;"/></XRD>'
)
MARIANNE = Handle.parse("@marianne@social.example")


@pytest.fixture
async def trail(http: HttpDouble) -> AsyncIterator[Trail]:
    async with Fetcher(Resolver([]), user_agent="test", overrides=http.overrides(*HOSTS)) as fetcher:
        yield Trail(fetcher)


@pytest.fixture
def instance(http: HttpDouble) -> Instance:
    return Instance(http)


async def refusal(handle: Handle, trail: Trail) -> str:
    with pytest.raises(OutsideError) as caught:
        await resolve(handle, trail)
    return caught.value.code


async def test_the_pin_of_a_well_behaved_account(instance: Instance, trail: Trail) -> None:
    instance.person("marianne").actor["publicKey"]["publicKeyPem"] = KEY_PEM
    resolved = await resolve(MARIANNE, trail)
    pin = resolved.pin
    assert pin.handle == MARIANNE
    assert pin.actor == "https://social.example/users/marianne"
    assert pin.profile == "https://social.example/@marianne"
    assert pin.key_digest == str(Digest.of(KEY_DER))
    assert pin.published == "2017-04-01T00:00:00Z"


async def test_the_trail_names_what_was_asked_and_seen(instance: Instance, trail: Trail) -> None:
    instance.person("marianne")
    await resolve(MARIANNE, trail)
    webfinger, actor = trail.items
    assert webfinger["url"] == "https://social.example/.well-known/webfinger?resource=acct:marianne@social.example"
    assert actor["url"] == "https://social.example/users/marianne"
    for item in trail.items:
        assert item.keys() == {"url", "status", "address", "sha256"}
        assert (item["status"], item["address"], len(item["sha256"])) == (200, "127.0.0.1", 64)


async def test_the_trail_keeps_what_failed(trail: Trail) -> None:
    assert await refusal(Handle.parse("@a@nowhere.example"), trail) == "fetch-name"
    url = "https://nowhere.example/.well-known/webfinger?resource=acct:a@nowhere.example"
    assert trail.items == [{"url": url, "problem": "fetch-name"}]


async def test_a_split_domain_has_one_canonical_handle(http: HttpDouble, trail: Trail) -> None:
    Instance(http, names="names.example").person("marianne")
    expected = Handle.parse("@marianne@names.example")
    assert (await resolve(expected, trail)).canonical == expected
    assert (await resolve(MARIANNE, trail)).canonical == expected


async def test_fep_2c59_names_the_account(http: HttpDouble, trail: Trail) -> None:
    person = Instance(http, names="names.example").person("marianne")
    person.actor |= {"webfinger": "marianne@names.example", "preferredUsername": "numéro-1"}
    assert (await resolve(MARIANNE, trail)).canonical == Handle.parse("@marianne@names.example")


async def test_webfinger_may_be_delegated_by_redirect(instance: Instance, http: HttpDouble, trail: Trail) -> None:
    person = instance.person("marianne")
    person.jrd["subject"] = "acct:marianne@names.example"
    instance.people["acct:marianne@names.example"] = person
    asked = "/.well-known/webfinger"
    http.redirect("names.example", asked, f"https://social.example{asked}?resource=acct:marianne@names.example")
    resolved = await resolve(MARIANNE, trail)
    assert resolved.canonical == Handle.parse("@marianne@names.example")
    assert trail.items[1]["redirects"] == [f"https://names.example{asked}?resource=acct:marianne@names.example"]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (500, b"", "instance-error"),
        (410, b"", "account-gone"),
        (403, b"", "webfinger-status"),
        (200, b"<html>", "webfinger-malformed"),
        (200, b"{}", "webfinger-subject"),
        (200, b'{"subject": "acct:marianne@names.example"}', "webfinger-no-actor"),
    ],
)
@pytest.mark.parametrize("way", ["redirect", "host-meta"])
async def test_a_fault_is_told_of_the_server_that_has_it(
    http: HttpDouble, trail: Trail, way: str, status: int, body: bytes, code: str
) -> None:
    http.put("other.example", "/finger", body, status=status)
    if way == "redirect":
        http.redirect("names.example", "/.well-known/webfinger", "https://other.example/finger")
    else:
        Instance(http, host="names.example", webfinger_status=404, template="https://other.example/finger?r={uri}")
    with pytest.raises(OutsideError) as caught:
        await resolve(Handle.parse("@marianne@names.example"), trail)
    assert (caught.value.code, caught.value.values["host"]) == (code, "other.example")


async def test_host_meta_of_another_server_is_told_of_that_server(http: HttpDouble, trail: Trail) -> None:
    http.put("names.example", "/.well-known/webfinger", b"", status=404)
    http.redirect("names.example", "/.well-known/host-meta", "https://other.example/meta")
    http.put("other.example", "/meta", b"<html>")
    with pytest.raises(OutsideError) as caught:
        await resolve(Handle.parse("@marianne@names.example"), trail)
    assert (caught.value.code, caught.value.values["host"]) == ("host-meta-malformed", "other.example")


async def test_t30_a_name_that_points_at_another_account_is_never_blessed(
    instance: Instance, http: HttpDouble, trail: Trail
) -> None:
    official = instance.person("marianne")
    impostor = {"subject": "acct:minister@evil.example", "links": official.jrd["links"]}
    http.put("evil.example", "/.well-known/webfinger", dumps(impostor))
    assert (await resolve(Handle.parse("@minister@evil.example"), trail)).canonical == MARIANNE


async def test_t30_an_actor_cannot_claim_the_name_of_another(
    instance: Instance, http: HttpDouble, trail: Trail
) -> None:
    instance.person("marianne")
    evil = Instance(http, host="evil.example").person("m")
    evil.actor["webfinger"] = "marianne@social.example"
    assert await refusal(Handle.parse("@m@evil.example"), trail) == "webfinger-one-way"


async def test_t00f_an_actor_cannot_claim_another_spelling_that_is_somebody_else_s(
    instance: Instance, trail: Trail
) -> None:
    instance.folds = False
    instance.person("Test_Foo").actor["preferredUsername"] = "test_foo"
    instance.person("test_foo")
    assert await refusal(Handle.parse("@Test_Foo@social.example"), trail) == "webfinger-one-way"


async def test_t00f_a_name_that_gives_another_spelling_leads_where_that_one_leads(
    instance: Instance, trail: Trail
) -> None:
    instance.folds = False
    other, official = instance.person("marianne"), instance.person("Marianne")
    other.jrd["subject"], other.actor["preferredUsername"] = official.jrd["subject"], "Marianne"
    assert (await resolve(MARIANNE, trail)).pin.actor == official.id


@pytest.mark.parametrize("says", ["Marianne", "MARIANNE"])
async def test_t00f_the_name_is_spelled_as_the_server_has_it(instance: Instance, trail: Trail, says: str) -> None:
    """WebFinger's subject, where the actor's own side leads; whatever was asked."""
    person = instance.person("Marianne")
    person.actor["preferredUsername"] = says
    for asked in ("@marianne@social.example", "@Marianne@social.example", "@mARIANNE@social.example"):
        assert str((await resolve(Handle.parse(asked), trail)).canonical) == "@Marianne@social.example"


async def test_t30_a_third_name_fails(instance: Instance, http: HttpDouble, trail: Trail) -> None:
    instance.person("marianne").jrd["subject"] = "acct:b@other.example"
    third = {
        "subject": "acct:c@other.example",
        "links": [{"rel": "self", "type": ACTIVITY, "href": "https://a.example/"}],
    }
    http.put("other.example", "/.well-known/webfinger", dumps(third))
    assert await refusal(MARIANNE, trail) == "webfinger-third-name"


async def test_t30_the_first_self_link_of_the_two_types_counts(instance: Instance, trail: Trail) -> None:
    person = instance.person("marianne")
    person.jrd["links"] = [
        {"rel": "self", "type": "text/html", "href": "https://evil.example/a"},
        {"rel": "me", "type": ACTIVITY, "href": "https://evil.example/b"},
        {"rel": "self", "type": LD, "href": person.id},
        {"rel": "self", "type": ACTIVITY, "href": "https://evil.example/c"},
    ]
    assert str((await resolve(MARIANNE, trail)).actor.id) == person.id


@pytest.mark.parametrize("type_", [ACTIVITY.upper(), "Application/LD+JSON" + LD.removeprefix("application/ld+json")])
async def test_relations_and_types_are_read_in_any_case(instance: Instance, trail: Trail, type_: str) -> None:
    person = instance.person("marianne")
    person.jrd["links"] = [{"rel": "Self", "type": type_, "href": person.id}]
    person.actor_type = ACTIVITY.upper()
    assert str((await resolve(MARIANNE, trail)).actor.id) == person.id


async def test_host_meta_reads_its_relation_in_any_case(instance: Instance, trail: Trail) -> None:
    instance.person("marianne")
    instance.webfinger_status = 404
    instance.template = (
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
        '<Link rel="describedby" template="https://evil.example/lrdd?resource={uri}"/>'
        '<Link rel="LRDD" template="https://social.example/lrdd?resource={uri}"/></XRD>'
    )
    assert (await resolve(MARIANNE, trail)).canonical == MARIANNE


async def test_host_meta_says_where_to_ask(instance: Instance, trail: Trail) -> None:
    instance.person("marianne")
    instance.webfinger_status = 404
    instance.template = "https://social.example/lrdd?resource={uri}"
    assert (await resolve(MARIANNE, trail)).canonical == MARIANNE


@pytest.mark.parametrize(
    ("template", "code"),
    [
        (None, "account-unknown"),
        ("https://social.example/lrdd", "host-meta-malformed"),
        ("http://social.example/lrdd?resource={uri}", "host-meta-malformed"),
        ("<html><body><p>No XML</body></html>", "host-meta-malformed"),
        ('<Link rel="lrdd" template="https://social.example/lrdd?resource={uri}"/>', "host-meta-malformed"),
        (ENTITY, "host-meta-malformed"),
        ('<?xml version="1.0" encoding="utf-7"?><XRD/>', "host-meta-malformed"),
        ('<?xml version="1.0" encoding="no-such"?><XRD/>', "host-meta-malformed"),
    ],
    ids=["none", "no uri", "http", "html", "no namespace", "entity", "utf-7", "no such encoding"],
)
async def test_host_meta_that_leads_nowhere(instance: Instance, trail: Trail, template: str | None, code: str) -> None:
    instance.person("marianne")
    instance.webfinger_status = 404
    instance.template = template
    assert await refusal(MARIANNE, trail) == code


@pytest.mark.parametrize(
    ("status", "code"),
    [(410, "account-gone"), (500, "instance-error"), (429, "instance-error"), (403, "webfinger-status")],
)
async def test_what_webfinger_answers(instance: Instance, trail: Trail, status: int, code: str) -> None:
    instance.person("marianne")
    instance.webfinger_status = status
    assert await refusal(MARIANNE, trail) == code
    assert len(trail.items) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "webfinger-malformed"),
        (b'{"subject": "acct:a@social.example", "subject": "acct:marianne@social.example"}', "webfinger-malformed"),
        (b'{"subject": NaN}', "webfinger-malformed"),
        (b"[" * 100_000, "webfinger-malformed"),
        (b'{"subject": ["acct:marianne@social.example"]}', "webfinger-subject"),
        (b'{"subject": "@marianne@social.example"}', "webfinger-subject"),
        (b'{"subject": "acct:acct:marianne@social.example"}', "webfinger-subject"),
        (b'{"subject": "acct:marianne@social.example/x"}', "webfinger-subject"),
        (b'{"subject": "acct:marianne@social.example"}', "webfinger-no-actor"),
        (b'{"subject": "acct:marianne@social.example", "links": {"rel": "self"}}', "webfinger-no-actor"),
    ],
)
async def test_t31_t42_a_bad_jrd_is_refused(instance: Instance, trail: Trail, body: bytes, code: str) -> None:
    instance.person("marianne").jrd = body
    assert await refusal(MARIANNE, trail) == code


@pytest.mark.parametrize(
    "href",
    [
        "http://social.example/users/marianne",
        "https://SOCIAL.example/users/marianne",
        "https://social.example:8443/users/marianne",
        "https://127.0.0.1/users/marianne",
        "https://social.example/users/marianne#main",
        "https://social.example",
        "/users/marianne",
        7,
    ],
)
async def test_an_actor_id_that_has_two_spellings_is_refused(instance: Instance, trail: Trail, href: Json) -> None:
    instance.person("marianne").jrd["links"][0]["href"] = href
    assert await refusal(MARIANNE, trail) == "webfinger-no-actor"


async def test_t28_an_actor_served_by_another_host_is_refused(
    instance: Instance, http: HttpDouble, trail: Trail
) -> None:
    official = instance.person("marianne")
    thief = Instance(http, host="evil.example").person("m")
    thief.actor = official.actor
    assert await refusal(Handle.parse("@m@evil.example"), trail) == "actor-other-id"


async def test_t28_an_actor_that_redirects_to_another_host_is_refused(
    instance: Instance, http: HttpDouble, trail: Trail
) -> None:
    person = instance.person("marianne")
    http.redirect("social.example", "/users/marianne", "https://evil.example/users/marianne")
    http.put("evil.example", "/users/marianne", dumps(person.actor), content_type=ACTIVITY)
    assert await refusal(MARIANNE, trail) == "fetch-redirect-refused"


async def test_t28_a_key_of_another_owner_is_refused(instance: Instance, trail: Trail) -> None:
    instance.person("marianne").actor["publicKey"]["owner"] = "https://social.example/users/other"
    assert await refusal(MARIANNE, trail) == "actor-key"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/html",
        "application/json",
        "application/octet-stream",
        "application/ld+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams#x"',
        'application/ld+json; profile="https://evil.example/"; profile="https://www.w3.org/ns/activitystreams"',
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"; profile="https://evil.example/"',
        "application/activity+jsonx",
        "application/activity+json, text/html",
        'text/plain; x="application/activity+json"',
    ],
)
async def test_t29_an_upload_is_no_actor(instance: Instance, trail: Trail, content_type: str) -> None:
    instance.person("marianne").actor_type = content_type
    assert await refusal(MARIANNE, trail) == "actor-type"


@pytest.mark.parametrize(
    "content_type",
    [
        ACTIVITY,
        LD,
        "Application/Activity+JSON ;charset=UTF-8",
        'application/ld+json; charset=utf-8; profile="https://example.com/a https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_t29_the_two_types_with_parameters(instance: Instance, trail: Trail, content_type: str) -> None:
    instance.person("marianne").actor_type = content_type
    assert (await resolve(MARIANNE, trail)).canonical == MARIANNE


def change(**members: Json) -> Callable[[Person], None]:
    return lambda person: person.actor.update(members)


def answer(status: int) -> Callable[[Person], None]:
    return lambda person: setattr(person, "status", status)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (answer(410), "account-gone"),
        (answer(404), "actor-status"),
        (answer(201), "actor-status"),
        (answer(401), "actor-private"),
        (answer(503), "instance-error"),
        (change(type="Tombstone"), "account-gone"),
        (change(type=["Person", "Tombstone"]), "account-gone"),
        (change(suspended=True), "account-suspended"),
        (change(suspended=True, inbox=None, publicKey=None), "account-suspended"),
        (change(suspended=True, movedTo="https://other.example/users/m"), "account-suspended"),
        (change(type="Note"), "actor-malformed"),
        (change(movedTo="https://other.example/users/m"), "account-moved-alone"),
        (change(inbox=None), "actor-malformed"),
        (change(inbox="http://social.example/inbox"), "actor-malformed"),
        (change(preferredUsername=None), "actor-malformed"),
        (change(preferredUsername="marianne@evil.example"), "actor-malformed"),
        (change(preferredUsername="acct:marianne"), "actor-malformed"),
        (change(webfinger="@marianne@social.example"), "actor-malformed"),
        (change(webfinger=["marianne@social.example"]), "actor-malformed"),
        (change(id="https://social.example/users/Marianne"), "actor-other-id"),
        (change(publicKey=None), "actor-key"),
        (change(publicKey="https://social.example/users/marianne#main-key"), "actor-key"),
        (
            change(publicKey={"publicKeyPem": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}),
            "actor-key",
        ),
        (change(publicKey=[]), "actor-key"),
        (change(publicKey=["https://social.example/users/marianne#main-key", {"publicKeyPem": KEY_PEM}]), "actor-key"),
        (change(publicKey=[{"publicKeyPem": ""}, {"publicKeyPem": KEY_PEM}]), "actor-key"),
        (change(publicKey=[key_of("https://social.example/users/m", KEY_PEM), {"publicKeyPem": KEY_PEM}]), "actor-key"),
        (change(publicKey=None, assertionMethod=[multikey_of("https://social.example/users/marianne")]), "actor-key"),
        (lambda person: setattr(person, "actor", b'{"id": "a", "id": "b"}'), "actor-not-json"),
    ],
)
async def test_an_actor_that_will_not_do(
    instance: Instance, trail: Trail, spoil: Callable[[Person], None], code: str
) -> None:
    spoil(instance.person("marianne"))
    assert await refusal(MARIANNE, trail) == code


async def test_t00g_only_what_says_suspended_is(instance: Instance, trail: Trail) -> None:
    values: Sequence[Json] = (False, None, "", "false", 0, [])
    for value in values:
        instance.person("marianne").actor["suspended"] = value
        assert (await resolve(MARIANNE, trail)).canonical == MARIANNE


OURS, OTHERS = "https://social.example/users/marianne", "https://social.example/users/m"
FIRST, SECOND = key_of(OURS, KEY_PEM), key_of(OURS, ED25519_PEM)
DIGEST = str(Digest.of(KEY_DER))


@pytest.mark.parametrize(
    ("keys", "pinned"),
    [
        (FIRST, True),
        ([FIRST], True),
        ([FIRST, SECOND], True),
        ([SECOND, FIRST], True),
        ([{"publicKeyPem": "-"}, FIRST], True),
        ([key_of(OTHERS, ED25519_PEM), None, "x", multikey_of(OURS), FIRST], True),
        ([SECOND] * 15 + [FIRST], True),
        ([SECOND] * 16 + [FIRST], False),
        ([SECOND, key_of(OTHERS, KEY_PEM)], False),
        ([SECOND, {"owner": [OURS], "publicKeyPem": KEY_PEM}], False),
        (SECOND, False),
    ],
)
async def test_t33_the_pinned_key_counts_while_it_is_published(
    instance: Instance, trail: Trail, keys: Json, *, pinned: bool
) -> None:
    instance.person("marianne").actor["publicKey"] = keys
    assert ((await resolve(MARIANNE, trail, DIGEST)).pin.key_digest == DIGEST) is pinned


async def test_t33_without_a_pin_the_first_key_counts(instance: Instance, trail: Trail) -> None:
    seen = []
    for keys in ([FIRST, SECOND], [SECOND, FIRST], SECOND):
        instance.person("marianne").actor["publicKey"] = keys
        seen.append((await resolve(MARIANNE, trail)).pin.key_digest)
    assert seen[0] == DIGEST
    assert seen[1] == seen[2] != DIGEST


async def profile_of(url: Json, instance: Instance, trail: Trail) -> str:
    instance.person("marianne").actor["url"] = url
    return (await resolve(MARIANNE, trail)).actor.profile


@pytest.mark.parametrize(
    ("url", "profile"),
    [
        ("https://social.example/@m", "https://social.example/@m"),
        ("https://SOCIAL.example", "https://social.example"),
        ("https://Social.Example/@M", "https://social.example/@M"),
        (["https://social.example/@m", "https://social.example/@n"], "https://social.example/@m"),
        ({"type": "Link", "href": "https://social.example/@m"}, "https://social.example/@m"),
        (
            [
                {"type": "Link", "mediaType": "application/json", "href": "https://social.example/m.json"},
                {"type": "Link", "mediaType": "text/html", "href": "https://social.example/@m"},
            ],
            "https://social.example/@m",
        ),
        ("https://evil.example/@m", "https://social.example/users/marianne"),
        ("http://social.example/@m", "https://social.example/users/marianne"),
        ("javascript:alert(1)", "https://social.example/users/marianne"),
        (None, "https://social.example/users/marianne"),
        ([], "https://social.example/users/marianne"),
    ],
)
async def test_the_profile_is_the_url_of_the_ids_host_or_the_id(
    instance: Instance, trail: Trail, url: Json, profile: str
) -> None:
    assert await profile_of(url, instance, trail) == profile


async def test_one_key_in_an_array_is_one_key(instance: Instance, trail: Trail) -> None:
    instance.person("marianne").actor["publicKey"] = [{"publicKeyPem": KEY_PEM}]
    resolved: Resolved = await resolve(MARIANNE, trail)
    assert resolved.actor.key_digest == Digest.of(KEY_DER)
