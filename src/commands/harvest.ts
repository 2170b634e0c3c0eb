// provender harvest: asks a provisioning server, or looks into a folder or zip of its files, for every MAC of a CSV and
// writes what it read to a CSV. No database: what is tried again is tried again here, within --for.
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ARCHIVE_ADDRESS, createArchiveFetch, namedFiles } from '../../fetchers/archive.ts';
import type { Fetch, Login } from '../../fetchers/fetcher.ts';
import { createHttpFetcher } from '../../fetchers/http.ts';
import { Secret } from '../../fetchers/secret.ts';
import { findMacInName, formatMac, type Mac, parseMac } from '../../vendors/mac.ts';
import { MASK } from '../../vendors/mask.ts';
import type { HostPort, Line } from '../../vendors/model.ts';
import type { Persona } from '../../vendors/persona.ts';
import { type CsvTable, cellOf, readCsv } from '../intake/csv.ts';
import { writeCsv } from '../intake/csv-out.ts';
import { extractDid, findDidText, isKnownCountry } from '../sync/did.ts';
import type { Gathered, GatherFailure } from '../sync/gather.ts';
import { judgeReading } from '../sync/judge.ts';
import { nextActionFor } from '../sync/outcome.ts';
import { retryClassOf, retryDelay } from '../sync/retry.ts';
import { askPhone } from './ask-phone.ts';
import {
  CommandFailure,
  type ExitCode,
  flag,
  type Given,
  type Io,
  numberOption,
  textOption,
  UsageError,
} from './command.ts';
import { InputFailure, readFetchSetup, readInputBytes, readPersona } from './fetch-options.ts';
import { withNextStep } from './next-step.ts';
import { readArchive } from './read-archive.ts';
import { visible } from './text-table.ts';
import { writePrivateFile } from './write-file.ts';

const HEADER = [
  'mac',
  'status',
  'code',
  'message',
  'user_name',
  'auth_name',
  'password',
  'display_name',
  'label',
  'did',
  'registrar_host',
  'registrar_port',
  'transport',
  'outbound_proxy',
  'expires_seconds',
] as const;

/** Who is asked: a server, or files that were handed over. */
interface Source {
  readonly template: string;
  readonly persona: Persona;
  readonly login: Login | null;
  /** Origins from which includes may come beside the server's own. */
  readonly allowedOrigins: readonly string[];
  readonly fetch: Fetch;
  close(): void;
  /** For the person at the terminal, before anything is asked. */
  readonly warnings: readonly string[];
}

/** A row of the input that can be asked for. */
interface Errand {
  readonly mac: Mac;
  readonly login: Login | null;
  /** Whether the login is the one of the command line: a refusal belongs to a login. */
  readonly ownLogin: boolean;
}

type Outcome =
  | {
      readonly kind: 'provisioned';
      readonly line: Line;
      readonly did: string | null;
      readonly warning: Complaint | null;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

interface Complaint {
  readonly code: string;
  readonly message: string;
}

interface Row {
  /** As written to OUT: 12 lower-case digits, or the cell as it is when it is no MAC. */
  readonly mac: string;
  readonly outcome: Outcome;
}

interface Rules {
  readonly didField: string;
  readonly country: string | null;
  /** A line rule of src/sync/line-rule.ts. */
  readonly line: string;
  readonly concurrency: number;
  /** When transient failures are no longer tried again: milliseconds since the epoch. */
  readonly until: number;
  /** The message of a failed fetch, for a person at a terminal. */
  readonly explain: (code: string, message: string) => string;
}

function readDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? 's'];
  if (match === null || unit === undefined) {
    throw new UsageError(`--for must be a time such as 120s or 5m, not "${text}".`);
  }
  return Number(match[1]) * unit;
}

