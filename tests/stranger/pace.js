// How fast @digitalbazaar/vc issues and verifies: the yardstick of tests/load/proofs.py.
//
// Standard input, first line: {"unsigned", "signed", "documents": {URL: document}, "key": {"id", "controller",
// "publicKeyMultibase", "secretKeyMultibase"}}. Then, for each line {"what", "count"}, one line out: {"core", "clock"},
// seconds of processor time of all threads, and seconds gone by.
import {named} from '@digitalbazaar/credentials-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as jcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {issue, verifyCredential} from '@digitalbazaar/vc';
import {createInterface} from 'node:readline';

const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
const {unsigned, signed, documents, key} = JSON.parse((await lines.next()).value);

const known = new Map(Object.entries(documents));
known.set(named.get('v2').id, named.get('v2').context);
const documentLoader = async url => {
  if(!known.has(url)) {
    throw new Error(`${url}: not given`);
  }
  // 'static': what the library makes of a context is kept from one document to the next
  return {contextUrl: null, documentUrl: url, document: known.get(url), tag: 'static'};
};

const pair = await Ed25519Multikey.from({'@context': 'https://w3id.org/security/multikey/v1', type: 'Multikey', ...key});
const signer = pair.signer();
const signing = {
  rdfc: () => new DataIntegrityProof({signer, cryptosuite: rdfc}),
  jcs: () => new DataIntegrityProof({signer, cryptosuite: jcs.createSignCryptosuite()})
};
const checking = {
  rdfc: () => new DataIntegrityProof({cryptosuite: rdfc}),
  jcs: () => new DataIntegrityProof({cryptosuite: jcs.createVerifyCryptosuite()})
};
const checkStatus = async () => ({verified: true});

async function verify(suite) {
  const {verified, error} = await verifyCredential({credential: signed, suite, documentLoader, checkStatus});
  if(!verified) {
    throw error;
  }
}

// Each issue() answers one proof: a set is put together from two.
async function issueBoth() {
  const first = await issue({credential: unsigned, suite: signing.rdfc(), documentLoader});
  const second = await issue({credential: unsigned, suite: signing.jcs(), documentLoader});
  return {...first, proof: [first.proof, second.proof]};
}

const work = {
  'issue rdfc': () => issue({credential: unsigned, suite: signing.rdfc(), documentLoader}),
  'issue both': issueBoth,
  'verify rdfc': () => verify(checking.rdfc()),
  'verify both': () => verify([checking.rdfc(), checking.jcs()])
};

for await (const line of lines) {
  const {what, count} = JSON.parse(line);
  const before = performance.now();
  const began = process.cpuUsage();
  for(let done = 0; done < count; done++) {
    await work[what]();
  }
  const {user, system} = process.cpuUsage(began);
  console.log(JSON.stringify({core: (user + system) / 1e6, clock: (performance.now() - before) / 1e3}));
}
