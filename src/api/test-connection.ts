// Test connection: one file fetched as the harvest would, with every step, its time, and what it would be read as.
// Stores nothing but the persona that it found where the PBX leaves that to us. For a target that is refused the answer is the same whatever is there: it must not be a port scanner.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fetch, FetchRequest, Login } from '../../fetchers/fetcher.ts';
import type { Guard } from '../../fetchers/guard.ts';
import { createHttpFetcher, type HttpFetcherOptions } from '../../fetchers/http.ts';
import { type Inspection, type InspectionStep, inspectConnection } from '../../fetchers/inspect.ts';
import { Secret } from '../../fetchers/secret.ts';
import { type Mac, parseMac } from '../../vendors/mac.ts';
import { MASK, maskLine } from '../../vendors/mask.ts';
import type { Line } from '../../vendors/model.ts';
import { PERSONA_VENDORS, type PersonaVendor, personaFor, personaUserAgent, planFiles } from '../../vendors/persona.ts';
import { parseFile, type Reading } from '../../vendors/read.ts';
import { explained } from '../../vendors/warning-text.ts';
import { findTestUser, type Pbx, rememberPersona, type TestUser } from '../store/pbxs.ts';
import { readSlicePbx, type SlicePbx } from '../store/slices.ts';
import { DID_ROLES, extractDid, findDidText } from '../sync/did.ts';
import { type Gathered, type GatherResult, gatherConfig } from '../sync/gather.ts';
import { judgeReading } from '../sync/judge.ts';
import { chooseLine } from '../sync/line-rule.ts';
import { isReasonCode, nextActionFor } from '../sync/outcome.ts';
import type { TestResult, TestStepEvent } from './contract/pbxs.ts';
import type { FrameDeps } from './handlers.ts';
import { invalid } from './problem.ts';
import { type RawText, showRawText } from './raw-text.ts';

const TEST_SECONDS = 20;
/** Refused targets are answered after the same time, whether a name was looked up or not. */
const REFUSAL_MS = 400;
const MOST_CANDIDATES = 50;
const MOST_FIELDS = 2000;

interface TestRequest {
  readonly mac?: string | undefined;
  readonly userId?: string | undefined;
}

interface Target {
  readonly mac: Mac;
  readonly user: TestUser | null;
}

type TestDeps = FrameDeps & { readonly guard: Guard };
type Step = TestResult['steps'][number];

/** Who is asked for, and of whom: all that the request can be wrong about. */
interface PreparedTest {
  readonly pbx: Pbx;
  readonly source: SlicePbx;
  readonly target: Target;
}

/** @throws Problem 422 when there is nothing to ask for */
export async function prepareTest(deps: FrameDeps, pbx: Pbx, request: TestRequest): Promise<PreparedTest> {
  const target = await chooseTarget(deps, pbx, request);
  const source = await readSlicePbx(deps.database, deps.ring, pbx.id);
  if (!source) {
    throw invalid([{ pointer: '#/body', code: 'required', detail: 'This PBX has no Provisioning Server URL yet.' }]);
  }
  return { pbx, source, target };
}

/** @param onStep told of each step as it begins and as it ends; steps that ended are those of the result */
export async function testPbxConnection(
  deps: TestDeps,
  { pbx, source: saved, target: { mac, user } }: PreparedTest,
  gone: AbortSignal,
  onStep: (event: TestStepEvent) => void = () => undefined,
): Promise<TestResult> {
  const startedAt = performance.now();
  let source = saved;
  let toldAt = startedAt;
  const tell = (event: TestStepEvent) => {
    toldAt = performance.now();
    onStep(event);
  };
  const signal = AbortSignal.any([gone, AbortSignal.timeout(TEST_SECONDS * 1000)]);
  if (pbx.personaVendor === 'auto' && pbx.personaFound === null) {
    // When it ends without a find is not told: it would tell something of a target that is refused.
    tell({ step: 'persona', state: 'began' });
    const found = await findPersona(deps, source, loginOf(deps, source, user), mac, signal);
    if (found !== null) {
      await rememberPersona(deps.database.db, pbx.id, found);
      source = { ...source, persona: { ...source.persona, vendor: found } };
      const ms = Math.round(performance.now() - startedAt);
      tell({
        step: 'persona',
        state: 'ended',
        ok: true,
        ms,
        text: `Answered as ${found}: asked as its phones from now on.`,
      });
    }
  }
  const login = loginOf(deps, source, user);
  const options: HttpFetcherOptions = {
    guard: deps.guard,
    tls: source.tls,
    allowPlainLogin: source.allowPlainHttp,
    maxSockets: 2,
  };
  const firstUrl = planFiles(source.provisioningUrl, source.persona, mac)[0]?.candidates[0];
  if (firstUrl === undefined) throw new Error('a plan without a file');
  const first: FetchRequest = { url: firstUrl, userAgent: personaUserAgent(source.persona, mac), login, signal };

  const inspection = await inspectConnection(first, options, {
    began: (step) => tell({ step, state: 'began' }),
    ended: (step) => tell({ ...shownStep(step), state: 'ended' }),
  });
  const head = { mac: mac as string, userId: user?.id ?? null };
  if (inspection.result.kind === 'failure' && inspection.result.code === 'TARGET_REFUSED') {
    // Of what the last step told the end, this one does not tell how long it took.
    await sleep(Math.max(0, REFUSAL_MS - (performance.now() - toldAt)));
    const result = { ...head, ...refused(inspection.result.message) };
    for (const step of result.steps) tell({ ...step, state: 'ended' });
    return result;
  }
  const seen = inspection.steps.map(shownStep);
  if (inspection.result.kind === 'fetched') tell({ step: 'sniff', state: 'began' });
  const gathered = await gather(source, login, mac, options, first, inspection, signal);
  const result = report(source, login, user, mac, seen, gathered, performance.now() - startedAt);
  for (const step of result.steps.slice(seen.length)) tell({ ...step, state: 'ended' });
  return { ...head, ...result };
}

