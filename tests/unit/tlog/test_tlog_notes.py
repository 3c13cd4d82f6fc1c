"""Notes, keys, checkpoints, cosignatures, and the files made of them."""

import base64

import pytest

from tests.log_writer import ORIGIN, LogWriter, signer
from verifier.core.clock import Chance
from verifier.core.errors import BadInput, ConfigError, ProofError
from verifier.signer import throwaway
from verifier.tlog import note, tree
from verifier.tlog.add_checkpoint import AddCheckpoint
from verifier.tlog.checkpoint import Checkpoint, signed
from verifier.tlog.keys import Kind, VerifierKey, time_of
from verifier.tlog.note import Note
from verifier.tlog.policy import Policy
from verifier.tlog.proof_file import ProofFile

# The example of golang.org/x/mod/sumdb/note (example_test.go; BSD-3-Clause, the Go authors).
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


@pytest.fixture
def log() -> LogWriter:
    return LogWriter([b"entry %d" % number for number in range(300)])


# ── notes ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_note_of_others() -> None:
    key = VerifierKey.parse(GO_KEY)
    assert key.text == GO_KEY
    found = Note.parse(GO_NOTE)
    assert found.data == GO_NOTE
    assert set(found.signed_by([key])) == {key}


def test_a_known_key_that_fails_rejects_the_note() -> None:
    key = VerifierKey.parse(GO_KEY)
    wrong = Note.parse(GO_NOTE.replace(b"problem is", b"problem was"))
    with pytest.raises(ProofError, match="log-signature"):
        wrong.signed_by([key])
    assert wrong.signed_by([]) == {}


async def test_one_good_signature_does_not_save_a_bad_one(log: LogWriter) -> None:
    good = await log.checkpoint(3)
    line = good.signatures[0]
    bad = note.Signature(line.name, line.id, bytes(64))
    with pytest.raises(ProofError, match="log-signature"):
        signed(Note(good.text, (line, bad)).data, log.vkey)


async def test_unknown_keys_are_ignored(log: LogWriter) -> None:
    good = await log.checkpoint(3)
    line = good.signatures[0]
    others = (
        note.Signature(line.name, b"\x00\x00\x00\x00", bytes(64)),  # its name, another id
        note.Signature("other.example", line.id, bytes(64)),  # its id, another name
        note.Signature("ml-dsa.example", b"abcd", bytes(2428)),
    )
    found, parsed = signed(Note(good.text, (*others, line)).data, log.vkey)
    assert found == Checkpoint(ORIGIN, 3, log.root(3))
    assert parsed.signatures == (*others, line)


@pytest.mark.parametrize(("count", "taken"), [(16, True), (64, True), (65, False)])
async def test_so_many_signatures(log: LogWriter, count: int, taken: bool) -> None:
    good = await log.checkpoint(3)
    others = [note.Signature(f"w{number}.example", b"abcd", bytes(64)) for number in range(count - 1)]
    data = Note(good.text, (*others, *good.signatures)).data
    if taken:
        signed(data, log.vkey)
    else:
        with pytest.raises(BadInput, match="log-malformed"):
            Note.parse(data)


SIGNATURE = base64.b64encode(bytes(68)).decode()


@pytest.mark.parametrize(
    "data",
    [
        "",
        "text\n",
        "text\n\n",
        f"text\n— a {SIGNATURE}\n",
        f"text\n\n— a {SIGNATURE}",
        f"text\n\n- a {SIGNATURE}\n",
        f"text\n\n—a {SIGNATURE}\n",
        f"text\n\n— {SIGNATURE}\n",
        f"text\n\n—  {SIGNATURE}\n",
        f"text\n\n— a+b {SIGNATURE}\n",
        f"text\n\n— a b {SIGNATURE}\n",
        f"text\n\n— a\u00a0b {SIGNATURE}\n",
        f"text\n\n— a {SIGNATURE} \n",
        f"text\n\n— a {SIGNATURE[:-1]}\n",
        f"text\n\n— a {SIGNATURE.rstrip('=')}\n",
        "text\n\n— a AAAAAA==\n",
        f"text\n\n— a {SIGNATURE[:-2]}B=\n",
        f"text\r\n\n— a {SIGNATURE}\n",
        f"te\txt\n\n— a {SIGNATURE}\n",
        f"text\n\n— a {SIGNATURE}\n\n",
    ],
)
def test_a_note_of_another_form(data: str) -> None:
    with pytest.raises(BadInput, match="log-malformed"):
        Note.parse(data.encode())


def test_a_note_is_utf_8() -> None:
    with pytest.raises(BadInput, match="log-malformed"):
        Note.parse(b"te\xffxt\n\n" + f"— a {SIGNATURE}\n".encode())


