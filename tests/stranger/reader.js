// What Fedify reads at the URL of an actor on loopback: the actor itself, and what WebFinger says of it.
// Reads one JSON object from standard input, and writes one.
import {text} from 'node:stream/consumers';
import {lookupObject} from '@fedify/vocab';
import {getDocumentLoader} from '@fedify/vocab-runtime';
import {lookupWebFinger} from '@fedify/webfinger';

setTimeout(() => process.exit(1), 60_000).unref();
const {actor} = JSON.parse(await text(process.stdin));
const documentLoader = getDocumentLoader({allowPrivateAddress: true});
const found = await lookupObject(actor, {documentLoader, contextLoader: documentLoader});
const key = await found.getPublicKey();
const methods = await Array.fromAsync(found.getAssertionMethods());
console.log(JSON.stringify({
  kind: found.constructor.name,
  id: found.id.href,
  inbox: found.inboxId.href,
  username: found.preferredUsername,
  key: {id: key.id.href, owner: key.ownerId.href, algorithm: key.publicKey.algorithm.name},
  methods: methods.map((method) => ({id: method.id.href, algorithm: method.publicKey.algorithm.name})),
  webfinger: await lookupWebFinger(actor, {allowPrivateAddress: true}),
}));