function shownStep({ detail, ...step }: InspectionStep): Step {
  return { ...step, ms: Math.round(step.ms), ...(detail && { detail: { ...detail } }) };
}

async function chooseTarget(deps: FrameDeps, pbx: Pbx, request: TestRequest): Promise<Target> {
  if (request.mac !== undefined && request.userId === undefined) {
    const parsed = parseMac(request.mac);
    if (!parsed.ok) throw invalid([{ pointer: '#/body/mac', code: parsed.code, detail: parsed.message }]);
    return { mac: parsed.mac, user: null };
  }
  const user = await findTestUser(deps.database.db, pbx.id, request.userId ?? null);
  if (request.userId !== undefined && !user) {
    throw invalid([{ pointer: '#/body/userId', code: 'not-found', detail: 'This PBX has no such user.' }]);
  }
  const parsed = parseMac(request.mac ?? user?.mac ?? '');
  if (parsed.ok) return { mac: parsed.mac, user };
  throw invalid([
    user
      ? { pointer: '#/body/userId', code: 'MAC_MISSING', detail: 'This user has no MAC. Give one in `mac`.' }
      : {
          pointer: '#/body/mac',
          code: 'required',
          detail: 'No user of this PBX has a MAC yet: give the one to ask for.',
        },
  ]);
}

function loginOf(deps: FrameDeps, source: SlicePbx, user: TestUser | null): Login | null {
  if (user === null || user.provUsername === null) return source.login;
  const place = { tenant: source.tenantId, table: 'users', row: user.id, column: 'prov_password' };
  const password = user.provPasswordSealed === null ? new Secret('') : deps.ring.unseal(user.provPasswordSealed, place);
  return { username: user.provUsername, password };
}

/** Requests that finding a persona may make, so that it is no flood: servers count what they do not have. */
const MOST_TRIES = 30;

/**
 * Asks as one vendor's phone after the other until a file with a line comes. Null: none did, or the server refuses us
 * whoever we are.
 */
async function findPersona(
  deps: FrameDeps & { readonly guard: Guard },
  source: SlicePbx,
  login: Login | null,
  mac: Mac,
  signal: AbortSignal,
): Promise<PersonaVendor | null> {
  const fetcher = createHttpFetcher({
    guard: deps.guard,
    tls: source.tls,
    allowPlainLogin: source.allowPlainHttp,
    maxSockets: 2,
  });
  const template = source.provisioningUrl;
  const asked = new Set<string>();
  try {
    for (const vendor of PERSONA_VENDORS) {
      const persona = { ...source.persona, vendor };
      const names = planFiles(template, persona, mac).flatMap(({ candidates }) => candidates);
      // Names that were not there for one phone are not asked for as another.
      if (names.every((name) => asked.has(name))) continue;
      if (asked.size + names.length > MOST_TRIES) break;
      for (const name of names) asked.add(name);
      const { allowedOrigins, fileKey } = source;
      const result = await gatherConfig({
        fetch: fetcher.fetch,
        template,
        persona,
        mac,
        login,
        allowedOrigins,
        fileKey,
        signal,
      });
      if (result.kind === 'gathered' && result.reading.lines.length > 0) {
        return personaFor(result.reading.vendor, persona, { template, mac, url: result.url });
      }
      if (result.kind === 'failure' && result.status !== 404 && !result.notConfig) return null;
    }
    return null;
  } finally {
    fetcher.close();
  }
}