# ── keys ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("c74f20a3", "C74F20A3"),
        GO_KEY.replace("PeterNeumann", "PaulNeumann"),
        GO_KEY.replace("PeterNeumann", "Peter Neumann"),
        GO_KEY.replace("PeterNeumann", ""),
        GO_KEY[:-4],
        GO_KEY + "\n",
        "a+00000000+BgAA",
    ],
)
def test_a_key_of_another_form(text: str) -> None:
    with pytest.raises(BadInput, match="log-malformed"):
        VerifierKey.parse(text)


def test_a_key_of_another_length() -> None:
    for length in (0, 31, 33):
        with pytest.raises(BadInput, match="log-malformed"):
            VerifierKey.parse(VerifierKey("a", Kind.NOTE, bytes(length)).text)


def test_a_key_of_a_kind_that_we_cannot_check() -> None:
    key = VerifierKey.parse(GO_KEY)
    other = VerifierKey(key.name, 2, key.public)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="log-malformed"):
        VerifierKey.parse(other.text)


def test_only_ed25519_signs_logs() -> None:
    with pytest.raises(ProofError, match="key-malformed"):
        VerifierKey.of(ORIGIN, Kind.NOTE, throwaway("p256", Chance()).public_key_multibase)


# ── checkpoints ────────────────────────────────────────────────────────────────────────────────────

HASH = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"a\n1\n{HASH}",
        f"a\n1\n{HASH}\nextension\n",
        f"\n1\n{HASH}\n",
        f"a b\n1\n{HASH}\n",
        f"a+b\n1\n{HASH}\n",
        f"a\n01\n{HASH}\n",
        f"a\n+1\n{HASH}\n",
        f"a\n-1\n{HASH}\n",
        f"a\n1_0\n{HASH}\n",
        f"a\n١\n{HASH}\n",
        f"a\n{2**63}\n{HASH}\n",
        f"a\n1\n{HASH[:-4]}\n",
        f"a\n1\n{HASH[:-2]}B=\n",
        f"a\n0\n{HASH}\n",
        f"a\n1\n{HASH}\n\n",
    ],
)
def test_a_checkpoint_of_another_form(text: str) -> None:
    with pytest.raises(BadInput, match="log-malformed"):
        Checkpoint.parse(text.encode())


def test_a_checkpoint_is_written_as_it_is_read() -> None:
    for size, root in ((0, tree.EMPTY), (1, bytes(32)), (2**63 - 1, bytes(32))):
        checkpoint = Checkpoint(ORIGIN, size, root)
        assert Checkpoint.parse(checkpoint.text) == checkpoint


async def test_t54_a_log_signs_for_its_own_origin(log: LogWriter) -> None:
    text = Checkpoint("other.example/log", 3, log.root(3)).text
    data = Note(text, (await note.sign(text, ORIGIN, log.signer),)).data
    with pytest.raises(ProofError, match="log-signature"):
        signed(data, log.vkey)


async def test_a_cosignature_of_the_log_is_no_signature_of_it(log: LogWriter) -> None:
    text = log.text(3)
    data = Note(text, (await note.cosign(text, ORIGIN, log.signer, 1),)).data
    with pytest.raises(ProofError, match="log-signature"):
        signed(data, log.vkey)
    with pytest.raises(ProofError, match="log-signature"):
        signed(data, VerifierKey(ORIGIN, Kind.COSIGNATURE, log.vkey.public))


# ── cosignatures ───────────────────────────────────────────────────────────────────────────────────


async def test_a_cosignature_says_when(log: LogWriter) -> None:
    key = signer()
    text = log.text(3)
    made = await note.cosign(text, "w.example", key, 1_679_315_147)
    known = VerifierKey.of("w.example", Kind.COSIGNATURE, key.public_key_multibase)
    assert len(made.data) == 72
    assert time_of(made.data) == 1_679_315_147
    # What is signed, byte for byte (C2SP tlog-cosignature).
    assert made.data[8:] == key.sign_now(b"cosignature/v1\ntime 1679315147\n" + text)
    known.check(text, made.data)
    for wrong in (
        (text, b"\x00" * 7 + b"\x01" + made.data[8:]),
        (text, b"\xff" * 8 + key.sign_now(f"cosignature/v1\ntime {2**64 - 1}\n".encode() + text)),
        (log.text(4), made.data),
        (text, made.data[8:]),
        (text, b""),
    ):
        with pytest.raises(ProofError, match="log-signature"):
            known.check(*wrong)


# ── policies ───────────────────────────────────────────────────────────────────────────────────────


