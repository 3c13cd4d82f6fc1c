"""Two editors agree to each change of a policy, or no service takes it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.editors import ANNE, BRUNO, CHLOE, EVE, NOW, name_editors, propose, sign_first
from verifier.core.errors import ConfigError
from verifier.core.identifiers import Host, MailAddress
from verifier.core.strict_json import dumps, loads_object
from verifier.policy import (
    changes as policy_changes,
)
from verifier.policy import (
    policy,
)
from verifier.policy import (
    proposals as policy_proposals,
)
from verifier.policy import (
    signoff as policy_signoff,
)
from verifier.policy.proposals import Proposal
from verifier.signer import Signer
from verifier.signer.trust import signature
from verifier.storage import open_storage

CULTURE = Host("culture.gouv.fr")


async def change(folder: Path, by: Signer = ANNE) -> Proposal:
    """Another class for a domain."""
    texts = policy_changes.domain(folder, CULTURE, ("exact", "operator"), "Decree 2026-1")
    return await policy_proposals.propose(folder, texts, source="Decree", reason="Moved.", signer=by, now=NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Editors are named; nobody signed."""
    copy = shutil.copytree(policy.PACKAGED, tmp_path / "policy")
    name_editors(copy, ("Anne", ANNE), ("Bruno", BRUNO))
    return copy


@pytest.fixture
async def signed(folder: Path) -> Path:
    await sign_first(folder)
    return folder


def class_of(folder: Path) -> str:
    return policy.load(folder).mailbox(MailAddress.parse(f"a.b@{CULTURE}")).class_


def refused(folder: Path, told: str) -> None:
    with pytest.raises(ConfigError) as stopped:
        policy.load(folder)
    assert told in str(stopped.value)


def test_the_packaged_policy_has_no_editors() -> None:
    assert (policy.load().signoffs, policy.load().editors) == ((), ())


def test_editors_alone_sign_nothing(folder: Path) -> None:
    refused(folder, "there is no signoff.json")


async def test_two_editors_sign_a_folder(signed: Path) -> None:
    (only,) = policy.load(signed).signoffs
    assert (only.signed.version, only.signed.reason, only.signed.previous) == (1, "It was asked.", None)
    assert {each.key for each in only.signatures} == {ANNE.public_key_multibase, BRUNO.public_key_multibase}
    assert policy_proposals.pending(signed) == []


async def test_one_editor_is_not_two(folder: Path) -> None:
    proposal = await propose(folder, ANNE)
    with pytest.raises(ConfigError, match="you proposed it"):
        await policy_proposals.approve(folder, proposal, ANNE)
    refused(folder, "there is no signoff.json")


async def test_a_stranger_neither_proposes_nor_approves(folder: Path) -> None:
    with pytest.raises(ConfigError, match="not the key of an editor"):
        await propose(folder, EVE)
    with pytest.raises(ConfigError, match="not the key of an editor"):
        await policy_proposals.approve(folder, await propose(folder, ANNE), EVE)


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ((("Anne", ANNE), ("Anna", ANNE)), "stands twice"),
        ((("Anne", ANNE), ("Anne", BRUNO)), "stands twice"),
        ((("Anne", ANNE),), "name at least two"),
    ],
)
def test_a_key_under_two_names_is_one_person(folder: Path, people: tuple[tuple[str, Signer], ...], told: str) -> None:
    name_editors(folder, *people)
    refused(folder, told)


@pytest.mark.parametrize("file", ["policy.toml", "domains.csv", "state.txt", "shared.txt", "bodies.csv", "aliases.csv"])
async def test_any_byte_that_nobody_signed_stops_the_start(signed: Path, file: str) -> None:
    with (signed / file).open("a") as text:
        text.write("\n")
    refused(signed, "not those that two editors signed as version 1")


async def test_a_proposal_changes_nothing_until_it_is_approved(signed: Path) -> None:
    proposal = await change(signed)
    assert class_of(signed) == "state"
    assert [each.id for each in policy_proposals.pending(signed)] == [proposal.id]
    difference = "\n".join(proposal.difference())
    assert "-culture.gouv.fr" in difference
    assert "+culture.gouv.fr,exact,operator,Decree 2026-1" in difference
    await policy_proposals.approve(signed, proposal, BRUNO)
    assert class_of(signed) == "operator"
    assert [each.signed.version for each in policy.load(signed).signoffs] == [1, 2]


