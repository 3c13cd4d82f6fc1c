"""The plain pages over sockets: the deployment's own, once read; and the examples of the page for developers."""

import re
import shutil
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.integration.conftest import Town
from tests.integration.documented import shell
from tests.integration.house import House, running
from verifier.core.errors import ConfigError
from verifier.policy.policy import PACKAGED
from verifier.words import LANGUAGES, PLAIN_NAMES, Lang, prefix

BAD = "# Titre\n\n[ici](javascript:alert(1))\n"


def policy(folder: Path, **texts: str) -> Path:
    """A policy with these pages: `mentions_legales_fr` is the French legal notice."""
    shutil.copytree(PACKAGED, folder)
    (folder / "pages").mkdir()
    for name, text in texts.items():
        page, _, lang = name.replace("_", "-").rpartition("-")
        (folder / "pages" / f"{page}.{lang}.md").write_text(text)
    return folder


async def test_the_deployment_says_who_runs_it(tmp_path: Path) -> None:
    own = policy(
        tmp_path / "policy",
        mentions_legales_fr="# Qui nous sommes\n\nLa préfecture de la Loire.\n",
        mentions_legales_en="# Who we are\n\nThe prefecture of Loire.\n",
        accessibilite_fr="# Accessibilité : totalement conforme\n\nUn audit.\n",
    )
    async with running(tmp_path / "data", policy_dir=own) as house:
        french, english = [(await house.get(f"{start}/mentions-legales")).text for start in ("", "/en")]
        assert "<title>Qui nous sommes – " in french
        assert "<p>La préfecture de la Loire.</p>" in french
        assert "The prefecture of Loire." in english
        assert "not yet said" not in english
        # The footer of every page has the titles.
        for path in ("/", "/demander", "/v/aaaaaaaaaaaaaaaa", "/nothing"):
            assert '<a href="/mentions-legales">Qui nous sommes</a>' in (await house.get(path)).text
        assert '<a href="/accessibilite">Accessibilité : totalement conforme</a>' in (await house.get("/")).text
        # One language alone: its readers are told which.
        assert '<article class="plain-page" lang="fr">' in (await house.get("/en/accessibilite")).text
        # Read at start: what is written meanwhile waits for the next one.
        (own / "pages" / "mentions-legales.fr.md").write_text(BAD)
        assert (await house.get("/mentions-legales")).text == french


async def test_t60_a_page_that_could_do_more_than_show_text_stops_the_start(tmp_path: Path) -> None:
    own = policy(tmp_path / "policy", developpeurs_en=BAD)
    with pytest.raises(ConfigError, match=r"developpeurs\.en\.md: the link javascript:alert\(1\) is neither https"):
        async with running(tmp_path / "data", policy_dir=own):
            pass


async def test_the_footer_leads_to_pages(house: House) -> None:
    for lang in LANGUAGES:
        home = (await house.get(f"{prefix(lang)}/")).text
        footer = home.partition("<footer>")[2]
        targets = re.findall('href="([^"]*)"', footer)
        assert {f"{prefix(lang)}/{name}" for name in PLAIN_NAMES} <= {*targets}
        for target in targets:
            answer = await house.get(target)
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8"), target


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_each_link_of_a_page_leads_somewhere(town: Town, lang: Lang) -> None:
    for name in PLAIN_NAMES:
        page = f"{prefix(lang)}/{name}"
        body = (await town.house.get(page)).text.partition("<article")[2].partition("</article>")[0]
        for target in map(unescape, re.findall('href="([^"]*)"', body)):
            if not target.startswith("https://"):
                place = urljoin(page, target)
                assert (await town.house.get(place)).status == 200, (page, target)
                # What is written for people is in their language.
                assert target.startswith("/") or place.startswith(f"{prefix(lang)}/"), (page, target)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_examples_for_developers_run_as_they_stand(town: Town, tmp_path: Path, lang: Lang) -> None:
    page = (await town.house.get(f"{prefix(lang)}/developpeurs")).text
    examples = [unescape(code) for code in re.findall('<code class="language-sh">(.*?)</code>', page, re.DOTALL)]
    assert len(examples) == 5
    assert all(town.house.base in example for example in examples)
    said = [await shell(example, folder=tmp_path) for example in examples]
    assert [each.code for each in said] == [0] * len(examples), said
    one, many, events, keys, check = [each.said for each in said]
    assert '"status":"not_attested"' in one
    assert many.count('"status":"not_attested"') == 2
    assert '"events":[{"seq":1,' in events
    assert '"verificationMethod": [' in keys
    assert '"accepted":false' in check
