// What was given for one server does not go to another one: whoever changes the address of a PBX, or who vouches for it,
// shows that they have the password.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueServer, makeAuthority } from '../../src/demo/certificates.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { startProvisioningServer } from '../help/provisioning-server.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const MATCH = { 'if-match': '*' };
const PASSWORD = 'geese-over-a-mill';
let number = 0;
async function addPbx(settings: object = {}): Promise<string> {
  number += 1;
  const login = { username: 'u', password: PASSWORD, provisioningUrl: 'https://pbx.example.com/a/' };
  const made = await api.call('POST', '/pbxs', { name: `PBX ${number}`, ...login, ...settings });
  expect(made.status, made.text).toBe(201);
  return made.json.id;
}
const patch = (id: string, body: object, query = '') => api.call('PATCH', `/pbxs/${id}${query}`, body, MATCH);
const codes = (reply: { json: { errors: { code: string }[] } }) => reply.json.errors.map(({ code }) => code);

test.each([
  ['another host', { provisioningUrl: 'https://evil.example.com/a/' }],
  ['another port', { provisioningUrl: 'https://pbx.example.com:8443/a/' }],
  ['another scheme', { provisioningUrl: 'http://pbx.example.com/a/', allowPlainHttp: true }],
  ['another pin', { pinSha256: 'ab'.repeat(32) }],
])('asks for the password again for %s, and takes it anew or removes it', async (_, change) => {
  const id = await addPbx();
  const refused = await patch(id, change);
  expect(refused.status).toBe(422);
  expect(refused.json.errors).toMatchObject([{ pointer: '#/body/password', code: 'PASSWORD_AGAIN' }]);
  expect((await api.call('GET', `/pbxs/${id}`)).json.provisioningUrl).toBe('https://pbx.example.com/a/');
  expect((await patch(id, { ...change, password: 'anew' })).status).toBe(200);
  const other = await addPbx();
  expect((await patch(other, { ...change, password: null })).json.passwordSet).toBe(false);
});

test('another path of the same server, and what else is no other server, asks for nothing', async () => {
  const id = await addPbx();
  const harmless = [
    { provisioningUrl: 'https://PBX.example.com:443/b/{mac}.cfg' },
    { country: 'US' },
    { provisioningUrl: null },
  ];
  for (const change of harmless) expect((await patch(id, change)).status, JSON.stringify(change)).toBe(200);
  // Without an address in between is no way around it.
  expect(codes(await patch(id, { provisioningUrl: 'https://evil.example.com/' }))).toEqual(['PASSWORD_AGAIN']);
});

test('another CA asks too, and takes the password with the upload', async () => {
  const id = await addPbx();
  const [first, second] = [await makeAuthority(), await makeAuthority()];
  const put = (body: object) => api.call('PUT', `/pbxs/${id}/certificates`, body, MATCH);
  expect(codes(await put({ caPem: first.cert }))).toEqual(['PASSWORD_AGAIN']);
  expect((await put({ caPem: first.cert, password: PASSWORD })).status).toBe(200);
  expect((await put({ caPem: first.cert })).status).toBe(200);
  const client = await issueServer(first, { names: ['harvester.example'] });
  expect((await put({ clientCertPem: client.cert, clientKeyPem: client.key })).status).toBe(200);
  expect(codes(await put({ caPem: second.cert, password: PASSWORD }))).toEqual(['CLIENT_KEY_AGAIN']);
  const both = { caPem: second.cert, clientCertPem: client.cert, clientKeyPem: client.key, password: null };
  expect((await put(both)).status).toBe(200);
  const moved = await patch(id, { provisioningUrl: 'https://new.example.com/' });
  expect(codes(moved)).toEqual(['CLIENT_KEY_AGAIN']);
  expect(moved.json.detail).toContain('DELETE');
  expect((await api.call('DELETE', `/pbxs/${id}/certificates`, undefined, MATCH)).status).toBe(200);
  expect((await patch(id, { provisioningUrl: 'https://new.example.com/' })).status).toBe(200);
});

test('passwords of single users do not go there either', async () => {
  const id = await addPbx({ username: null, password: null });
  const user = { pbxId: id, mac: '00005e005301', provUsername: 'ann', provPassword: PASSWORD };
  const userId = (await api.call('POST', '/users', user)).json.id;
  const change = { provisioningUrl: 'https://new.example.com/' };
  const refused = await patch(id, change);
  expect(codes(refused)).toEqual(['USER_PASSWORDS_AGAIN']);
  expect(refused.json.detail).toContain('1 user has');
  expect((await patch(id, change, '?userPasswords=forget')).status).toBe(200);
  expect((await api.call('GET', `/users/${userId}`)).json).toMatchObject({
    provUsername: 'ann',
    provPasswordSet: false,
  });
});

test('a server that somebody points a PBX at sees no stored password', async () => {
  const seen: string[] = [];
  const evil = await startProvisioningServer({
    otherwise: (request, response) => {
      seen.push(String(request.headers.authorization ?? ''));
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    },
  });
  try {
    const id = await addPbx();
    await patch(id, { provisioningUrl: `${evil.origin}/`, allowPlainHttp: true });
    await patch(id, { provisioningUrl: `${evil.origin}/`, allowPlainHttp: true, password: null });
    await api.call('POST', `/pbxs/${id}/test`, { mac: '00005e005301' });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.join(' ')).not.toContain(Buffer.from(`u:${PASSWORD}`).toString('base64'));
  } finally {
    await evil.close();
  }
});
