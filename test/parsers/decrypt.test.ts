import { execFileSync, spawnSync } from 'node:child_process';
import { constants, createCipheriv, createHash, generateKeyPairSync, pbkdf2Sync, publicEncrypt } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decrypt } from '../../parsers/decrypt.ts';
import { readConfig } from '../../vendors/read.ts';

const CONFIG = '#!version:1.0.0.1\naccount.1.user_name = 1001\naccount.1.password = pässword\n';
const PHRASE = 'Sample-Phrase-2';

/** What `openssl enc -aes-256-cbc -md <hash> -k <phrase>` writes. */
function salted(plain: Uint8Array | string, hash: 'md5' | 'sha256' | 'pbkdf2', phrase = PHRASE): Buffer {
  const salt = Buffer.from('0102030405060708', 'hex');
  let made = Buffer.alloc(0);
  if (hash === 'pbkdf2') made = pbkdf2Sync(phrase, salt, 10_000, 48, 'sha256');
  for (let block = Buffer.alloc(0); made.length < 48 && hash !== 'pbkdf2'; made = Buffer.concat([made, block])) {
    block = createHash(hash)
      .update(Buffer.concat([block, Buffer.from(phrase), salt]))
      .digest();
  }
  const cipher = createCipheriv('aes-256-cbc', made.subarray(0, 32), made.subarray(32, 48));
  return Buffer.concat([Buffer.from('Salted__'), salt, cipher.update(plain), cipher.final()]);
}

/** As a tool that fills the last block with NULs writes it. */
function blocks(text: string, key: string): Buffer {
  const plain = Buffer.from(text);
  const cipher = createCipheriv(key.length === 16 ? 'aes-128-ecb' : 'aes-256-ecb', key, null);
  cipher.setAutoPadding(false);
  return Buffer.concat([
    cipher.update(plain),
    cipher.update(Buffer.alloc((16 - (plain.length % 16)) % 16)),
    cipher.final(),
  ]);
}

function text(bytes: Uint8Array, ...keys: string[]): string {
  const result = decrypt(bytes, keys);
  return result.kind === 'opened' ? Buffer.from(result.bytes).toString() : result.kind;
}

describe('OpenSSL', () => {
  test.each(['md5', 'sha256', 'pbkdf2'] as const)('opens %s derivation', (hash) => {
    expect(text(salted(CONFIG, hash), 'wrong', PHRASE)).toBe(CONFIG);
    expect(text(salted(CONFIG, hash), 'wrong')).toBe('closed');
  });

  test('gzip inside is left to the reader', () => {
    const file = { name: 'a.cfg', bytes: salted(gzipSync(CONFIG), 'md5') };
    const result = readConfig([file], { keys: [PHRASE] });
    expect(result).toMatchObject({ kind: 'config', reading: { warnings: ['encrypted:openssl', 'gzip'] } });
  });
});

/** The program that PBXs encrypt with, where the machine has it. */
const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!HAS_OPENSSL)('what the openssl program writes', () => {
  const openssl = (args: readonly string[], input: Uint8Array | string) =>
    execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] });
  const phrase = ['-pass', `pass:${PHRASE}`];

  test.each([
    ['MD5, as Cisco and old Grandstream', ['-md', 'md5']],
    ['SHA-256, its own default', ['-md', 'sha256']],
    ['PBKDF2', ['-pbkdf2']],
  ])('AES-256-CBC, key by %s', (_what, how) => {
    const made = openssl(['enc', '-aes-256-cbc', ...how, ...phrase], CONFIG);
    expect(made.subarray(0, 8).toString()).toBe('Salted__');
    expect(text(made, PHRASE)).toBe(CONFIG);
  });

  test('gzip first, then AES', () => {
    const made = openssl(['enc', '-aes-256-cbc', '-md', 'md5', ...phrase], gzipSync(CONFIG));
    const result = readConfig([{ name: 'a.cfg', bytes: made }], { keys: [PHRASE] });
    expect(result).toMatchObject({ kind: 'config', reading: { lines: [{ password: 'pässword' }] } });
  });

  test.each([16, 32])('AES in blocks of its own, as Yealink files, a key of %i characters', (length) => {
    const key = 'aB3#$%*+,-.:=?@[]^_{}~0123456789'.slice(0, length);
    const cipher = length === 16 ? '-aes-128-ecb' : '-aes-256-ecb';
    const made = openssl(['enc', cipher, '-K', Buffer.from(key).toString('hex')], CONFIG);
    const result = readConfig([{ name: 'a.cfg', bytes: made }], { keys: [key] });
    expect(result).toMatchObject({ kind: 'config', reading: { lines: [{ userName: '1001', password: 'pässword' }] } });
  });
});

describe('Yealink', () => {
  const key16 = 'aB3#$%*+,-.:=?@[';
  const key32 = `${key16}]^_{}~0123456789`;

  test.each([key16, key32])('opens whole files under %s', (key) => {
    expect(text(blocks(CONFIG, key), 'short', key)).toBe(CONFIG);
    expect(text(blocks(CONFIG, key), key.replace('a', 'b'))).toBe('closed');
  });

  test('opens RSA mode with the private key', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const wrapped = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(key16));
    const file = `#!key_ciphertext:${wrapped.toString('base64')}\n#!---BEGIN CONFIG DATA---\n${blocks(CONFIG, key16).toString('base64')}\n`;
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(text(Buffer.from(file), pem)).toBe(CONFIG);
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    expect(text(Buffer.from(file), other.toString(), key16)).toBe('closed');
  });
});

describe('RFC 8188', () => {
  // The examples of the RFC, sections 3.1 and 3.2.
  test.each([
    ['yqdlZ-tYemfogSmv7Ws5PQ', 'I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg'],
    [
      'BO3ZVPxUlnLORbVGMpbT1Q',
      'uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA',
    ],
  ])('opens the example under %s', (key, body) => {
    expect(text(Buffer.from(body, 'base64url'), key)).toBe('I am the walrus');
    expect(text(Buffer.from(body, 'base64url').subarray(0, -1), key)).toBe('closed');
  });
});

describe('a file whose key is not there', () => {
  test('is named, with what to do', () => {
    const read = (bytes: Uint8Array, keys?: string[]) => readConfig([{ name: 'a.cfg', bytes }], { keys });
    expect(read(salted(CONFIG, 'md5'))).toMatchObject({ kind: 'not-config', reason: 'BODY_ENCRYPTED' });
    expect(read(salted(CONFIG, 'md5'), ['wrong'])).toMatchObject({
      reason: 'BODY_ENCRYPTED',
      message: expect.stringContaining('the key given does not open it'),
    });
    expect(read(blocks(CONFIG, 'k'.repeat(16)))).toMatchObject({ reason: 'BODY_ENCRYPTED' });
    const tuz = readConfig([{ name: '00005E005301.tuz', bytes: blocks(CONFIG, 'k'.repeat(16)) }]);
    expect(tuz).toMatchObject({ reason: 'BODY_ENCRYPTED', message: expect.stringContaining('anacrypt') });
  });

  test('a plain file needs no key and takes none', () => {
    const result = readConfig([{ name: 'a.cfg', bytes: Buffer.from(CONFIG) }], { keys: ['0123456789abcdef'] });
    expect(result).toMatchObject({ kind: 'config', reading: { warnings: [] } });
  });
});

test('any bytes under any key: an answer, never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.string({ maxLength: 40 }), (bytes, key) => {
      expect(['opened', 'closed']).toContain(decrypt(bytes, [key]).kind);
    }),
  );
});
