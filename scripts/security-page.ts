// Writes the table of docs/security.md: each attack of the list, and the tests that make it, found by the id in their titles.
// `node scripts/security-page.ts` after a test with an id came, went or was renamed; test/docs/security.test.ts asks for it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
export const SECURITY_PAGE = join(ROOT, 'docs/security.md');
const BEGIN = '<!-- written by scripts/security-page.ts -->';
const END = '<!-- end -->';

/** The list: ids are stable. */
export const ATTACKS: Readonly<Record<string, string>> = {
  S1: 'a dump of the database, files, logs, jobs and answers is searched for planted secrets',
  S2: 'a sealed value is moved to another row, column or tenant',
  S3: 'any bit of a sealed value is flipped',
  S4: 'keys are rotated online, and killed in the middle of it',
  S5: 'the key file is wrong or missing',
  S6: 'the same secret is stored twice: it does not look the same',
  S7: 'a shortened GCM tag, a repeated IV',
  S8: 'secrets are asked of the API',
  S9: 'a backup without the key file, and a restore with it',
  L1: 'everything is run with canary passwords, and what is written is searched',
  L2: 'logins and tokens in addresses reach logs, feed and errors',
  L3: 'an error of ours tells stack, SQL, path or host',
  L4: 'line breaks and control characters in what others name',
  L5: 'errors of the HTTP client carry headers and passwords',
  O1: 'hostile spellings of addresses, schemes and ports',
  O2: 'a name that changes its address between check and connection',
  O3: 'redirects to inner addresses, other schemes, plain http; what they take along',
  O4: 'names with good and bad addresses',
  O5: 'link-local and metadata addresses',
  O6: 'our own listener as target',
  O7: 'bombs, endless and dripping answers, wrong lengths, garbage',
  O8: 'proxies of the environment',
  O9: 'cookies kept between PBXs',
  O10: 'TFTP and FTP obey the same guard',
  O11: 'XML with DTDs and entities; files made to be slow',
  O12: 'Test connection as a way to look around in the inner network',
  T1: 'a private authority',
  T2: 'a self-signed certificate',
  T3: 'a certificate for another name',
  T4: 'an expired certificate',
  T5: 'TLS 1.0 only',
  T6: 'a weak key',
  T7: 'a client certificate is wanted',
  T8: 'http where TLS is spoken, and the other way round',
  T9: 'a PKCS#12 file with the wrong passphrase',
  T10: 'an old PKCS#12 file (RC2, 3DES)',
  T11: 'key and certificate that do not belong together',
  T12: 'a changed pin stops before anything is sent',
  T13: 'legacy TLS of one PBX touches no other',
  T14: 'Basic over plain http needs a switch',
  T15: 'certificates about to end',
  T16: 'client keys are sealed, and a renewed one is used at once',
  A1: "somebody else's objects answer exactly like missing ones",
  A2: 'fields that are not for the caller',
  A3: 'operations that are not for the role',
  A4: 'fields that are not declared leave',
  A5: 'requests that cost too much',
  A6: 'SQL in texts, orders and cursors',
  A7: 'requests from other sites (CSRF)',
  A8: 'script in fields and files',
  A9: 'our pages in frames of others',
  A10: 'other origins read answers (CORS)',
  A11: 'forged host headers in links',
  A12: 'redirects to other sites',
  A13: 'cookies without their flags',
  A14: 'a session id that the attacker chose',
  A15: '`__proto__` and the like as keys',
  A16: 'patterns that take for ever',
  A17: 'code in templates',
  A18: 'formulas in CSV cells',
  A19: 'names of uploads as paths',
  A20: "somebody else's idempotency key",
  A21: 'invitations used twice, late or by others',
  A22: "somebody else's live feed",
  A23: 'dependencies that change under us',
  A24: 'archives with bombs, paths and links',
  V1: 'a change that cannot be audited',
  V2: 'rows of the audit deleted or changed by SQL',
  V3: 'a changing operation without an entry',
  V4: 'the audit as CSV and JSONL',
  C7: 'webhooks: receivers that are down, workers that die, duplicates',
};

/** Why no test has this id, while none has. */
export const NOT_COVERED: Readonly<Record<string, string>> = {
  S8: 'not covered yet',
  S9: 'not covered yet',
  L1: 'not covered yet',
  O10: 'there is no TFTP and no FTP fetching',
  A12: 'nothing of ours redirects to an address that a request names',
  A16: 'no pattern of a user is ever run',
  A17: 'there are no templates yet',
  V2: 'not covered yet',
  V4: 'not covered yet',
};

interface NamedTest {
  readonly file: string;
  readonly title: string;
  readonly ids: readonly string[];
}

const ID = '(?:[SLOTAV]\\d{1,2}|C7)';
/** A title that begins with ids, as a string of the source: `'O1 O5 refuses...'`, `'V3: every...'`. */
const TITLE = new RegExp(`(['"\`])(${ID}(?:[ ,:]+${ID})*:? (?:(?!\\1)[^\\\\\\n]|\\\\.)+)\\1`, 'g');

/** Tests whose title, or whose group's, begins with ids of the list. */
export function namedTests(): NamedTest[] {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
  return files.flatMap((file) =>
    Array.from(readFileSync(join(ROOT, file), 'utf8').matchAll(TITLE), ([, , title = '']) => ({
      file,
      title: title.replaceAll(/\\(.)/g, '$1'),
      ids: [...(new RegExp(`^${ID}(?:[ ,:]+${ID})*`).exec(title)?.[0].match(new RegExp(ID, 'g')) ?? [])],
    })),
  );
}

/** The page with the table as it must be now. */
export function writtenPage(page: string): string {
  const tests = namedTests();
  const rows = Object.entries(ATTACKS).map(([id, attack]) => {
    const mine = tests.filter(({ ids }) => ids.includes(id));
    const where = [...new Set(mine.map(({ file }) => file))].map((file) => {
      const titles = mine.filter((test) => test.file === file).map(({ title }) => withoutIds(title));
      return `\`${file}\`: ${[...new Set(titles)].map((title) => `"${title.replaceAll('|', '\\|')}"`).join(', ')}`;
    });
    const none = NOT_COVERED[id] ?? 'not covered';
    return `| ${id} | ${attack} | ${where.length === 0 ? `none: ${none}` : where.join('<br>')} |`;
  });
  const table = ['| id | attack | tests |', '|---|---|---|', ...rows].join('\n');
  const [before = '', rest = ''] = page.split(BEGIN);
  return `${before}${BEGIN}\n\n${table}\n\n${END}${rest.split(END)[1] ?? '\n'}`;
}

function withoutIds(title: string): string {
  return title.replace(new RegExp(`^${ID}(?:[ ,:]+${ID})*:? `), '');
}

if (import.meta.main) writeFileSync(SECURITY_PAGE, writtenPage(readFileSync(SECURITY_PAGE, 'utf8')));