/** All files as the harvest would fetch them; the one that was inspected is not asked for twice. */
async function gather(
  source: SlicePbx,
  login: Login | null,
  mac: Mac,
  options: HttpFetcherOptions,
  first: FetchRequest,
  inspection: Inspection,
  signal: AbortSignal,
): Promise<GatherResult> {
  const fetcher = createHttpFetcher(options);
  const fetch: Fetch = (request) =>
    request.url === first.url ? Promise.resolve(inspection.result) : fetcher.fetch(request);
  try {
    return await gatherConfig({
      fetch,
      template: source.provisioningUrl,
      persona: source.persona,
      mac,
      login,
      allowedOrigins: source.allowedOrigins,
      fileKey: source.fileKey,
      keepFiles: true,
      signal,
    });
  } finally {
    fetcher.close();
  }
}

/** The guard's message repeats what was written and tells nothing of what a name resolved to. */
function refused(message: string): Omit<TestResult, 'mac' | 'userId'> {
  return {
    ok: false,
    code: 'TARGET_REFUSED',
    message,
    nextAction: nextActionFor('TARGET_REFUSED'),
    url: null,
    steps: [{ step: 'guard', ok: false, ms: 0, text: message }],
    config: null,
    did: null,
    didCandidates: [],
    ...NO_TEXT,
    warnings: [],
    warningTexts: [],
  };
}

/** What was fetched is not read, so that nobody knows what in it is a secret. */
const NO_TEXT = { raw: null, rawUrl: null, rawCut: false, rawReason: 'No configuration came.' };

/** Where most of what is read stands: the last file with a line, or else the first. */
function rawTextOf(source: SlicePbx, login: Login | null, mac: Mac, { reading, files }: Gathered) {
  const file = files.findLast(({ lines }) => lines > 0) ?? files[0];
  if (file === undefined) throw new Error('a configuration of no file');
  const { fileKey, persona } = source;
  const keys = fileKey ? [fileKey.reveal()] : [];
  const options = { mac, model: persona.model, keys };
  const parsed = parseFile(file.config, options);
  const sent = [login, source.login].flatMap((one) => (one ? [one.password.reveal()] : []));
  const { ofLines, ofKeys } = reading.secrets();
  const shown: RawText =
    parsed.kind === 'dialect'
      ? showRawText(parsed, file.config.name, options, { certain: [...sent, ...keys, ...ofLines], ofKeys })
      : { ok: false, reason: parsed.message };
  const raw = shown.ok
    ? { raw: shown.text, rawCut: shown.cut, rawReason: null }
    : { raw: null, rawCut: false, rawReason: shown.reason };
  const lineOf = (key: string | null) => {
    const value = key === null ? undefined : reading.field(key);
    return shown.ok && key !== null && value !== undefined ? shown.lineOf(key, value) : null;
  };
  return { raw: { ...raw, rawUrl: file.url }, lineOf };
}