class World:
    """A log and four witnesses."""

    def __init__(self, log: LogWriter) -> None:
        self.log = log
        self.signers = {name: signer() for name in ("a", "b", "c", "d")}

    def key(self, name: str) -> str:
        return VerifierKey.of(f"{name}.example", Kind.COSIGNATURE, self.signers[name].public_key_multibase).text

    def policy(self, *lines: str) -> bytes:
        witnesses = [f"witness {name} {self.key(name)} https://{name}.example" for name in self.signers]
        return "\n".join([f"log {self.log.vkey.text}", *witnesses, *lines, ""]).encode()

    async def cosigned(self, *names: str) -> Note:
        checkpoint = await self.log.checkpoint(3)
        lines = [await note.cosign(checkpoint.text, f"{name}.example", self.signers[name], 7) for name in names]
        return Note(checkpoint.text, (*checkpoint.signatures, *lines))


@pytest.fixture
def world(log: LogWriter) -> World:
    return World(log)


@pytest.mark.parametrize(
    ("lines", "enough", "too_few"),
    [
        (["quorum none"], ["", "a"], []),
        (["quorum a"], ["a", "ab"], ["", "b"]),
        (["group g any a b", "quorum g"], ["a", "b"], ["", "c"]),
        (["group g all a b", "quorum g"], ["ab"], ["a", "b", "cd"]),
        (["group g 2 a b c", "quorum g"], ["ab", "bc", "abc"], ["a", "ad"]),
        (["group x 1 a b", "group y any c d", "group z all x y", "quorum z"], ["ac", "bd", "abcd"], ["ab", "cd"]),
    ],
)
async def test_a_quorum(world: World, lines: list[str], enough: list[str], too_few: list[str]) -> None:
    policy = Policy.parse(world.policy("# of a test", "", *lines))
    for names in enough:
        found = await world.cosigned(*names)
        assert policy.check(found).size == 3
        assert {name: time_of(each.data) for name, each in policy.check_quorum(found).items()} == dict.fromkeys(
            names, 7
        )
    for names in too_few:
        with pytest.raises(ProofError, match="log-quorum"):
            policy.check(await world.cosigned(*names))


async def test_a_witness_twice_is_one_witness(world: World) -> None:
    found = await world.cosigned("a", "a")
    with pytest.raises(ProofError, match="log-quorum"):
        Policy.parse(world.policy("group g 2 a b", "quorum g")).check(found)


async def test_a_wrong_cosignature_rejects_the_checkpoint(world: World) -> None:
    found = await world.cosigned("a", "b")
    *good, last = found.signatures
    bad = note.Signature(last.name, last.id, last.data[:-1] + b"\x00")
    with pytest.raises(ProofError, match="log-signature"):
        Policy.parse(world.policy("quorum a")).check(Note(found.text, (*good, bad)))


