// An instance of Fedify on loopback, with one account. The application on top of Fedify is these few lines; WebFinger,
// NodeInfo, the actor's JSON and the check of who asks (authorised fetch) are Fedify's own.
// Reads one JSON object from standard input, says its port on a line, and stops when standard input ends.
import {createServer} from 'node:http';
import {createInterface} from 'node:readline';
import {createFederation, MemoryKvStore} from '@fedify/fedify';
import {Person, PropertyValue} from '@fedify/vocab';

const lines = createInterface({input: process.stdin});
const given = JSON.parse(await new Promise((resolve) => lines.once('line', resolve)));
lines.on('close', () => process.exit(0));
setTimeout(() => process.exit(1), 300_000).unref();

const webOrigin = `https://${given.host}`;
const federation = createFederation({
  kv: new MemoryKvStore(),
  origin: {handleHost: given.names, webOrigin},
  allowPrivateAddress: true, // whoever signs a request has their key on loopback
});

const generate = (algorithm) => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const keys = await Promise.all([
  generate({name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256'}),
  generate({name: 'Ed25519'}),
]);

const actor = federation.setActorDispatcher('/users/{identifier}', async (context, identifier) => {
  if (identifier !== given.user) return null;
  const pairs = await context.getActorKeyPairs(identifier);
  return new Person({
    id: context.getActorUri(identifier),
    preferredUsername: identifier,
    url: new URL(`/@${identifier}`, webOrigin),
    inbox: context.getInboxUri(identifier),
    attachments: given.fields.map((value) => new PropertyValue({name: 'site', value})),
    publicKey: pairs[0].cryptographicKey,
    assertionMethods: pairs.map((pair) => pair.multikey),
    successor: given.movedTo && new URL(given.movedTo),
    aliases: given.alsoKnownAs.map((id) => new URL(id)),
  });
});
actor.mapHandle((_, username) => username).setKeyPairsDispatcher(() => keys);
if (given.asks) actor.authorize(async (context) => (await context.getSignedKeyOwner()) !== null);
federation.setInboxListeners('/users/{identifier}/inbox');
federation.setNodeInfoDispatcher('/nodeinfo/2.1', () => ({
  software: {name: 'fedify-sample', version: '1.0.0'},
  protocols: ['activitypub'],
  openRegistrations: given.open,
  usage: {users: {total: 1}, localPosts: 0, localComments: 0},
}));

const server = createServer(async ({method, url, headers}, response) => {
  const request = new Request(`https://${headers.host}${url}`, {method, headers}); // TLS would end in front of it
  const answer = await federation.fetch(request, {contextData: undefined});
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
});
server.listen(given.port, '127.0.0.1', () => console.log(server.address().port));
