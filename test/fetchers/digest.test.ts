import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  basicAuthorization,
  type Challenge,
  chooseDigest,
  type DigestChallenge,
  digestAuthorization,
  nextNonce,
  parseChallenges,
} from '../../fetchers/digest.ts';

function digestOf(header: string): DigestChallenge {
  const chosen = chooseDigest(parseChallenges(header));
  if (!chosen) throw new Error('no digest challenge');
  return chosen;
}

const MUFASA = {
  username: 'Mufasa',
  password: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  count: 1,
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

function rfcChallenge(algorithm: string): string {
  return `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
}

test('answers the SHA-256 and MD5 examples of RFC 7616, 3.9.1', () => {
  expect(digestAuthorization(digestOf(rfcChallenge('SHA-256')), MUFASA)).toBe(
    'Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", algorithm=SHA-256, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"',
  );
  expect(digestAuthorization(digestOf(rfcChallenge('MD5')), MUFASA)).toContain(
    'response="8ca523f5e9506fed4657c9700eebdbec"',
  );
});

test('answers the SHA-512-256 example of RFC 7616, 3.9.2, as its erratum 4897 corrects it, with the name hashed', () => {
  const challenge = digestOf(
    'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
  );
  const header = digestAuthorization(challenge, {
    username: 'J\u00e4s\u00f8n Doe',
    password: 'Secret, or not?',
    method: 'GET',
    uri: '/doe.json',
    count: 1,
    cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
  });
  expect(header).toContain('username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"');
  expect(header).toContain('response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"');
  expect(header).toContain('userhash=true');
});

test('answers the example of RFC 2617, 3.5', () => {
  const challenge = digestOf(
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
  );
  const header = digestAuthorization(challenge, {
    username: 'Mufasa',
    password: 'Circle Of Life',
    method: 'GET',
    uri: '/dir/index.html',
    count: 1,
    cnonce: '0a4f113b',
  });
  expect(header).toContain('response="6629fae49393a05397450978507c4ef1"');
  expect(header).not.toContain('algorithm=');
});

test('answers without qop as RFC 2069 has it', () => {
  const challenge = digestOf('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"');
  const header = digestAuthorization(challenge, {
    username: 'Mufasa',
    password: 'Circle Of Life',
    method: 'GET',
    uri: '/dir/index.html',
    count: 1,
    cnonce: 'unused',
  });
  expect(header).toContain('response="670fd8c2df070c60b045671b8b24ff02"');
  expect(header).not.toMatch(/qop|nc=|cnonce/);
});

test('sends the client nonce for a session algorithm even without qop', () => {
  const header = digestAuthorization(digestOf('Digest realm="r", nonce="n", algorithm=MD5-sess'), MUFASA);
  expect(header).toContain('algorithm=MD5-sess');
  expect(header).toContain('cnonce=');
});

test('counts in eight hex digits', () => {
  const challenge = digestOf('Digest realm="r", nonce="n", qop="auth"');
  expect(digestAuthorization(challenge, { ...MUFASA, count: 255 })).toContain('nc=000000ff');
});

test('escapes quotes and backslashes, and writes UTF-8 as bytes', () => {
  const challenge = digestOf('Digest realm="a \\"b\\" \\\\c", nonce="n", qop="auth"');
  expect(challenge.realm).toBe('a "b" \\c');
  const header = digestAuthorization(challenge, { ...MUFASA, username: 'J\u00fcrgen "x"' });
  expect(header).toContain('realm="a \\"b\\" \\\\c"');
  expect(Buffer.from(header, 'latin1').toString('utf8')).toContain('username="J\u00fcrgen \\"x\\""');
});

test('uses auth-int when nothing else is offered, and no unknown quality of protection', () => {
  const challenge = digestOf('Digest realm="r", nonce="n", qop="auth-int"');
  expect(digestAuthorization(challenge, MUFASA)).toContain('qop=auth-int');
  expect(chooseDigest(parseChallenges('Digest realm="r", nonce="n", qop="auth-conf"'))).toBeNull();
});

const strongest: [header: string, algorithm: string | null][] = [
  [`${rfcChallenge('MD5')}, ${rfcChallenge('SHA-256')}`, 'SHA-256'],
  [`${rfcChallenge('SHA-256')}, ${rfcChallenge('MD5')}`, 'SHA-256'],
  [`${rfcChallenge('MD5')}, ${rfcChallenge('SHA-512-256')}, ${rfcChallenge('SHA-256-sess')}`, 'SHA-512-256'],
  [`Basic realm="x", ${rfcChallenge('MD5')}`, 'MD5'],
  [`Negotiate, NTLM, ${rfcChallenge('md5-SESS')}, Basic realm="x"`, 'MD5-sess'],
  [`${rfcChallenge('SHA3-999')}, ${rfcChallenge('MD5')}`, 'MD5'],
  [rfcChallenge('SHA3-999'), null],
  ['Basic realm="x"', null],
  ['Digest realm="x"', null],
  ['Digest nonce="x"', null],
  ['', null],
];

test.each(strongest)('of %s takes %s', (header, algorithm) => {
  expect(chooseDigest(parseChallenges(header))?.algorithm ?? null).toBe(algorithm);
});

const readings: [header: string, challenges: { scheme: string; params: Record<string, string> }[]][] = [
  ['Basic realm="x"', [{ scheme: 'basic', params: { realm: 'x' } }]],
  ['bAsIc REALM = x', [{ scheme: 'basic', params: { realm: 'x' } }]],
  [
    'Basic realm="a, Digest nonce=\\"no\\"", Digest realm=b,nonce="n"',
    [
      { scheme: 'basic', params: { realm: 'a, Digest nonce="no"' } },
      { scheme: 'digest', params: { realm: 'b', nonce: 'n' } },
    ],
  ],
  ['Digest realm="r",, nonce="n", realm="second"', [{ scheme: 'digest', params: { realm: 'r', nonce: 'n' } }]],
  ['Digest realm="r", nonce="unfinished', [{ scheme: 'digest', params: { realm: 'r' } }]],
  ['realm="x"', []],
  ['Digest __proto__="x", realm="r"', [{ scheme: 'digest', params: { realm: 'r', ['__proto__']: 'x' } }]],
];

test.each(readings)('reads the challenges of %s', (header, challenges) => {
  const read = parseChallenges(header).map(({ scheme, params }) => ({ scheme, params: Object.entries(params).sort() }));
  const wanted = challenges.map(({ scheme, params }) => ({ scheme, params: Object.entries(params).sort() }));
  expect(read.slice(0, wanted.length)).toEqual(wanted);
});

test('reads stale, opaque and the next nonce', () => {
  const challenge = digestOf('Digest realm="r", nonce="n", opaque="o", stale=TRUE, qop=auth');
  expect(challenge).toMatchObject({ stale: true, opaque: 'o', qop: 'auth' });
  expect(nextNonce('qop=auth, rspauth="6629fae4", nextnonce="later"')).toBe('later');
  expect(nextNonce('qop=auth')).toBeNull();
});

test('never fails and never hangs on what a server may write', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (header) => {
      const challenges: Challenge[] = parseChallenges(header);
      chooseDigest(challenges);
    }),
  );
  parseChallenges(`Digest ${'a="'.repeat(20_000)}`);
  parseChallenges('='.repeat(30_000));
});

test('writes Basic in UTF-8', () => {
  expect(basicAuthorization('test', '123\u00a3')).toBe('Basic dGVzdDoxMjPCow==');
});
