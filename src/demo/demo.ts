// The demo: two simulated PBXs, fifty users uploaded through our own API, watched until every one of them is settled.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse as parseCsv } from 'csv-parse/sync';
import { CommandFailure, type ExitCode, type Io } from '../commands/command.ts';
import { configOf, endRequested, type Service, startService } from '../commands/service.ts';
import type { Config, Overrides } from '../config.ts';
import { writeCsv } from '../intake/csv-out.ts';
import { removeCluster } from '../store/cluster.ts';
import { startEmbedded } from '../store/embedded.ts';
import { isReasonCode } from '../sync/outcome.ts';
import { retryClassOf } from '../sync/retry.ts';
import { issueClient, issueServer, makeAuthority } from './certificates.ts';
import { type ApiEntry, type ApiUser, DemoClient } from './client.ts';
import { type Company, clinic, freight, type Person, WRONG_LOGIN } from './company.ts';
import { type SimulatedPbx, startPbx } from './pbx.ts';
import { openScreen, type Screen } from './screen.ts';
import { dataLines, type Reached, summary } from './summary.ts';
import type { Snapshot } from './view.ts';

export interface DemoOptions {
  readonly overrides: Overrides;
  /** End when all is settled instead of leaving the API running. */
  readonly exit: boolean;
}

const DATA = './data-demo';
/** Who is not settled by then never will be. */
const PATIENCE_SECONDS = 120;
const LOOK_MS = 400;

/** A PBX of the story, with what the API knows of it. */
interface Side {
  readonly company: Company;
  readonly door: string;
  readonly pbx: SimulatedPbx;
  readonly pbxId: string;
  users: readonly ApiUser[];
}

export async function runDemo(options: DemoOptions, io: Io): Promise<ExitCode> {
  const config = demoConfig(options.overrides);
  const screen = openScreen(io);
  const ended = endRequested();
  await prepareFolder(config.dataDir, options.overrides.dataDir !== undefined);
  screen.say('Starting PostgreSQL, the API and a worker ...');
  const logFile = join(config.dataDir, 'demo.log');
  const service = await startService({
    config,
    program: 'provender start --demo',
    api: true,
    worker: true,
    nextFreePort: true,
    writeLog: (line) => void appendFile(logFile, line, { mode: 0o600 }).catch(() => undefined),
  });
  const pbxs: SimulatedPbx[] = [];
  try {
    const apiKey = await service.makeKey('demo');
    const visitor = options.exit ? null : await inviteVisitor(service, apiKey);
    if (visitor !== null) for (const line of portalLines(service, visitor)) screen.say(line);
    const story = tellStory(service, apiKey, screen, pbxs);
    const finished = await Promise.race([story, ended.then(() => null)]);
    // Ctrl-C ends the demo whatever the story is at; what it still awaits fails once the service is gone.
    if (finished === null) {
      story.catch(() => undefined);
      return 1;
    }
    const { code, lines } = finished;
    io.stdout.write(`${lines.join('\n')}\n`);
    if (options.exit) return code;
    const kept = options.overrides.dataDir !== undefined;
    io.stdout.write(`${tryLines(service, apiKey, visitor, config.dataDir, kept).join('\n')}\n`);
    await ended;
    return code;
  } finally {
    screen.end();
    await service.stop();
    for (const pbx of pbxs) await pbx.close();
  }
}

/** The demo never touches a database or key file that the environment names: it makes its own. */
function demoConfig(overrides: Overrides): Config {
  const config = configOf({ dataDir: DATA, outboundMode: 'local', logLevel: 'warn', ...overrides });
  return { ...config, databaseUrl: null, keySource: { file: join(config.dataDir, 'master.key') } };
}

/** Ours is made anew. A folder that somebody named is kept, and must be new. */
async function prepareFolder(dataDir: string, named: boolean): Promise<void> {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  if (named) {
    throw new CommandFailure(
      `${dataDir} is not empty, and the demo begins with an empty one. Name a new folder with --data, or leave it out. ` +
        `To look at what an earlier demo left there: provender start --data ${dataDir}`,
    );
  }
  if (!existsSync(join(dataDir, 'master.key')) && !existsSync(join(dataDir, 'postgres.password'))) {
    throw new CommandFailure(
      `${dataDir} holds files that are not of a demo. Move them, or name another folder with --data.`,
    );
  }
  await stopLeftover(dataDir);
  removeCluster(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}

/** A demo that was killed leaves its database server running; one that still runs keeps its data. */
async function stopLeftover(dataDir: string): Promise<void> {
  try {
    const left = await startEmbedded({ dataDir, program: 'provender start --demo' });
    await left.stop();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === 'EMBEDDED_IN_USE') throw new CommandFailure(`A demo is running already. ${message}`);
    // A cluster that does not start any more is what the removal is for.
  }
}