async def test_a_proposal_is_for_the_folder_as_it_was(signed: Path) -> None:
    first, second = await change(signed), await propose(signed, BRUNO, {"shared.txt": "contact\n"})
    await policy_proposals.approve(signed, second, ANNE)
    with pytest.raises(ConfigError, match="changed since"):
        await policy_proposals.approve(signed, first, BRUNO)
    policy_proposals.reject(signed, first.id)
    assert class_of(signed) == "state"


async def test_a_folder_edited_by_hand_takes_no_approval(signed: Path) -> None:
    proposal = await change(signed)
    with (signed / "shared.txt").open("a") as text:
        text.write("bureau\n")
    with pytest.raises(ConfigError, match="not those that two editors signed"):
        await policy_proposals.approve(signed, proposal, BRUNO)


def tampered(text: bytes, old: str, new: str) -> bytes:
    assert old.encode() in text
    return text.replace(old.encode(), new.encode())


async def test_what_the_second_signs_is_what_the_first_signed(signed: Path) -> None:
    proposal = await change(signed)
    path = signed / "proposals" / f"{proposal.id}.json"
    path.write_bytes(tampered(path.read_bytes(), "culture.gouv.fr,exact,operator", "culture.gouv.fr,exact,state"))
    with pytest.raises(ConfigError, match="not those that its author signed"):
        await policy_proposals.approve(signed, policy_proposals.find(signed, proposal.id), BRUNO)


@pytest.mark.parametrize(
    ("old", "new"), [('"reason": "Moved."', '"reason": "Other."'), ('"version": 2', '"version": 3')]
)
async def test_a_statement_that_was_touched_is_another(signed: Path, old: str, new: str) -> None:
    proposal = await change(signed)
    path = signed / "proposals" / f"{proposal.id}.json"
    path.write_bytes(tampered(path.read_bytes(), old, new))
    with pytest.raises(ConfigError, match="its name is not what it holds"):
        policy_proposals.find(signed, proposal.id)


@pytest.mark.parametrize("name", ["../../etc/passwd", "1-xyz", "", "9" * 40])
def test_a_proposal_has_a_plain_id(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="not the id of a proposal"):
        policy_proposals.find(folder, name)


async def test_whoever_is_interrupted_approves_again(signed: Path, tmp_path: Path) -> None:
    proposal = await change(signed)
    whole = shutil.copytree(signed, tmp_path / "whole")
    shutil.copy(signed / "signoff.json", tmp_path / "before")
    shutil.copytree(signed / "proposals", tmp_path / "proposals")
    await policy_proposals.approve(whole, proposal, BRUNO)
    # The first of its two files is written, and then the power goes.
    assert list(proposal.files) == ["state.txt", "domains.csv"]
    shutil.copy(whole / "state.txt", signed / "state.txt")
    refused(signed, "not those that two editors signed")
    await policy_proposals.approve(signed, policy_proposals.find(signed, proposal.id), BRUNO)
    assert class_of(signed) == "operator"
    # Nor does it stop at the last: all files are written, the sign-off is not.
    (whole / "signoff.json").write_bytes((tmp_path / "before").read_bytes())
    shutil.copytree(tmp_path / "proposals", whole / "proposals", dirs_exist_ok=True)
    await policy_proposals.approve(whole, proposal, BRUNO)
    assert class_of(whole) == "operator"


async def test_editors_change_by_the_word_of_two_former_ones(signed: Path, tmp_path: Path) -> None:
    edited = shutil.copytree(signed, tmp_path / "edited")
    name_editors(edited, ("Bruno", BRUNO), ("Chloé", CHLOE))
    texts = dict(policy_changes.files(signed, edited))
    with pytest.raises(ConfigError, match="not the key of an editor"):
        await propose(signed, CHLOE, texts)
    proposal = await propose(signed, BRUNO, texts)
    with pytest.raises(ConfigError, match="not the key of an editor"):
        await policy_proposals.approve(signed, proposal, CHLOE)
    await policy_proposals.approve(signed, proposal, ANNE)
    assert [editor.name for editor in policy.load(signed).editors] == ["Bruno", "Chloé"]
    with pytest.raises(ConfigError, match="not the key of an editor"):
        await change(signed, ANNE)
    await policy_proposals.approve(signed, await change(signed, CHLOE), BRUNO)
    assert class_of(signed) == "operator"


async def test_nobody_becomes_an_editor_by_writing_it_down(signed: Path) -> None:
    name_editors(signed, ("Anne", ANNE), ("Bruno", BRUNO), ("Eve", EVE))
    refused(signed, "not those that two editors signed")