function readRules(given: Given): Rules {
  const country = textOption(given, 'country') ?? null;
  if (country !== null && !isKnownCountry(country)) {
    throw new UsageError(`--country must be a country code of two letters, such as US, not "${country}".`);
  }
  const line = numberOption(given, 'line', { min: 1, max: 200 });
  return {
    didField: textOption(given, 'did-field') ?? 'account.1.label',
    country,
    line: line === undefined ? 'first' : String(line),
    concurrency: numberOption(given, 'concurrency', { min: 1, max: 64 }) ?? 4,
    until: Date.now() + readDuration(textOption(given, 'for') ?? '120s'),
    explain: (code, message) => withNextStep(given, code, message),
  };
}

async function readTable(path: string): Promise<CsvTable> {
  const read = await readCsv(await readInputBytes('--csv', path));
  if (!read.ok) {
    const first = read.problems[0];
    throw new CommandFailure(
      `${path}: ${first === undefined ? 'it cannot be read.' : `${first.code}: ${first.message}`}`,
    );
  }
  if (!read.table.columns.includes('mac_address')) {
    throw new CommandFailure(`${path}: CSV_NO_MAC_COLUMN: no column is named mac, mac address or uuid. Add one.`);
  }
  if (read.table.rows.length === 0) throw new CommandFailure(`${path}: CSV_EMPTY: there are no rows below the header.`);
  return read.table;
}

/** What is to be asked for this row, or why nothing can be. */
function planRow(table: CsvTable, row: CsvTable['rows'][number], source: Source): Errand | Row {
  const cell = (cellOf(table, row, 'mac_address') ?? '').trim();
  const fail = (code: string, message: string): Row => ({ mac: cell, outcome: { kind: 'failed', code, message } });
  const problem = row.problems[0];
  if (problem !== undefined) return fail(problem.code, `${problem.message} ${problem.fix}`);
  if (/^auto[_ -]?assign$/i.test(cell)) {
    return fail('MAC_MISSING', 'AUTO_ASSIGN needs the program with a database (provender start). Write the MAC here.');
  }
  const parsed = parseMac(cell);
  if (!parsed.ok) return fail(parsed.code === 'MAC_EMPTY' ? 'MAC_MISSING' : parsed.code, parsed.message);
  const username = cellOf(table, row, 'prov_username') ?? '';
  const password = cellOf(table, row, 'prov_password') ?? '';
  if (username === '' && password !== '') {
    return fail('PROV_USERNAME_MISSING', 'prov_password is given without prov_username. Write both or none.');
  }
  if (username === '') return { mac: parsed.mac, login: source.login, ownLogin: false };
  return { mac: parsed.mac, login: { username, password: new Secret(password) }, ownLogin: true };
}

function isErrand(plan: Errand | Row): plan is Errand {
  return !('outcome' in plan);
}

/** So many requests at once. Whoever waits for a second try holds no slot, and comes first when it wants one again. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(first: boolean): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve) => {
      if (first) this.#waiting.unshift(resolve);
      else this.#waiting.push(resolve);
    });
  }

  /** Hands the slot on to the next in line, or back. */
  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

/** Asks, and asks again while it is worth it. */
class Harvester {
  readonly #source: Source;
  readonly #rules: Rules;
  readonly #signal: AbortSignal;
  readonly #slots: Slots;
  /** MACs answered 401 with the login of the command line while nobody got in with it: two of them stop it. */
  readonly #refused = new Set<Mac>();
  #loginWorks = false;

  constructor(source: Source, rules: Rules, signal: AbortSignal) {
    this.#source = source;
    this.#rules = rules;
    this.#signal = signal;
    this.#slots = new Slots(rules.concurrency);
  }

