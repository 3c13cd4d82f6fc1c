"""Keys of a PKCS#11 token (an HSM, a smart card, SoftHSM): used there, never seen here.

A token is logged in to once, and its session is used for every signature, until it fails: then it is opened anew, once.
Calls block, so they run in a thread, of which each module has one: the binding initialises modules without their locks
(``C_Initialize(NULL)``), so that two calls at once would corrupt them. Signatures under way in one process queue there.
"""

import asyncio
import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from ..core.clock import Chance
from ..core.errors import ConfigError, Unavailable
from .multikey import Algorithm, PublicKey
from .secrecy import read_private
from .token_uri import TokenUri

T = TypeVar("T")


class TokenSilent(ConfigError):
    """The token does not answer: no fault of the settings for sure, and it may answer later."""


_CURVES: dict[Algorithm, tuple[KeyType, Mechanism, Mechanism, bytes]] = {
    # type, generation, signature, DER parameters (RFC 5480: secp256r1; RFC 8410: id-Ed25519)
    "ed25519": (
        KeyType.EC_EDWARDS,
        Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
        Mechanism.EDDSA,
        bytes.fromhex("06032b6570"),
    ),
    "p256": (KeyType.EC, Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA, bytes.fromhex("06082a8648ce3d030107")),
}
# PKCS#11 2.40 errata names the curve; 3.0 gives its identifier.
_EDWARDS = (_CURVES["ed25519"][3], bytes.fromhex("130c656477617264733235353139"))


@dataclass(slots=True)
class _Session:
    """:param keys: private keys as this session sees them"""

    session: pkcs11.Session
    keys: dict[str, pkcs11.SignMixin] = field(default_factory=dict)


class _Token:
    """One token of one module. All but `thread` is touched in that thread alone."""

    def __init__(self, uri: TokenUri, thread: ThreadPoolExecutor) -> None:
        self.thread = thread
        self._uri = uri
        self._open: _Session | None = None
        self._refused = ""

    def run(self, work: Callable[[_Session], T]) -> T:
        """Do `work` with the session; once more, after a new login, if the token has lost ours.

        :raises ConfigError: the token or its PIN is not what was configured
        :raises pkcs11.PKCS11Error: the token failed twice
        """
        try:
            return work(self._session())
        except pkcs11.PKCS11Error:
            self._close()
            return work(self._session())

    def change(self, work: Callable[[_Session], T]) -> T:
        """Do `work` with a session that may write; as :meth:`run`."""

        def write(_: _Session) -> T:
            session = self._token().open(rw=True)  # logged in as the whole process is
            try:
                return work(_Session(session))
            finally:
                session.close()

        return self.run(write)

    def _session(self) -> _Session:
        if self._open is None:
            self._open = _Session(self._log_in(self._token()))
        return self._open

    def _close(self) -> None:
        if self._open is not None:
            with suppress(pkcs11.PKCS11Error):
                self._open.session.close()
            self._open = None

    def _token(self) -> pkcs11.Token:
        uri = self._uri
        try:
            module = pkcs11.lib(uri.module)
        except pkcs11.PKCS11Error as error:
            if Path(uri.module).is_file():
                raise
            raise ConfigError(f"Signer {uri}: the module cannot be loaded ({error}). Correct module-path.") from None
        try:
            return module.get_token(
                token_label=uri.token, **({"token_serial": uri.serial.encode()} if uri.serial else {})
            )
        except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned):
            raise TokenSilent(
                f"Signer {uri}: the module shows no token of that name, or several. Check token= (and serial=)."
            ) from None

    def _log_in(self, token: pkcs11.Token) -> pkcs11.Session:
        if self._refused:
            # A token locks itself after a few wrong PINs: one is tried once.
            raise ConfigError(self._refused)
        pin = read_private(self._uri.pin_source, "PIN file", "Write the PIN of the token there, and chmod 600 it")
        try:
            return token.open(user_pin=pin.rstrip(b"\r\n").decode("utf-8", "replace"))
        except pkcs11.UserAlreadyLoggedIn:
            return token.open()
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked) as error:
            self._refused = (
                f"Signer {self._uri}: the token refuses the PIN of {self._uri.pin_source} ({type(error).__name__}). "
                f"Correct that file; it is not tried again before a restart, since tokens lock themselves."
            )
            raise ConfigError(self._refused) from None


@dataclass(frozen=True, slots=True)
class HsmSigner:
    """A private key of a token."""

    uri: TokenUri
    public: PublicKey
    token: _Token = field(repr=False)

    @property
    def algorithm(self) -> Algorithm:
        return self.public.algorithm

    @property
    def public_key_multibase(self) -> str:
        return self.public.multibase

    async def sign(self, data: bytes) -> bytes:
        """As :class:`verifier.signer.Signer`.

        :raises Unavailable: ``signer-unavailable``
        """
        return await asyncio.get_running_loop().run_in_executor(self.token.thread, self._sign, data)

    def _sign(self, data: bytes) -> bytes:
        mechanism = _CURVES[self.algorithm][2]
        given = data if self.algorithm == "ed25519" else hashlib.sha256(data).digest()
        try:
            return self.token.run(lambda session: _private(session, self.uri).sign(given, mechanism=mechanism))
        except (pkcs11.PKCS11Error, ConfigError):
            raise Unavailable("signer-unavailable") from None