async def test_no_statement_is_left_out_or_turned_round(signed: Path) -> None:
    await policy_proposals.approve(signed, await change(signed), BRUNO)
    path = signed / "signoff.json"
    whole = loads_object(path.read_bytes())
    for kept in ([1], [1, 0], [0, 0]):
        path.write_bytes(dumps({"history": [whole["history"][at] for at in kept]}))
        refused(signed, "does not follow")
    path.write_bytes(dumps({"history": whole["history"][:1]}))
    refused(signed, "not those that two editors signed as version 1")
    path.write_bytes(b"{}")
    refused(signed, "not the sign-offs of a policy")


async def forge(folder: Path, *by: Signer, **changes: object) -> None:
    """One more statement on the folder as it is, signed by these."""
    path = folder / "signoff.json"
    whole = loads_object(path.read_bytes())
    before = policy_signoff.history(folder)[-1].signed
    plain = {"version": before.version + 1, "previous": policy_signoff.fingerprint(before)}
    statement = before.model_copy(update=plain | changes)
    data = policy_signoff.payload(statement)
    signatures = tuple([signature(each.public_key_multibase, await each.sign(data)) for each in by])
    signed = policy_signoff.SignedStatement(signed=statement, signatures=signatures)
    whole["history"].append(signed.model_dump(mode="json", by_alias=True, exclude_none=True))
    path.write_bytes(dumps(whole))


def person(name: str, key: Signer) -> policy_signoff.Editor:
    return policy_signoff.Editor(name=name, key=key.public_key_multibase)


async def test_a_statement_that_follows_is_taken(signed: Path) -> None:
    await forge(signed, ANNE, BRUNO)
    assert [each.signed.version for each in policy.load(signed).signoffs] == [1, 2]


@pytest.mark.parametrize(
    "changes", [{"previous": "0" * 64}, {"previous": None}, {"version": 1}, {"version": 3}], ids=str
)
async def test_a_statement_names_the_one_before_it(signed: Path, changes: dict[str, object]) -> None:
    """Signed by the right two all the same: for another history, or at another place of this one."""
    await forge(signed, ANNE, BRUNO, **changes)
    refused(signed, "version 2 does not follow the one before")


async def test_the_first_statement_follows_none(signed: Path) -> None:
    await forge(signed, ANNE, BRUNO, version=1, previous="0" * 64)
    path = signed / "signoff.json"
    path.write_bytes(dumps({"history": loads_object(path.read_bytes())["history"][1:]}))
    refused(signed, "version 1 does not follow the one before")


@pytest.mark.parametrize("by", [(EVE, CHLOE), (ANNE, EVE), (ANNE,), ()], ids=["none", "one", "alone", "nobody"])
async def test_new_editors_do_not_let_themselves_in(signed: Path, by: tuple[Signer, ...]) -> None:
    name_editors(signed, ("Eve", EVE), ("Chloé", CHLOE))
    await forge(
        signed, *by, editors=(person("Eve", EVE), person("Chloé", CHLOE)), digest=policy.read(signed, {})[0].digest
    )
    refused(signed, "version 2 is not signed by two different editors")


async def test_the_editors_of_the_folder_are_those_of_the_statement(signed: Path) -> None:
    """Two sign the files and, beside them, other editors than the files name."""
    await forge(signed, ANNE, BRUNO, editors=(person("Anne", ANNE), person("Chloé", CHLOE)))
    refused(signed, "not those that two editors signed as version 2")


async def test_a_key_is_a_person_under_the_name_that_was_signed(signed: Path) -> None:
    await forge(signed, ANNE, BRUNO, editors=(person("Anne", ANNE), person("B.", BRUNO)))
    refused(signed, "not those that two editors signed as version 2")


async def test_one_signature_given_twice_is_one(signed: Path) -> None:
    path = signed / "signoff.json"
    whole = loads_object(path.read_bytes())
    first = whole["history"][0]["signatures"][0]
    whole["history"][0]["signatures"] = [first, first]
    path.write_bytes(dumps(whole))
    refused(signed, "not signed by two different editors")


async def test_t51_a_signature_without_the_prefix_does_not_count(signed: Path) -> None:
    statement = policy.load(signed).signoffs[0].signed
    bare = policy_signoff.payload(statement).removeprefix(policy_signoff.PREFIX)
    raw = [signature(each.public_key_multibase, await each.sign(bare)) for each in (ANNE, BRUNO)]
    assert policy_signoff.signers((), statement, tuple(raw)) == frozenset()


async def start(folder: Path, database: Path) -> None:
    """What a service does with its policy when it starts."""
    signoffs = policy.load(folder).signoffs
    async with await open_storage(f"sqlite:///{database}") as storage:
        await policy_signoff.check_continues(storage.read, signoffs)
        async with storage.write.transaction() as tx:
            await policy_signoff.remember(tx, signoffs)


