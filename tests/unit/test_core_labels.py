"""What may stand in the name of a body: what people see, and nothing else (T60)."""

import unicodedata

import pytest

from verifier.core.attestation import is_label

# Default_Ignorable_Code_Point, as DerivedCoreProperties.txt of Unicode 15.1 has it.
IGNORABLE = [
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]  # fmt: skip


@pytest.mark.parametrize(("first", "last"), IGNORABLE, ids=[f"U+{first:04X}" for first, _ in IGNORABLE])
def test_t60_what_shows_nothing_stands_in_no_name(first: int, last: int) -> None:
    for code in range(first, last + 1):
        assert not is_label(f"Mairie{chr(code)} de Lyon"), f"U+{code:04X}"
        assert not is_label(chr(code))


@pytest.mark.parametrize("char", ["\n", "\x00", "\x85", "\u2028", "\u2029", "\ue000", "\ufdd0", "\u2800", "\u0378"])
def test_t60_nor_what_controls_or_is_nobodys(char: str) -> None:
    assert not is_label(f"Mairie{char} de Lyon"), unicodedata.category(char)


@pytest.mark.parametrize(
    "name",
    [
        "Direction interministérielle du numérique",
        "Préfecture de l’Aisne",
        "Conseil d'État – 1re chambre",
        "Ville de Saint-Denis (Réunion)",
        "Ministère\u00a0: services",
        "Te Fare Tauhiti Nui – Ōrama",
        "Région Île-de-France",
        "国家机关",
        "وزارة",
    ],
)
def test_names_as_people_write_them_are_taken(name: str) -> None:
    assert is_label(name)
