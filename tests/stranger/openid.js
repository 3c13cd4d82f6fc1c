// A certified OpenID provider (oidc-provider) on loopback: it signs in one person, whoever asks, without a page.
// Reads one JSON object from standard input, says its port on a line, and stops when standard input ends.
import {createServer} from 'node:http';
import {generateKeyPairSync} from 'node:crypto';
import {createInterface} from 'node:readline';
import Provider from 'oidc-provider';

const lines = createInterface({input: process.stdin});
const given = JSON.parse(await new Promise((resolve) => lines.once('line', resolve)));
lines.on('close', () => process.exit(0));

const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const provider = new Provider(given.issuer, {
  clients: [
    {
      client_id: given.client,
      client_secret: given.secret,
      redirect_uris: [given.redirectUri],
      token_endpoint_auth_method: given.method,
      id_token_signed_response_alg: 'ES256',
      userinfo_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [{ ...privateKey.export({format: 'jwk'}), kid: 'es256', alg: 'ES256', use: 'sig' }] },
  clientAuthMethods: [given.method],
  acrValues: ['eidas1', 'eidas2'],
  claims: {
    openid: ['sub'],
    email: ['email'],
    idp_id: ['idp_id'],
    belonging_population: ['belonging_population'],
    acr: null,
    auth_time: null,
    iss: null,
  },
  cookies: {keys: ['of a test']},
  enabledJWA: {idTokenSigningAlgValues: ['ES256'], userinfoSigningAlgValues: ['ES256']},
  features: {
    claimsParameter: {enabled: given.claims},
    devInteractions: {enabled: false},
    jwtUserinfo: {enabled: true},
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({sub: id, ...given.person}) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant: async (ctx) => {
    const {client, session} = ctx.oidc;
    const grant = new ctx.oidc.provider.Grant({clientId: client.clientId, accountId: session.accountId});
    grant.addOIDCScope(given.scope);
    grant.addOIDCClaims(['acr', 'auth_time']);
    await grant.save();
    return grant;
  },
  pkce: {required: () => true},
});
provider.proxy = true;

const answer = provider.callback();
const server = createServer(async (request, response) => {
  request.headers['x-forwarded-proto'] = 'https'; // in the place of what would end TLS in front of it
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  const login = {accountId: given.sub, acr: given.acr, remember: false};
  await provider.interactionFinished(request, response, {login}, {mergeWithLastSubmission: false});
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