async function tellStory(
  service: Service,
  apiKey: string,
  screen: Screen,
  pbxs: SimulatedPbx[],
): Promise<{ code: ExitCode; lines: string[] }> {
  if (service.url === null) throw new Error('the demo needs the API');
  const client = new DemoClient(service.url, apiKey);
  const began = Date.now();
  const seconds = () => (Date.now() - began) / 1000;

  screen.say('Starting two simulated PBXs: https with a CA of their own ...');
  const sides = await openSides(client, pbxs);
  let entering = true;
  const show = async (now: string) => {
    for (const side of sides) side.users = await client.users(side.pbxId);
    screen.show(await snapshot(client, sides, { seconds: seconds(), now, nextTryIn: nextTryIn(sides, entering) }));
  };

  const [first, second] = sides;
  if (first === undefined || second === undefined) throw new Error('the demo has two PBXs');
  await upload(client, first);
  const importId = await upload(client, second);
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;

  const admin = enterMacs(client, importId, second).finally(() => {
    entering = false;
  });
  // Awaited below; when the story ends earlier, nobody is there any more to be told.
  admin.catch(() => undefined);
  while (Date.now() < deadline) {
    await show(nowText(second, entering));
    if (sides.every((side) => side.users.length === side.company.people.length && side.users.every(isSettled))) break;
    await sleep(LOOK_MS);
  }
  await admin;
  await show('all is settled.');
  screen.end();
  const reached = sides.flatMap(reachedOf);
  return summary(reached, await lastEntries(client), seconds(), screen.paint);
}

/** The last of each kind, so that the many good ones do not hide the others. Oldest first. */
async function lastEntries(client: DemoClient): Promise<ApiEntry[]> {
  const kinds = await Promise.all([
    client.feed(4, '&outcome=failed'),
    client.feed(1, '&outcome=waiting&verb=sync'),
    client.feed(3, '&outcome=ok&verb=sync'),
  ]);
  return kinds.flat().toSorted((a, b) => a.at.localeCompare(b.at));
}

/** Makes the servers, and tells Provender of them through the API. */
async function openSides(client: DemoClient, pbxs: SimulatedPbx[]): Promise<Side[]> {
  const authority = await makeAuthority({ name: 'Demo Provisioning CA' });
  const server = await issueServer(authority, { names: ['127.0.0.1', 'localhost'] });
  const certificate = await issueClient(authority, { name: 'provender.example' });
  const [one, two] = [clinic(), freight()];
  const harvestPassword = 'Fetch#all;phones=40';
  const accounts = new Map([
    ['provisioning', harvestPassword],
    [WRONG_LOGIN.username, 'not-what-the-csv-says'],
  ]);
  const shared = { cert: server.cert, key: server.key };
  const digest = await startPbx({ company: one, ...shared, door: { kind: 'digest', accounts } });
  const mtls = await startPbx({ company: two, ...shared, door: { kind: 'mtls', ca: authority.cert } });
  pbxs.push(digest, mtls);

  const common = { country: 'US', autoProvision: true };
  const created = await client.createPbx({
    ...common,
    name: one.name,
    provisioningUrl: digest.url,
    username: 'provisioning',
    password: harvestPassword,
  });
  await client.uploadCertificates(created, { caPem: authority.cert, password: harvestPassword });
  const other = await client.createPbx({ ...common, name: two.name, provisioningUrl: mtls.url, autoAssignMac: true });
  await client.uploadCertificates(other, {
    caPem: authority.cert,
    clientCertPem: certificate.cert,
    clientKeyPem: certificate.key,
  });
  return [
    { company: one, door: 'https, digest login; users with MACs', pbx: digest, pbxId: created.id, users: [] },
    { company: two, door: 'https, client certificate; users with AUTO_ASSIGN', pbx: mtls, pbxId: other.id, users: [] },
  ];
}

/** In the spellings that people use. */
function spelled(mac: string, index: number): string {
  const pairs = mac.match(/../g) ?? [];
  const spellings = [mac, pairs.join(':'), pairs.join('-').toUpperCase(), (mac.match(/..../g) ?? []).join('.')];
  return spellings[index % spellings.length] ?? mac;
}

function emailOf(person: Person, company: Company): string {
  const plain = person.name
    .normalize('NFD')
    .replace(/[øØ]/g, 'o')
    .replace(/ı/g, 'i')
    .replace(/[^A-Za-z -]/g, '')
    .trim()
    .toLowerCase()
    .replace(/\s+/g, '.');
  return `${plain}@${company.domain.replace(/^sip\./, '')}`;
}

function csvOf(company: Company): string {
  const header = ['Name', 'TeamsUserID', 'SIP UserID', 'Mac Address', 'prov_username', 'prov_password'];
  const rows = company.people.map((person, index) => {
    const login = person.plan === 'HTTP_401' ? [WRONG_LOGIN.username, WRONG_LOGIN.password] : ['', ''];
    const mac = person.mac === null ? 'AUTO_ASSIGN' : spelled(person.mac, index);
    return [person.name, emailOf(person, company), person.extension, mac, ...login];
  });
  return writeCsv([header, ...rows]);
}