function report(
  source: SlicePbx,
  login: Login | null,
  user: TestUser | null,
  mac: Mac,
  inspected: readonly Step[],
  gathered: GatherResult,
  totalMs: number,
): Omit<TestResult, 'mac' | 'userId'> {
  const steps = [...inspected];
  const spent = steps.reduce((sum, step) => sum + step.ms, 0);
  const rest = Math.max(0, Math.round(totalMs - spent));
  if (gathered.kind === 'not-modified') throw new Error('not modified, though no validator was sent');
  if (gathered.kind === 'failure') {
    const code = gathered.code === 'CANCELLED' ? 'HTTP_TIMEOUT' : gathered.code;
    const message =
      gathered.code === 'CANCELLED' ? `The files did not arrive within ${TEST_SECONDS} seconds.` : gathered.message;
    // The step that failed is there already when the first file's exchange was what failed.
    if (gathered.notConfig || steps.every((step) => step.ok)) {
      steps.push({ step: gathered.notConfig ? 'sniff' : 'http', ok: false, ms: rest, text: message });
    }
    return {
      ok: false,
      code,
      message,
      nextAction: isReasonCode(code) ? nextActionFor(code) : null,
      url: null,
      steps,
      config: null,
      did: null,
      didCandidates: [],
      ...NO_TEXT,
      rawReason: gathered.notConfig
        ? 'What came is no configuration: nobody knows which parts of it are secret.'
        : NO_TEXT.rawReason,
      warnings: [],
      warningTexts: [],
    };
  }

  const { reading } = gathered;
  const { raw, lineOf } = rawTextOf(source, login, mac, gathered);
  const mask = masker(reading);
  const candidatesTried = gathered.requests > 1 ? ` ${gathered.requests} files were asked for.` : '';
  steps.push({ step: 'sniff', ok: true, ms: 0, text: `${reading.format}.${candidatesTried}` });
  const count = reading.lines.length;
  steps.push({ step: 'parse', ok: count > 0, ms: rest, text: count === 1 ? '1 line.' : `${count} lines.` });
  const rule = user?.lineRule ?? source.lineRule;
  const judged = judgeReading(reading, mac, rule);
  if (!judged.ok) steps.push({ step: 'choose', ok: false, ms: 0, text: judged.message });
  // Shown though it would not be taken over: whoever looks for the fault wants to see what the file says.
  const chosen = chooseLine(rule, reading.lines);
  const line = chosen.ok ? chosen.line : null;
  const did = line && readDid(source, line, reading, mask);
  if (did)
    steps.push({ step: 'did', ok: did.code === null, ms: 0, text: did.message ?? `${did.did} from ${did.field}.` });
  const failed = judged.ok ? (did?.code ? did : null) : judged;
  const code = failed?.code ?? null;
  return {
    ok: code === null,
    code,
    message: failed?.message ?? `The file was fetched and read: line ${line?.line}, user ${line?.userName}.`,
    nextAction: code !== null && isReasonCode(code) ? nextActionFor(code) : null,
    url: gathered.url,
    steps,
    config: {
      vendor: reading.vendor,
      format: reading.format,
      lines: reading.lines.map((one) => ({
        ...maskLine(one),
        chosen: one === line,
        rawLine: lineOf(reading.keyOf('userName', one.line)),
      })),
      settings: reading.settings.map((setting) => ({ ...setting })),
      fields: Object.fromEntries(
        Object.entries(reading.fields)
          .slice(0, MOST_FIELDS)
          .map(([key, value]) => [key, mask(value)]),
      ),
      macs: [...reading.macs],
      includes: [...reading.includes],
    },
    did,
    didCandidates: line ? didCandidates(source, line, reading, mask, lineOf) : [],
    ...raw,
    warnings: [...reading.warnings],
    warningTexts: reading.warnings.map(explained),
  };
}

/** A field may repeat a password under a name that does not say so. */
function masker(reading: Reading): (text: string) => string {
  const secrets = reading.lines.flatMap(
    ({ password, ha1 }) => [password, ha1].filter((one) => Boolean(one)) as string[],
  );
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, MASK), text);
}

function readDid(
  source: SlicePbx,
  line: Line,
  reading: Reading,
  mask: (text: string) => string,
): NonNullable<TestResult['did']> | null {
  const found = findDidText(source.didField, line, reading);
  if (found.kind === 'none') return null;
  if (found.kind === 'missing') {
    return { field: found.source, text: null, did: null, code: found.code, message: found.message };
  }
  const number = extractDid(found.text, source.country);
  return {
    field: found.source,
    text: mask(found.text),
    did: number.ok ? number.did : null,
    code: number.ok ? null : number.code,
    message: number.ok ? null : mask(number.message),
  };
}

/** Fields that hold a number first, then those that hold digits at all. */
function didCandidates(
  source: SlicePbx,
  line: Line,
  reading: Reading,
  mask: (text: string) => string,
  lineOf: (key: string | null) => number | null,
): TestResult['didCandidates'] {
  const named: [string, string][] = [
    ...DID_ROLES.flatMap((role): [string, string][] => (line[role] ? [[role, line[role]]] : [])),
    ...Object.entries(reading.fields),
  ];
  const all = named
    .filter(([, value]) => /\d{3}/.test(value) && value.length <= 200 && mask(value) === value)
    .map(([field, value]) => {
      const number = extractDid(value, source.country);
      return {
        field,
        value,
        did: number.ok ? number.did : null,
        message: number.ok ? null : number.message,
        chosen: field === source.didField,
      };
    });
  const keyOf = (field: string) =>
    DID_ROLES.some((role) => role === field) ? reading.keyOf(field as (typeof DID_ROLES)[number], line.line) : field;
  return [...all.filter((one) => one.did !== null), ...all.filter((one) => one.did === null)]
    .slice(0, MOST_CANDIDATES)
    .map((one) => ({ ...one, rawLine: lineOf(keyOf(one.field)) }));
}
