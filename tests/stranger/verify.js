// Verifies an attestation as any conforming verifier would, with none of our code.
//
// Standard input: {"credential": {…}, "documents": {URL: document}, "now": RFC 3339 or absent}. What is not among
// the documents is fetched, from loopback alone. Standard output, one line:
// {"eddsa-rdfc-2022": {"verified", "error"}, "eddsa-jcs-2022": {…}, "status": {"verified", "set": [purpose], "error"}}
import {named} from '@digitalbazaar/credentials-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite as jcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {text} from 'node:stream/consumers';

const CREDENTIALS_V2 = named.get('v2');
const MULTIKEY_V1 = 'https://w3id.org/security/multikey/v1';
const SUITES = {'eddsa-rdfc-2022': () => rdfc, 'eddsa-jcs-2022': jcs};

const {credential, documents = {}, now} = JSON.parse(await text(process.stdin));

async function load(url) {
  if(url === CREDENTIALS_V2.id) {
    return CREDENTIALS_V2.context;
  }
  if(Object.hasOwn(documents, url)) {
    return documents[url];
  }
  if(url.startsWith('did:web:')) {
    const [did, key] = url.split('#');
    const document = documents[did] ?? await fetched(`http://${decodeURIComponent(did.slice(8))}/.well-known/did.json`);
    if(!key) {
      return document;
    }
    const method = document.verificationMethod.find(({id}) => id === url);
    return {'@context': MULTIKEY_V1, ...method};
  }
  return fetched(url);
}

async function fetched(url) {
  if(new URL(url).protocol !== 'http:' || new URL(url).hostname !== 'localhost') {
    throw new Error(`${url}: not given, and not on loopback`);
  }
  const response = await fetch(url, {headers: {accept: 'application/vc, application/ld+json, application/json'}});
  if(!response.ok) {
    throw new Error(`${url}: ${response.status}`);
  }
  return response.json();
}

const documentLoader = async url =>
  ({contextUrl: null, documentUrl: url, document: structuredClone(await load(url))});

const suite = name => new DataIntegrityProof({cryptosuite: SUITES[name]()});

const told = ({verified, error}) => ({verified, error: error ? said(error) : null});

const said = error => [error.message, ...(error.errors ?? []).map(said), ...(error.cause ? [said(error.cause)] : [])].join('; ');

const results = {};
for(const name of Object.keys(SUITES)) {
  // One suite at a time: in a proof set, this library is content with one proof that holds.
  results[name] = told(await verifyCredential({
    credential: structuredClone(credential), suite: suite(name), documentLoader, now,
    checkStatus: async () => ({verified: true})
  }));
}

const lists = await Promise.all(Object.keys(SUITES).map(
  name => checkStatus({credential: structuredClone(credential), suite: suite(name), documentLoader})));
const set = lists.flatMap(({results: found = []}) => found)
  .filter(({status}) => status).map(({credentialStatus}) => credentialStatus.statusPurpose);
results.status = {
  ...told({verified: lists.every(({verified}) => verified), error: lists.find(({error}) => error)?.error}),
  set: [...new Set(set)]
};

console.log(JSON.stringify(results));