async def test_the_logs_of_a_policy(world: World) -> None:
    found = await world.cosigned("a")
    other = LogWriter([b"x"], origin="other.example/log")
    rotated = LogWriter([b"x"])
    without = Policy.parse(f"log {other.vkey.text}\nquorum none\n".encode())
    with pytest.raises(ProofError, match="log-signature"):
        without.check(found)
    both = Policy.parse(f"log {rotated.vkey.text}\nlog {world.log.vkey.text} https://x\nquorum none\n".encode())
    assert both.check(found).size == 3


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "no quorum line"),
        (["quorum none", "quorum none"], "line 7: a second quorum"),
        (["quorum e"], "line 6: no line above names e"),
        (["group none any a", "quorum a"], "line 6: the name none is taken"),
        (["group a any b", "quorum a"], "line 6: the name a is taken"),
        (["group g any", "quorum a"], "line 6: write"),
        (["group g any g", "quorum g"], "line 6: no line above names g"),
        (["group g any none", "quorum g"], "line 6: no line above names none"),
        (["group g 0 a", "quorum g"], "line 6: the number"),
        (["group g 2 a", "quorum g"], "line 6: the number"),
        (["group g 01 a", "quorum g"], "line 6: the number"),
        (["group g any a a", "quorum g"], "line 6: a is a member already"),
        (["group g any a", "group h any a", "quorum h"], "line 7: a is a member already"),
        (["Quorum none"], "line 6: write"),
        (["log x", "quorum none"], "line 6: not a verifier key"),
        (["witness e x", "quorum none"], "line 6: not a verifier key"),
        (["quorum none\r"], "control character"),
    ],
)
def test_a_policy_that_says_nothing_certain(world: World, lines: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Policy.parse(world.policy(*lines))


def test_a_policy_uses_each_key_once_and_for_what_it_is(world: World) -> None:
    log_key = world.log.vkey
    again = VerifierKey("again.example", Kind.COSIGNATURE, VerifierKey.parse(world.key("a")).public).text
    for line, said in (
        (f"witness e {log_key.text}", "kind 01 where 04"),
        (f"log {world.key('a')}", "kind 04 where 01"),
        (f"witness e {again}", "a line above has already"),
        (f"log {VerifierKey('again.example', Kind.NOTE, log_key.public).text}", "a line above has already"),
    ):
        with pytest.raises(ConfigError, match=said):
            Policy.parse(world.policy(line, "quorum none"))


def test_the_size_of_a_policy(world: World) -> None:
    keys = [signer() for _ in range(251)]
    lines = [
        f"witness n{at} {VerifierKey.of('n.example', Kind.COSIGNATURE, key.public_key_multibase).text}"
        for at, key in enumerate(keys)
    ]
    assert len(Policy.parse(world.policy(*lines, "quorum a")).witnesses) == 255
    with pytest.raises(ConfigError, match="more than 256"):
        Policy.parse(world.policy(*lines, "group g any a", "quorum g"))
    with pytest.raises(ConfigError, match="too long"):
        Policy.parse(b"#" * 262_144 + b"\nquorum none\n")
    with pytest.raises(ConfigError, match="last newline"):
        Policy.parse(b"quorum none")


# ── proof files ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("extra", [None, b"", b"opening"])
async def test_a_proof_file(world: World, extra: bytes | None) -> None:
    path = tuple(await world.log.tiles(3).inclusion(2))
    proof = ProofFile(2, path, await world.cosigned("a"), extra)
    assert ProofFile.parse(proof.data) == proof
    policy = Policy.parse(world.policy("quorum a"))
    assert ProofFile.parse(proof.data).check(b"entry 2", policy).size == 3
    with pytest.raises(ProofError, match="log-inclusion"):
        proof.check(b"entry 1", policy)
    with pytest.raises(ProofError, match="log-quorum"):
        proof.check(b"entry 2", Policy.parse(world.policy("quorum b")))


async def test_the_lines_of_a_proof_file(world: World) -> None:
    path = tuple(await world.log.tiles(3).inclusion(0))
    good = ProofFile(0, path, await world.cosigned(), b"x").data.decode()
    head, extra, index, first, second, rest = good.split("\n", 5)
    assert (head, extra, index) == ("c2sp.org/tlog-proof@v1", "extra eA==", "index 0")
    assert rest == f"\n{world.log.text(3).decode()}\n{(await world.log.checkpoint(3)).signatures[0].line}"
    for lines in (
        ["c2sp.org/tlog-proof@v2", extra, index, first, second, rest],
        [head, index, extra, first, second, rest],
        [head, extra, extra, index, first, second, rest],
        [head, extra, first, second, rest],
        [head, "extra eB==", index, first, second, rest],
        [head, extra, "index 00", first, second, rest],
        [head, extra, index, first[:-4], second, rest],
        [head, extra, index, *[first] * 64, rest],
        [head, extra, index, first, second, rest.lstrip("\n")],
        [head],
    ):
        with pytest.raises(BadInput, match="log-malformed"):
            ProofFile.parse("\n".join(lines).encode())


# ── requests to witnesses ──────────────────────────────────────────────────────────────────────────


async def test_a_request_to_a_witness(log: LogWriter) -> None:
    proof = tuple(await log.tiles(300).consistency(7))
    asked = AddCheckpoint(7, proof, await log.checkpoint(300), Checkpoint(ORIGIN, 300, log.root(300)))
    assert AddCheckpoint.parse(asked.data) == asked
    first, gap, rest = asked.data.partition(b"\n")
    assert first == b"old 7"
    for wrong in (
        rest,
        b"old 07" + gap + rest,
        b"old -1" + gap + rest,
        b"old 7 " + gap + rest,
        asked.data.replace(b"\n\n", b"\n", 1),
        asked.data[:-1],
        b"old 7\n" + HASH.encode()[:-4] + b"\n\n" + asked.note.data,
        b"old 7\n" + f"{HASH}\n".encode() * 64 + b"\n" + asked.note.data,
        asked.data + b" " * 65_536,
    ):
        with pytest.raises(BadInput, match="log-malformed"):
            AddCheckpoint.parse(wrong)
    AddCheckpoint.parse(b"old 7\n" + f"{HASH}\n".encode() * 63 + b"\n" + asked.note.data)


async def test_the_size_of_a_request_to_a_witness(log: LogWriter) -> None:
    good = await log.checkpoint(3)
    for count, taken in ((18, True), (22, False)):
        others = [note.Signature(f"w{number}.example", b"abcd", bytes(2428)) for number in range(count)]
        data = b"old 0\n\n" + Note(good.text, (*good.signatures, *others)).data
        if taken:
            AddCheckpoint.parse(data)
        else:
            with pytest.raises(BadInput, match="log-malformed"):
                AddCheckpoint.parse(data)
