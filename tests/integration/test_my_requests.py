"""What a browser holds, for how long, and where its requests are found again (T08, T61, T63)."""

from http.cookies import SimpleCookie

from tests.initiators import OPERATOR
from tests.integration.daily import later, letters
from tests.integration.house import HOST, Answer, House, Visitor
from tests.integration.institution import CONTACT, DINUM, DOMAIN, attest, order, publish_record
from tests.integration.request_page import open_one, page, publish_page
from verifier.core.attestation import LIFETIME
from verifier.core.clock import DAY, HOUR
from verifier.core.identifiers import Host
from verifier.core.models import Reason
from verifier.registration.monitoring.consequences import GRACE
from verifier.registration.orders.registrar import ORDER_LIFETIME, ORDER_LIFETIME_OF_BODY

OVER = 7 * DAY


def lives(answer: Answer, order_id: str) -> int:
    """For how many seconds a browser keeps the cookie of that order."""
    (line,) = [line for line in answer.headers.getall("Set-Cookie") if line.startswith(f"order-{order_id}=")]  # type: ignore[attr-defined]
    cookie = SimpleCookie(line)[f"order-{order_id}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    return int(cookie["max-age"])


async def listed(browser: Visitor) -> str:
    return (await browser.get("/en/demander")).text.partition('id="yours"')[2].partition("</section>")[0]


async def test_a_published_request_is_kept_as_long_as_its_attestation_and_each_visit_renews_it(house: House) -> None:
    holder = await house.order()
    cookie = {"Cookie": f"order-{holder.id}={holder.order['token']}"}
    house.time.pass_(HOUR)
    opened = await house.get(f"/en/demander/{holder.id}", **cookie)
    assert lives(opened, holder.id) == ORDER_LIFETIME - HOUR + OVER
    await holder.publish()
    for _ in range(2):
        house.time.pass_(3 * DAY)
        published = await house.get(f"/en/demander/{holder.id}", **cookie)
        assert lives(published, holder.id) == LIFETIME
        assert "Your attestation is published" in published.text
        assert "this page can be opened again until" in published.text


async def test_a_body_has_a_week_for_its_dns_and_an_agent_two_days(house: House) -> None:
    holder, agent = await order(house), await house.order()
    assert ORDER_LIFETIME_OF_BODY > ORDER_LIFETIME
    await holder.prove()
    house.time.pass_(ORDER_LIFETIME_OF_BODY - 1)
    publish_record(house, holder)
    assert (await holder.challenge("dns-01")).json["status"] == "valid"
    assert (await agent.challenge("rel-me-01")).code == "order-expired"
    assert (await holder.finalize()).json["status"] == "issued", "its account was looked at once more"


async def test_t63_a_browser_lists_its_own_requests_and_no_other(house: House) -> None:
    async with house.browser() as browser, house.browser() as stranger:
        first = await open_one(house, browser)
        second = await open_one(house, browser, f"@bob@{HOST}")
        other = await open_one(house, stranger, f"@carol@{HOST}")
        for whose in ("", "?for=body"):
            shown = (await browser.get(f"/en/demander{whose}")).text
            assert f"/en/demander/{first}" in shown
            assert f"/en/demander/{second}" in shown
            assert other not in shown
        assert "carol" not in await listed(browser)
        forged = await house.get("/en/demander", Cookie=f"order-{first}={'x' * 43}")
        assert first not in forged.text
        house.time.pass_(ORDER_LIFETIME)
        assert await listed(browser) == ""


async def test_what_became_of_a_published_request_is_on_the_list(house: House) -> None:
    holder = await house.attest()
    cookie = {"Cookie": f"order-{holder.id}={holder.order['token']}"}
    assert "Published" in (await house.get("/en/demander", **cookie)).text
    name = holder.order["attestation"].rpartition("/")[2]
    await house.service.registration.publisher.suspend(name, Reason.ACCOUNT_COMPROMISED, OPERATOR)
    assert "No longer in force" in (await house.get("/en/demander", **cookie)).text


async def test_a_browser_that_holds_too_many_sends_no_header_that_is_refused(house: House) -> None:
    async with house.browser() as browser:
        for number in range(42):
            last = await open_one(house, browser, f"@a{number}@{HOST}")
            house.time.pass_(1)
        held = [each.key for each in browser.session.cookie_jar if each.key.startswith("order-")]
        assert len(held) == 40
        assert f"order-{last}" in held
        assert "@a41@" in await listed(browser)
        assert "@a0@" not in await listed(browser)


async def test_another_browser_is_led_to_its_own_requests(house: House) -> None:
    async with house.browser() as browser:
        order_id = await open_one(house, browser)
    refused = await house.get(f"/en/demander/{order_id}")
    assert refused.status == 401
    assert 'href="/en/demander"' in refused.text.partition("<main")[2]
    assert "See the requests of this browser" in refused.text


async def test_the_mail_says_where_the_page_is_found_again(house: House) -> None:
    holder = await house.order(locale="en")
    await holder.challenge("email-01")
    mail = house.smtp.received[-1].content.decode()
    assert f"{house.base.partition('://')[2]}/en/demander" in mail.replace("=\r\n", "")
    assert "http" not in mail.partition("\r\n\r\n")[2]


async def test_a_request_whose_time_is_over_says_so_at_once_and_the_next_one_is_filled_in(house: House) -> None:
    holder = await order(house)
    house.time.pass_(ORDER_LIFETIME_OF_BODY)
    shown = await page(house, holder)
    assert "Your request has expired" in shown
    assert 'class="steps"' not in shown
    assert "for=body" in shown
    assert f"domain={DOMAIN}" in shown
    assert CONTACT not in shown.partition("Start a new request")[0].rpartition("href")[2]
    await house.service.clockwork.run_due()
    assert "Your request has expired" in await page(house, holder)


async def test_the_site_and_the_domain_fail_each_in_its_own_place(house: House) -> None:
    holder = await order(house)
    await holder.challenge("site-01")
    shown = await page(house, holder)
    assert 'id="site-problem"' in shown
    assert 'id="domain-problem"' not in shown, "nobody looked at the DNS"
    await holder.challenge("dns-01")
    await holder.challenge("site-01")
    shown = await page(house, holder)
    assert "The record is not seen yet" in shown.partition('id="domain-waiting"')[2].partition('id="site"')[0]
    publish_record(house, holder)
    await holder.challenge("dns-01")
    shown = await page(house, holder)
    assert 'id="domain-problem"' not in shown
    assert 'id="site-problem"' in shown


async def test_there_is_a_text_to_forward_to_those_who_run_the_dns(house: House) -> None:
    holder = await order(house)
    shown = (await page(house, holder)).partition('id="dns-forward"')[2].partition("</textarea>")[0]
    service = house.base.partition("://")[2]
    assert f"_official-account.{DOMAIN}. 3600 IN TXT" in shown
    assert f"{service}; token=" in shown
    assert f"dig +short TXT _official-account.{DOMAIN}" in shown
    assert "<" not in shown


async def test_the_record_to_publish_stands_beside_what_fails_without_it(house: House) -> None:
    holder = await attest(house)
    missing = await publish_page(house, holder, "instance", host="other.example")
    assert 'value="_official-account.other.example"' in missing
    renewed = await house.service.registration.bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
    for act, given in (("children", {"list": f"labo.{DOMAIN},Labo"}), ("instance", {"host": HOST})):
        shown = await publish_page(house, holder, act, **given)
        part = shown.partition(f'id="{act}"')[2].partition("</details>")[0]
        assert "This organisation is not proved" in part
        assert f"token={renewed.token}" in part


async def test_a_renewed_record_is_told_at_once_with_its_value_and_the_day(house: House) -> None:
    holder = await attest(house)
    renewed = await house.service.registration.bodies.renew_token(Host.parse(DOMAIN), OPERATOR)
    shown = await page(house, holder)
    assert "It is another one than before." in shown
    assert f"token={renewed.token}" in shown
    await later(house, 60)
    assert letters(house) == [(CONTACT, "L'enregistrement DNS d'un organisme n'est plus visible")]
    letter = house.smtp.received[-1].content.decode().replace("=\r\n", "")
    assert f"token=3D{renewed.token}" in letter or f"token={renewed.token}" in letter
    assert f"_official-account.{DOMAIN}" in letter
    shown = await page(house, holder)
    assert "It cannot be seen since" in shown
    house.dns.zone[f"_official-account.{DOMAIN}", "TXT"] = [
        f'"{house.base.partition("://")[2]}; token={renewed.token}"'
    ]
    await later(house, HOUR)
    assert 'id="awaited"' not in await page(house, holder)
    await later(house, GRACE)
    assert (await house.lookup(DINUM))["status"] == "verified"


async def test_whoever_names_a_body_learns_whether_its_requests_are_examined(house: House) -> None:
    holder = await attest(house, f"@pm@{HOST}", "pm.gouv.fr", "presse@pm.gouv.fr")
    pasted = "sgg.pm.gouv.fr,SGG,presse@sgg.pm.gouv.fr\ndila.gouv.fr,DILA\nx.pm.gouv.fr,X,presse@x.pm.gouv.fr"
    shown = await publish_page(house, holder, "children", list=pasted)
    done = shown.partition("3 organisations are named.")[2].partition("</div>")[0]
    assert "sgg.pm.gouv.fr" not in done, "it is issued at once"
    assert done.index("dila.gouv.fr") < done.index("It is not known who acts") < done.index("x.pm.gouv.fr")
    assert "The rules of this service" in done.partition("x.pm.gouv.fr")[2]
    for handle, domain, status in (("sgg", "sgg.pm.gouv.fr", "issued"), ("x", "x.pm.gouv.fr", "in_review")):
        child = await order(house, f"@{handle}@{HOST}", domain, f"presse@{domain}")
        await child.prove()
        assert (await child.finalize()).json["status"] == status