async def test_a_store_that_saw_a_sign_off_takes_none_that_does_not_go_on_from_it(signed: Path, tmp_path: Path) -> None:
    database = tmp_path / "store.sqlite3"
    old = shutil.copytree(signed, tmp_path / "old")
    await start(signed, database)
    await policy_proposals.approve(signed, await change(signed), BRUNO)
    await start(signed, database)
    anew = shutil.copytree(policy.PACKAGED, tmp_path / "anew")
    name_editors(anew, ("Eve", EVE), ("Chloé", CHLOE))
    await policy_proposals.approve(anew, await propose(anew, EVE), CHLOE)
    for other in (old, anew, policy.PACKAGED):  # an older one, one with other editors, one without
        with pytest.raises(ConfigError, match="does not go on from it"):
            await start(other, database)
    await start(signed, database)


async def test_nothing_is_proposed_where_nothing_changes(signed: Path) -> None:
    no_changes: tuple[Callable[[], object], ...] = (
        lambda: policy_changes.body(signed, Host("senat.fr"), ("Sénat", None)),
        lambda: policy_changes.alias(signed, Host("nowhere.gouv.fr"), None),
        lambda: policy_changes.files(signed, signed),
        lambda: policy_changes.decision(signed, "state", "issue", None),
    )
    for same in no_changes:
        with pytest.raises(ConfigError, match="says so already"):
            same()
    with pytest.raises(ConfigError, match="no class nonsense"):
        policy_changes.decision(signed, "nonsense", "issue", None)


async def test_each_kind_of_change(signed: Path) -> None:
    changes: tuple[Callable[[], policy_changes.Texts], ...] = (
        lambda: policy_changes.body(signed, CULTURE, ("Ministère, dit «de la Culture»", Host("gouv.fr"))),
        lambda: policy_changes.alias(signed, Host("mail.culture.gouv.fr"), CULTURE),
        lambda: policy_changes.decision(signed, "operator", "refuse", "mailbox-excluded"),
        lambda: policy_changes.domain(signed, Host("beta.gouv.fr"), None, ""),
        lambda: policy_changes.domain(signed, Host("gmail.com"), ("suffix", "excluded"), "Note"),
    )
    for texts in changes:
        await policy_proposals.approve(signed, await propose(signed, BRUNO, dict(texts())), ANNE)
    now = policy.load(signed)
    assert now.body(Host("mail.culture.gouv.fr")).name == "Ministère, dit «de la Culture»"
    assert now.classes["operator"].code == "mailbox-excluded"
    assert now.mail_domain(Host("x.beta.gouv.fr")).class_ == "state-deeper"
    assert now.mail_domain(Host("x.gmail.com")).class_ == "excluded"
    assert "# Names are compared as whole labels" in (signed / "policy.toml").read_text()


async def test_a_folder_edited_by_hand_takes_no_proposal(signed: Path) -> None:
    with (signed / "shared.txt").open("a") as text:
        text.write("bureau\n")
    with pytest.raises(ConfigError, match="not those that two editors signed"):
        await change(signed)


async def test_a_policy_without_editors_is_not_proposed(tmp_path: Path) -> None:
    plain = shutil.copytree(policy.PACKAGED, tmp_path / "plain")
    with pytest.raises(ConfigError, match="names no editors"):
        await propose(plain, ANNE)


async def test_a_proposal_tells_the_text_before_of_each_file(signed: Path) -> None:
    proposal = await change(signed)
    path = signed / "proposals" / f"{proposal.id}.json"
    document = loads_object(path.read_bytes())
    document["before"].popitem()
    path.write_bytes(dumps(document))
    with pytest.raises(ConfigError, match="its name is not what it holds"):
        policy_proposals.find(signed, proposal.id)


async def test_a_first_proposal_is_for_the_files_as_they_were(folder: Path) -> None:
    proposal = await propose(folder, ANNE, {"shared.txt": "contact\n"})
    (folder / "shared.txt").write_text("bureau\n")
    with pytest.raises(ConfigError, match="changed since"):
        await policy_proposals.approve(folder, proposal, BRUNO)


async def test_a_proposal_that_no_editor_signed_is_none(signed: Path) -> None:
    proposal = await change(signed)
    forged = signature(EVE.public_key_multibase, await EVE.sign(policy_signoff.payload(proposal.statement)))
    with pytest.raises(ConfigError, match="no editor of the policy proposed it"):
        await policy_proposals.approve(signed, proposal.model_copy(update={"signatures": (forged,)}), BRUNO)