# PKCS#11 knows one module and one login a process, whatever asks for them: so are they kept here.
_THREADS: dict[str, ThreadPoolExecutor] = {}
_TOKENS: dict[tuple[str, str, str | None], _Token] = {}
_LOCK = threading.Lock()


def _token_of(uri: TokenUri) -> _Token:
    with _LOCK:
        thread = _THREADS.setdefault(uri.module, ThreadPoolExecutor(1, thread_name_prefix="pkcs11"))
        return _TOKENS.setdefault((uri.module, uri.token, uri.serial), _Token(uri, thread))


def open_signer(text: str) -> HsmSigner:
    """:raises ConfigError: the URI, the module, the token, the PIN or the key is not there or not right"""
    uri = TokenUri.parse(text)
    token = _token_of(uri)
    return HsmSigner(uri, _on_token(uri, token, lambda: token.run(lambda session: _public(session, uri))), token)


def generate(text: str, algorithm: Algorithm, chance: Chance) -> HsmSigner:
    """Make a key pair in the token, whose private part can never leave it.

    :raises ConfigError: as :func:`open_signer`; an object of that name is there already
    """
    uri = TokenUri.parse(text)
    token = _token_of(uri)
    key_type, generation, _, parameters = _CURVES[algorithm]

    def make(session: _Session) -> PublicKey:
        if _objects(session, uri, ObjectClass.PRIVATE_KEY):
            raise ConfigError(f"Signer {uri}: the token has such an object already. Give the new key another name.")
        domain = session.session.create_domain_parameters(key_type, {Attribute.EC_PARAMS: parameters}, local=True)
        public, _ = domain.generate_keypair(
            mechanism=generation,
            store=True,
            label=uri.object,
            id=uri.id or chance.bytes(16),
            private_template={Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True},
        )
        return _decoded(public, uri)

    return HsmSigner(uri, _on_token(uri, token, lambda: token.change(make)), token)


def _on_token(uri: TokenUri, token: _Token, work: Callable[[], T]) -> T:
    try:
        return token.thread.submit(work).result()
    except pkcs11.NoSuchKey:
        raise ConfigError(
            f"Signer {uri}: the token has no key of that name (its private and its public object are needed). "
            f"Check object= and id=, or make one with `verifier keys generate PURPOSE --signer URI`."
        ) from None
    except pkcs11.MultipleObjectsReturned:
        raise ConfigError(f"Signer {uri}: several keys have that name. Give id= too.") from None
    except pkcs11.PKCS11Error as error:
        raise TokenSilent(f"Signer {uri}: the token does not answer as it should ({type(error).__name__}).") from None


def _objects(session: _Session, uri: TokenUri, kind: ObjectClass) -> list[pkcs11.Object]:
    named: dict[Attribute, object] = {Attribute.CLASS: kind}
    if uri.object is not None:
        named[Attribute.LABEL] = uri.object
    if uri.id is not None:
        named[Attribute.ID] = uri.id
    # To the end: a search that is left open blocks the session.
    return list(session.session.get_objects(named))


def _the_only(session: _Session, uri: TokenUri, kind: ObjectClass) -> pkcs11.Object:
    found = _objects(session, uri, kind)
    if not found:
        raise pkcs11.NoSuchKey
    if len(found) > 1:
        raise pkcs11.MultipleObjectsReturned
    return found[0]


def _private(session: _Session, uri: TokenUri) -> pkcs11.SignMixin:
    key = session.keys.get(uri.text)
    if key is None:
        found = _the_only(session, uri, ObjectClass.PRIVATE_KEY)
        if not isinstance(found, pkcs11.SignMixin):
            raise ConfigError(f"Signer {uri}: the token does not let this key sign.")
        key = session.keys[uri.text] = found
    return key


def _public(session: _Session, uri: TokenUri) -> PublicKey:
    _private(session, uri)
    return _decoded(_the_only(session, uri, ObjectClass.PUBLIC_KEY), uri)


def _decoded(key: pkcs11.Object, uri: TokenUri) -> PublicKey:
    parameters, point = key[Attribute.EC_PARAMS], key[Attribute.EC_POINT]
    try:
        raw = _octets(point)
        if key[Attribute.KEY_TYPE] == KeyType.EC_EDWARDS and parameters in _EDWARDS:
            return PublicKey("ed25519", ed25519.Ed25519PublicKey.from_public_bytes(raw))
        if key[Attribute.KEY_TYPE] == KeyType.EC and parameters == _CURVES["p256"][3]:
            return PublicKey("p256", ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw))
    except ValueError:
        pass
    raise ConfigError(f"Signer {uri}: this key is neither Ed25519 nor P-256.")


def _octets(der: bytes) -> bytes:
    # CKA_EC_POINT is a DER OCTET STRING (PKCS#11 3.0, 2.3.3); both curves have less than 128 bytes.
    if len(der) < 2 or der[0] != 0x04 or der[1] != len(der) - 2:
        raise ValueError
    return der[2:]