  async harvest(errand: Errand): Promise<Outcome> {
    for (let attempt = 1; ; attempt++) {
      await this.#slots.take(attempt > 1);
      let outcome: Outcome | { readonly waitMs: number };
      try {
        outcome = await this.#try(errand, attempt);
      } finally {
        this.#slots.give();
      }
      if (!('waitMs' in outcome)) return outcome;
      await sleep(outcome.waitMs, undefined, { signal: this.#signal }).catch(() => undefined);
    }
  }

  async #try(errand: Errand, attempt: number): Promise<Outcome | { readonly waitMs: number }> {
    if (!errand.ownLogin && this.#refused.size >= 2 && !this.#loginWorks) {
      return {
        kind: 'failed',
        code: 'HTTP_401',
        message:
          'Not asked: the server refused this login for two other phones, and more tries could lock it. Correct user name and password.',
      };
    }
    const result = await this.#gather(errand);
    if (result.kind === 'gathered') {
      if (!errand.ownLogin) this.#loginWorks = true;
      return judge(result, errand.mac, this.#rules);
    }
    if (!errand.ownLogin && result.status === 404) this.#loginWorks = true;
    if (!errand.ownLogin && result.code === 'HTTP_401' && result.sentLogin === true) this.#refused.add(errand.mac);
    const { code, message } = result;
    const waitMs = this.#signal.aborted ? null : this.#waitMs(code, attempt, result.retryAfterSeconds);
    return waitMs === null ? { kind: 'failed', code, message: this.#rules.explain(code, message) } : { waitMs };
  }

  #gather({ mac, login }: Errand): Promise<Gathered | GatherFailure> {
    const { fetch, template, persona, allowedOrigins } = this.#source;
    return askPhone({ fetch, template, persona, mac, login, allowedOrigins }, this.#signal);
  }

  /** Milliseconds until the next try; null when there is none within --for. */
  #waitMs(
    code: Parameters<typeof retryClassOf>[0],
    attempt: number,
    retryAfterSeconds: number | undefined,
  ): number | null {
    if (retryClassOf(code) !== 'transient') return null;
    const seconds = retryDelay({ code, retryClass: 'transient', attempt, retryAfterSeconds, random: Math.random() });
    if (seconds === null) return null;
    const left = this.#rules.until - Date.now();
    const earliest = Math.max(5, retryAfterSeconds ?? 0) * 1000;
    // A long back-off is cut to the last moment that --for leaves, but never below what the server asked for.
    return seconds * 1000 <= left ? seconds * 1000 : earliest <= left ? left : null;
  }
}

function judge(gathered: Gathered, mac: Mac, rules: Rules): Outcome {
  const { reading } = gathered;
  const judged = judgeReading(reading, mac, rules.line);
  if (!judged.ok) {
    // Nothing can be accepted here, which is what the next action of this code goes on to offer.
    const action =
      judged.code === 'MAC_MISMATCH'
        ? 'Check which device the PBX has under this MAC.'
        : (nextActionFor(judged.code) ?? '');
    return { kind: 'failed', code: judged.code, message: `${judged.message} ${action}`.trim() };
  }
  const { line } = judged;
  const text = findDidText(rules.didField, line, reading);
  if (text.kind === 'none') return { kind: 'provisioned', line, did: null, warning: null };
  const found =
    text.kind === 'missing'
      ? { ok: false as const, code: text.code, message: text.message }
      : extractDid(text.text, rules.country);
  if (found.ok) return { kind: 'provisioned', line, did: found.did, warning: null };
  return { kind: 'provisioned', line, did: null, warning: { code: found.code, message: found.message } };
}

function placeText(place: HostPort | null): string | null {
  if (place === null) return null;
  const host = place.host.includes(':') ? `[${place.host}]` : place.host;
  return place.port === null ? host : `${host}:${place.port}`;
}

function outRow(row: Row, showSecrets: boolean): (string | null)[] {
  const { mac, outcome } = row;
  if (outcome.kind === 'failed') {
    return [mac, 'failed', outcome.code, outcome.message, ...HEADER.slice(4).map(() => null)];
  }
  const { line, did, warning } = outcome;
  return [
    mac,
    'provisioned',
    warning?.code ?? null,
    warning?.message ?? null,
    line.userName,
    line.authName,
    showSecrets || line.password === null ? line.password : MASK,
    line.displayName,
    line.label,
    did,
    line.registrar?.host ?? null,
    line.registrar?.port ? String(line.registrar.port) : null,
    line.registrar?.transport ?? null,
    placeText(line.outboundProxy),
    line.expiresSeconds === null ? null : String(line.expiresSeconds),
  ];
}

/** Says on stderr how far it is: one line that is rewritten on a terminal, a line now and then otherwise. */
class Progress {
  readonly #io: Io;
  readonly #total: number;
  #done = 0;
  #failed = 0;
  #saidAt = 0;

  constructor(io: Io, total: number) {
    this.#io = io;
    this.#total = total;
  }

  add(outcome: Outcome): void {
    this.#done += 1;
    if (outcome.kind === 'failed') this.#failed += 1;
    const now = Date.now();
    const due = now - this.#saidAt >= (this.#io.stderr.isTTY === true ? 100 : 5000);
    if (!due && this.#done < this.#total) return;
    this.#saidAt = now;
    const text = `${this.#done} of ${this.#total} asked, ${this.#done - this.#failed} provisioned, ${this.#failed} failed`;
    this.#io.stderr.write(
      this.#io.stderr.isTTY === true ? `\r\x1b[K${text}${this.#done === this.#total ? '\n' : ''}` : `${text}\n`,
    );
  }
}

async function checkOut(path: string): Promise<void> {
  const folder = dirname(path);
  const found = await stat(folder).catch(() => null);
  if (found === null || !found.isDirectory()) {
    throw new CommandFailure(`--out ${path}: the folder ${folder} does not exist. Make it first.`);
  }
  // Said now, not when an hour of asking is to be written down.
  const refused = await access(folder, constants.W_OK).catch((error: unknown) => error);
  if (refused !== undefined) {
    throw new CommandFailure(`--out ${path}: this account may not write to the folder ${folder}. Name another one.`);
  }
  const existing = await stat(path).catch(() => null);
  if (existing?.isDirectory()) throw new CommandFailure(`--out ${path} is a directory. Name a file in it.`);
}

async function writeOut(path: string, text: string): Promise<void> {
  try {
    await writePrivateFile(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOSPC' ? 'the disk is full' : String(code ?? error);
    throw new CommandFailure(`--out ${path} cannot be written: ${why}. The harvest has to be done again.`);
  }
}

function required(given: Given, name: string, meaning: string): string {
  const value = textOption(given, name);
  if (value === undefined) throw new UsageError(`--${name} is missing: ${meaning}.`);
  return value;
}

/** One try per (MAC, login), however many rows share the phone. */
function keyOf(errand: Errand): string {
  return JSON.stringify([
    errand.mac,
    errand.ownLogin,
    errand.login?.username,
    errand.ownLogin ? errand.login?.password.reveal() : '',
  ]);
}

/** Two phones that register as the same user would ring together: worth a word, but the credentials are what they are. */
function warnOfSharedAccounts(rows: readonly Row[]): Row[] {
  const owners = new Map<string, string>();
  return rows.map((row) => {
    if (row.outcome.kind === 'failed' || row.outcome.warning !== null) return row;
    const { line } = row.outcome;
    const account = `${line.userName}@${line.registrar?.host}`;
    const owner = owners.get(account) ?? row.mac;
    owners.set(account, owner);
    if (owner === row.mac) return row;
    const message = `The phone ${owner} has the same SIP account (${account}). Check that both are meant to share it.`;
    return { ...row, outcome: { ...row.outcome, warning: { code: 'AOR_CONFLICT', message } } };
  });
}

/** Options that only a server has a use for. */
const SERVER_ONLY = [
  'url',
  'username',
  'password-file',
  'ca',
  'cert',
  'key',
  'p12',
  'passphrase-file',
  'pin',
  'expected-name',
  'legacy-tls',
  'user-agent',
  'allow-private',
  'allow-http',
] as const;

async function openServer(given: Given, concurrency: number): Promise<Source> {
  const { template, persona, login, fetcher: options, warnings } = await readFetchSetup(given);
  const fetcher = createHttpFetcher({ ...options, maxSockets: concurrency });
  return { template, persona, login, allowedOrigins: [], fetch: fetcher.fetch, close: () => fetcher.close(), warnings };
}

/** The files, and the MACs that their names hold: each one a row where no CSV says which. */
async function openFiles(
  given: Given,
  path: string,
): Promise<{ readonly source: Source; readonly macs: readonly Mac[] }> {
  const archive = await readArchive(path);
  const macs = namedFiles(archive).flatMap((file) => findMacInName(file.path.split('/').at(-1) ?? '') ?? []);
  const source: Source = {
    template: ARCHIVE_ADDRESS,
    persona: readPersona(given),
    login: null,
    allowedOrigins: ['*'],
    fetch: createArchiveFetch(archive),
    close: () => undefined,
    warnings: [],
  };
  return { source, macs: [...new Set(macs)].sort() };
}

interface Prepared {
  readonly source: Source;
  readonly plans: readonly (Errand | Row)[];
  readonly warnings: readonly string[];
}

async function prepare(given: Given, concurrency: number): Promise<Prepared> {
  try {
    const from = textOption(given, 'from');
    const csv = textOption(given, 'csv');
    const files = from === undefined ? null : await openFiles(given, from);
    const table = csv === undefined ? null : await readTable(csv);
    const source = files?.source ?? (await openServer(given, concurrency));
    if (table !== null) {
      const warnings = [...source.warnings, ...table.warnings.map((problem) => problem.message)];
      return { source, plans: table.rows.map((row) => planRow(table, row, source)), warnings };
    }
    const macs = files?.macs ?? [];
    if (macs.length === 0) {
      throw new CommandFailure(`--from ${from}: no file there has a MAC in its name. Give the MACs with --csv.`);
    }
    return { source, plans: macs.map((mac) => ({ mac, login: null, ownLogin: false })), warnings: source.warnings };
  } catch (error) {
    if (error instanceof InputFailure) throw new CommandFailure(`${error.code}: ${error.message}`);
    throw error;
  }
}

function checkSource(given: Given): void {
  if (textOption(given, 'from') === undefined) {
    required(given, 'url', 'the address of the provisioning server (or --from with a folder or zip of its files)');
    required(given, 'csv', 'the users, a CSV with a MAC column');
    return;
  }
  const useless = SERVER_ONLY.find((name) => given.options[name] !== undefined);
  if (useless === undefined) return;
  throw new UsageError(`--${useless} is for a server, and --from reads files: give one of the two.`);
}

export async function harvest(given: Given, io: Io): Promise<ExitCode> {
  checkSource(given);
  const out = required(given, 'out', 'the file for the result');
  const rules = readRules(given);
  const { source, plans, warnings } = await prepare(given, rules.concurrency);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  try {
    await checkOut(out);
    for (const warning of warnings) io.stderr.write(`warning: ${visible(warning)}\n`);
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const progress = new Progress(io, plans.length);
    const harvester = new Harvester(source, rules, stop.signal);
    const asked = new Map<string, Promise<Outcome>>();
    const rows = await Promise.all(
      plans.map(async (plan): Promise<Row> => {
        let row: Row;
        if (isErrand(plan)) {
          const key = keyOf(plan);
          const outcome = asked.get(key) ?? harvester.harvest(plan);
          asked.set(key, outcome);
          row = { mac: formatMac(plan.mac, 'plain'), outcome: await outcome };
        } else {
          row = plan;
        }
        progress.add(row.outcome);
        return row;
      }),
    );
    const told = warnOfSharedAccounts(rows);
    await writeOut(out, writeCsv([HEADER, ...told.map((row) => outRow(row, flag(given, 'show-secrets')))]));
    return report(told, out, io);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    source.close();
  }
}

function report(rows: readonly Row[], out: string, io: Io): ExitCode {
  let failed = 0;
  for (const [index, { mac, outcome }] of rows.entries()) {
    if (outcome.kind === 'failed') {
      failed += 1;
      io.stderr.write(`${visible(`row ${index + 1}, ${mac || 'no MAC'}: ${outcome.code}: ${outcome.message}`)}\n`);
    } else if (outcome.warning !== null) {
      const { code, message } = outcome.warning;
      io.stderr.write(`${visible(`warning: row ${index + 1}, ${mac}: ${code}: ${message}`)}\n`);
    }
  }
  io.stdout.write(`${rows.length - failed} of ${rows.length} provisioned, ${failed} failed: ${out}\n`);
  return failed === 0 ? 0 : 1;
}
