"""What the words are told of, and what they tell: shared by their tests."""

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from verifier import words
from verifier.core.initiator import Role
from verifier.core.models import Reason
from verifier.core.strict_json import Json
from verifier.words import VerdictView
from verifier.words.letters import SIGNS

WORDS = Path(words.__file__).parent
LOCALE = WORDS / "locale"
NOW = 1_795_428_000
VALUES: dict[str, Json] = {
    "handle": "@alice@social.example",
    "page": "https://comptes.example.gouv.fr/v/abcdefghij234567",
    "at": NOW,
    "since": NOW,
    "deadline": NOW + 72 * 3600,
    "reason": Reason.ACCOUNT_CHANGED,
    "by": Role.OPERATOR,
    "domain": "numerique.gouv.fr",
    "host": "social.example",
    "name": "_official-account.numerique.gouv.fr",
    "value": "comptes.example.gouv.fr; token=mfrggzdfmztwq2lknnwg23tpoa",
    "count": 12,
    "asked": "@presse@social.example",
    "match": "elsewhere-renamed",
    "seen": list(SIGNS),
    "until": NOW + 14 * 86_400,
    "first": NOW - 7 * 86_400,
    "last": NOW,
    "parent": "pm.gouv.fr",
    "named": "dila.gouv.fr, sgg.pm.gouv.fr",
    "place": "comptes.example.gouv.fr/demander",
    "code": "K7QX2M9P",
    "accounts": [
        {"handle": "@alice@social.example", "since": NOW},
        {"handle": "@presse@social.example", "since": NOW - 86_400},
    ],
}


def said(view: VerdictView) -> str:
    """Everything that a reader reads first, spaces made plain."""
    lines = (view.title, *view.lead, view.reason, view.remedy, view.as_of, view.note)
    return " ".join(str(line) for line in lines if line).replace("\u00a0", " ").replace("\u202f", " ")


def extracted() -> set[str]:
    """Every sentence of templates and code, as the command of ``docs/words.md`` finds them."""
    with (LOCALE / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(WORDS, methods, options, keywords={"_": None, "N_": None, "ngettext": (1, 2)})
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}
