import { argon2Sync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';
import { hashPassword, passwordProblem, verifyPassword } from '../../src/sign-in/password.ts';

const problemOf = (text: string, own: string[] = []) => passwordProblem(new Secret(text), own)?.code ?? null;

describe('a password', () => {
  it('has 12 to 256 characters, counted as people see them after NFKC', () => {
    expect(problemOf('elf characte')).toBeNull();
    expect(problemOf('eleven char')).toBe('password-short');
    expect(problemOf('🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧')).toBeNull();
    expect(problemOf(`${'correct pony '.repeat(19)}correct!!`)).toBeNull();
    expect(problemOf('ab cdefgh!'.repeat(26))).toBe('password-long');
  });

  it.each([
    'Password1234',
    'P@ssw0rd2024!',
    'passwordpassword',
    'qwertyuiop12',
    '123456789012',
    '987654321098',
    'aaaaaaaaaaaa',
    'abc1abc1abc1',
    'welcome12345!',
    'AdminAdmin123',
    'letmein!!!!!!',
    'iloveyou2020!',
    'Provender2026',
    'Summer2026!!!',
    '1qaz2wsx3edc',
    '202-555-0100-1',
  ])('is refused when it is among those that are tried first: %s', (text) => {
    expect(problemOf(text)).toBe('password-common');
  });

  it('is refused when it is the account itself with something added', () => {
    expect(problemOf('grace.hopper99', ['grace.hopper@example.com'])).toBe('password-common');
    expect(problemOf('grace.hopper99')).toBeNull();
  });

  it.each(['Tr0ubador and 3 ponies', 'lamp river sixteen moss', 'xK9$mQ2vL7pR', 'wachtel-brunnen-7-kreide'])(
    'is taken without rules of composition: %s',
    (text) => {
      expect(problemOf(text)).toBeNull();
    },
  );
});

describe('a hash', () => {
  it('is a PHC string of argon2id with 19 MiB, 2 passes, 1 lane, and never the same twice', async () => {
    const password = new Secret('lamp river sixteen moss');
    const [one, two] = await Promise.all([hashPassword(password), hashPassword(password)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword(password, one)).toEqual({ ok: true, outdated: false });
    expect((await verifyPassword(new Secret('lamp river sixteen mosS'), one)).ok).toBe(false);
  });

  it('takes the same characters typed another way', async () => {
    const kept = await hashPassword(new Secret('caf\u00e9 \ufb01ne and quiet'));
    expect((await verifyPassword(new Secret('cafe\u0301 fine and quiet'), kept)).ok).toBe(true);
  });

  it('of other parameters is read, and said to be outdated', async () => {
    const nonce = randomBytes(16);
    const tag = argon2Sync('argon2id', {
      message: 'an older password',
      nonce,
      tagLength: 32,
      memory: 8192,
      passes: 1,
      parallelism: 2,
    });
    const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
    const phc = `$argon2id$v=19$m=8192,t=1,p=2$${text(nonce)}$${text(tag)}`;
    expect(await verifyPassword(new Secret('an older password'), phc)).toEqual({ ok: true, outdated: true });
  });

  it('is computed for an account that does not exist too: it takes about as long', async () => {
    const password = new Secret('lamp river sixteen moss');
    const kept = await hashPassword(new Secret('some other password'));
    const cpuOf = async (phc: string | null) => {
      const before = process.cpuUsage();
      for (let round = 0; round < 8; round += 1) expect((await verifyPassword(password, phc)).ok).toBe(false);
      return process.cpuUsage(before).user;
    };
    const [known, unknown] = [await cpuOf(kept), await cpuOf(null)];
    // Without the work it would be a thousandth.
    expect(unknown / known).toBeGreaterThan(0.3);
    expect(unknown / known).toBeLessThan(3);
  });
});