/** Upload, validate, submit: the three steps of the portal's wizard. */
async function upload(client: DemoClient, side: Side): Promise<string> {
  return client.importUsers(side.pbxId, `${side.company.name}.csv`, csvOf(side.company));
}

/**
 * What the admin of the second PBX does: opens the result file with the assigned MACs and enters them, phone by phone.
 * Not at once, so that it is seen how Provender waits.
 */
async function enterMacs(client: DemoClient, importId: string, side: Side): Promise<void> {
  await sleep(4000);
  const rows = parseCsv(await client.importResult(importId), { columns: true, bom: true }) as Record<string, string>[];
  for (const row of rows) {
    const [extension, mac] = ['sip_user_id', 'mac_address'].map((name) => row[name] ?? '');
    if (extension === undefined || mac === undefined) continue;
    side.pbx.enterMac(extension, mac.toLowerCase().replace(/[^0-9a-f]/g, ''));
    await sleep(300);
  }
}

function nowText(side: Side, entering: boolean): string {
  if (entering && side.pbx.entered() === 0)
    return `${side.company.name} does not know its MACs yet: that is waited for.`;
  if (entering) return `the admin of ${side.company.name} enters the MACs of the result file.`;
  if (side.users.some((user) => user.status === 'waiting'))
    return 'the MACs are entered; Provender asks again by itself.';
  return 'fetching.';
}

/** When the first waiting user is asked for again; only once the PBX knows the MACs is it worth a countdown. */
function nextTryIn(sides: readonly Side[], entering: boolean): number | null {
  if (entering) return null;
  const waiting = sides.flatMap((side) => side.users).filter((user) => user.status === 'waiting');
  const [next] = waiting.flatMap((user) => (user.nextTryAt === null ? [] : [Date.parse(user.nextTryAt)])).toSorted();
  return next === undefined ? null : Math.max(0, Math.ceil((next - Date.now()) / 1000));
}

/** Provisioned, or a first definite answer, unless it is a MAC that the PBX is yet to learn. */
function isSettled(user: ApiUser): boolean {
  if (user.status === 'provisioned') return true;
  if (user.status !== 'failed' && user.status !== 'stale') return false;
  const transient = isReasonCode(user.reasonCode ?? '') && retryClassOf(user.reasonCode as never) === 'transient';
  return !user.macAssigned && !transient;
}

async function snapshot(
  client: DemoClient,
  sides: readonly Side[],
  about: Pick<Snapshot, 'seconds' | 'now' | 'nextTryIn'>,
): Promise<Snapshot> {
  const feed = await client.feed(8, '&verb=sync');
  return {
    ...about,
    pbxs: sides.map(({ company, door, users }) => ({
      name: company.name,
      door,
      users: users.map(({ id, name, status, reasonCode }) => ({ id, name: name ?? '', status, code: reasonCode })),
    })),
    feed: feed.map((entry) => ({ ...entry, at: new Date(entry.at) })),
  };
}

function reachedOf(side: Side): Reached[] {
  return side.company.people.map((person) => {
    const user = side.users.find((candidate) => candidate.name === person.name);
    return { person, pbx: side.company.name, user: user ?? null };
  });
}

interface Visitor {
  readonly email: string;
  readonly password: string;
}

/** Whoever sits at the terminal is the first owner, with a password made for this demo; null: there is an owner already. */
async function inviteVisitor({ url, setupLink }: Service, apiKey: string): Promise<Visitor | null> {
  const token = setupLink === null ? null : new URLSearchParams(new URL(setupLink).hash.slice(1)).get('token');
  if (url === null || token === null) return null;
  const visitor = { email: 'demo@provender.example', password: randomBytes(12).toString('base64url') };
  await new DemoClient(url, apiKey).setUp({ token, name: 'Demo', ...visitor });
  return visitor;
}

function portalLines({ url }: Service, { email, password }: Visitor): string[] {
  return [`Watch it in a browser: ${url}`, `  sign in as ${email} with the password ${password}`];
}

function tryLines(service: Service, apiKey: string, visitor: Visitor | null, dataDir: string, kept: boolean): string[] {
  const { url } = service;
  return [
    '',
    ...(visitor === null ? [] : [...portalLines(service, visitor), '']),
    `The API goes on running at ${url}. In another terminal:`,
    '',
    `  API=${url}/api/v1`,
    `  AUTH="Authorization: Bearer ${apiKey}"`,
    '  curl -H "$AUTH" $API/pbxs',
    '  curl -H "$AUTH" "$API/users?status=failed"',
    '  curl -H "$AUTH" "$API/activity?limit=5"',
    '  curl -N -H "$AUTH" $API/activity/stream',
    '',
    `API reference: ${url}/api/docs`,
    ...dataLines(dataDir, kept),
    'Ctrl-C ends.',
  ];
}
