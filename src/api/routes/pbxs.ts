// Handlers of PBXs: settings in and out, certificates, Sync for all, test-connection.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { type CertificateProblem, checkCaPem, checkClientCertificate } from '../../../fetchers/certificates.ts';
import type { Guard } from '../../../fetchers/guard.ts';
import { openP12 } from '../../../fetchers/p12.ts';
import { Secret } from '../../../fetchers/secret.ts';
import { writeCsv } from '../../intake/csv-out.ts';
import { type HandOverFormat, type HandOverUser, handOverHeader, handOverRow } from '../../intake/hand-over.ts';
import { appendActivity } from '../../store/activity.ts';
import type { Tx } from '../../store/database.ts';
import {
  countUserPasswords,
  countUsers,
  createPbx,
  deletePbx,
  estimatePbxs,
  findPbx,
  forgetUserPasswords,
  hasUsers,
  isPbxNameTaken,
  listPbxs,
  lockPbx,
  NO_USERS,
  type Pbx,
  type PbxChanges,
  type PbxRun,
  type PbxSettings,
  type PbxSort,
  readRuns,
  type UserCounts,
  updatePbx,
  withTotal,
} from '../../store/pbxs.ts';
import { exportAssignedMacs } from '../../store/users-export.ts';
import { parseLineRule } from '../../sync/line-rule.ts';
import { QUEUE_PRIORITY } from '../../sync/queue.ts';
import { requestSync } from '../../sync/requests.ts';
import { type Access, whyMissing } from '../access.ts';
import { chooseTenant } from '../choose-tenant.ts';
import { API_ROOT } from '../contract/operation.ts';
import type { PbxInput, PbxView, pbxContract } from '../contract/pbxs.ts';
import type { FieldError } from '../contract/problem.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { etagOf, requireMatch } from '../etag.ts';
import type { Actor, ChangeCall, FrameDeps, Handlers } from '../handlers.ts';
import { checkPbx, checkSecretsStay } from '../pbx-checks.ts';
import { conflict, invalid } from '../problem.ts';
import { prepareTest, testPbxConnection } from '../test-connection.ts';

export interface PbxDeps extends FrameDeps {
  /** Which addresses this installation asks. */
  readonly guard: Guard;
}

/** What a new PBX has where nothing was sent; the same as the defaults of the table. */
const DEFAULTS: Omit<PbxSettings, 'name'> = {
  autoProvision: false,
  autoAssignMac: false,
  pseudoMacOui: null,
  provisioningUrl: null,
  didField: 'account.1.label',
  country: null,
  lineRule: 'first',
  username: null,
  pinSha256: null,
  expectedName: null,
  legacyTls: false,
  allowPlainHttp: false,
  allowedOrigins: [],
  personaVendor: 'yealink',
  personaModel: null,
  personaPhoneType: null,
  personaFirmwareVersion: null,
  personaUserAgent: null,
  resyncHours: 24,
  maxConcurrent: 32,
  maxPerSecond: null,
};

const listKey = z.tuple([z.string(), z.uuid()]);

export function pbxRoutes(deps: PbxDeps): Handlers<typeof pbxContract> {
  const { database, ring, queue, feed } = deps;
  const { db } = database;

  /** After the commit. A queue that does not answer is no failure: the metronome finds due users within seconds. */
  const wake = async (pbxId: string) => {
    feed.touch();
    await queue
      .enqueue(pbxId, QUEUE_PRIORITY.changed)
      .catch((error: unknown) => deps.log.warn({ err: error, pbxId }, 'the queue could not be woken'));
  };

  const change = async (
    tx: Tx,
    pbx: Pbx,
    changes: PbxChanges,
    { actor, userPasswords }: { readonly actor: Actor; readonly userPasswords?: 'forget' | undefined },
  ): Promise<{ body: PbxView; etag: string }> => {
    const forget = userPasswords === 'forget';
    refuse(checkSecretsStay(pbx, changes, forget ? 0 : await countUserPasswords(tx, pbx.id)));
    if (forget) await forgetUserPasswords(tx, pbx.id);
    const { pbx: now, changed } = await updatePbx(tx, ring, pbx, changes).catch(nameTaken);
    if (changed.length > 0) {
      const sentence = `Settings changed: ${changed.map(apiName).join(', ')}.`;
      await appendActivity(tx, [pbxEntry(now, actor, 'pbx.update', sentence, { changed: changed.map(apiName) })]);
    }
    return { body: await viewOne(tx, now), etag: etagOf(now) };
  };

  const missing = (access: Access, id: string) => whyMissing(access, 'This PBX', (reach) => findPbx(db, reach, id));
  const mustFind = async (access: Access, id: string): Promise<Pbx> => {
    const pbx = await findPbx(db, access.reach, id);
    if (pbx === null) throw await missing(access, id);
    return pbx;
  };

  const locked = async (tx: Tx, id: string, { access, ifMatch, audit }: ChangeCall): Promise<Pbx> => {
    const pbx = await lockPbx(tx, access.reach, id);
    if (pbx === null) throw await missing(access, id);
    const view = await viewOne(tx, pbx);
    requireMatch(ifMatch, pbx, view);
    audit.note({ before: view, tenantId: pbx.tenantId });
    return pbx;
  };

  return {
    async listPbxs({ query, access }) {
      const list = `pbxs/${query.sort}`;
      const after = query.cursor === undefined ? undefined : readCursor(ring, list, query.cursor, listKey);
      const filter = { reach: access.reach, tenantId: query.tenantId, q: query.q, state: query.state };
      const rows = await listPbxs(db, filter, {
        sort: query.sort.replace(/^-/, '') as PbxSort,
        descending: query.sort.startsWith('-'),
        limit: query.limit + 1,
        after: after && { key: after[0], id: after[1] },
      });
      const page = cutPage(ring, list, rows, query.limit, ({ sortKey, pbx }) => [sortKey, pbx.id]);
      return {
        body: {
          items: await viewAll(
            db,
            page.items.map(({ pbx }) => pbx),
          ),
          nextCursor: page.nextCursor,
          ...(query.count && { estimate: await estimatePbxs(db, filter) }),
        },
      };
    },

    async createPbx({ body: { tenantId: wanted, ...body }, actor, access, transact }) {
      const sent = new Set(Object.keys(body));
      const changes = changesOf(body);
      const settings = { ...DEFAULTS, ...changes, name: body.name };
      refuse(checkPbx(deps.guard, { ...settings, passwordSet: Boolean(changes.password) }, sent));
      let id = '';
      const answer = await transact(async (tx) => {
        const tenant = await chooseTenant(tx, access, wanted);
        const pbx = await createPbx(tx, ring, tenant.id, { ...changes, name: body.name }).catch(nameTaken);
        id = pbx.id;
        await appendActivity(tx, [pbxEntry(pbx, actor, 'pbx.create', `PBX ${pbx.name} was added.`)]);
        return {
          body: await viewOne(tx, pbx),
          etag: etagOf(pbx),
          headers: { Location: `${API_ROOT}/pbxs/${pbx.id}` },
        };
      });
      await wake(id);
      return answer;
    },

    async getPbx({ params, access }) {
      const pbx = await mustFind(access, params.id);
      return { body: await viewOne(db, pbx), etag: etagOf(pbx) };
    },

    async updatePbx({ params, query, body, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const pbx = await locked(tx, params.id, { access, ifMatch, audit });
        const changes = changesOf(body);
        const passwordSet = changes.password === undefined ? pbx.passwordSet : changes.password !== null;
        refuse(checkPbx(deps.guard, { ...pbx, ...changes, passwordSet }, new Set(Object.keys(body))));
        return change(tx, pbx, changes, { actor, ...query });
      });
      await wake(params.id);
      return answer;
    },

    async deletePbx({ params, query, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const pbx = await locked(tx, params.id, { access, ifMatch, audit });
        const withUsers = await hasUsers(tx, pbx.id);
        if (withUsers && query.users !== 'delete') {
          throw conflict('pbx-has-users', 'This PBX has users. Delete them first, or delete it with ?users=delete.');
        }
        await deletePbx(tx, pbx.id);
        await appendActivity(tx, [
          pbxEntry(pbx, actor, 'pbx.delete', `PBX ${pbx.name} was deleted${withUsers ? ' with its users' : ''}.`),
        ]);
        return {};
      });
      feed.touch();
      return answer;
    },

    async putPbxCertificates({ params, query, body, ifMatch, actor, access, audit, transact }) {
      const changes = { ...(await readCertificates(body)), ...passwordOf(body) };
      const answer = await transact(async (tx) => {
        const pbx = await locked(tx, params.id, { access, ifMatch, audit });
        const passwordSet = changes.password === undefined ? pbx.passwordSet : changes.password !== null;
        refuse(checkPbx(deps.guard, { ...pbx, passwordSet }, new Set(Object.keys(body))));
        return change(tx, pbx, changes, { actor, ...query });
      });
      await wake(params.id);
      return answer;
    },

    async deletePbxCertificates({ params, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) =>
        change(tx, await locked(tx, params.id, { access, ifMatch, audit }), { caPem: null, client: null }, { actor }),
      );
      await wake(params.id);
      return answer;
    },

    async syncPbx({ params, actor, access, audit }) {
      const { id: pbxId } = await mustFind(access, params.id);
      const request = { reach: access.reach, of: { pbxId }, by: actor.name, audit };
      return { body: await requestSync({ database, queue }, request) };
    },

    async handOverPbx({ params, query, access }) {
      const pbx = await mustFind(access, params.id);
      const sheet = exportAssignedMacs(db, pbx, query.pending === 'true');
      return {
        text: sheetOf(query.format, pbx, sheet),
        headers: { 'Content-Disposition': `attachment; filename="macs-${query.format}.csv"` },
      };
    },

    async testPbx({ params, body, access, audit, signal }) {
      const pbx = await mustFind(access, params.id);
      // The stored login leaves for the server.
      await audit.write(db, { object: { name: pbx.name }, tenantId: pbx.tenantId });
      return { body: await testPbxConnection(deps, await prepareTest(deps, pbx, body ?? {}), signal) };
    },

    async streamPbxTest({ params, body, access, audit }) {
      const pbx = await mustFind(access, params.id);
      // What is wrong with the request is said before the stream opens: afterwards there is no status to say it with.
      const prepared = await prepareTest(deps, pbx, body ?? {});
      await audit.write(db, { object: { name: pbx.name }, tenantId: pbx.tenantId });
      return async (sink) => {
        let number = 0;
        let sent = Promise.resolve();
        const send = (event: string, data: unknown) => {
          number += 1;
          const id = String(number);
          sent = sent.then(() => sink.send({ id, event, data }));
          return sent;
        };
        // A client that is gone ends the test by the signal; that it took no more is no failure of ours.
        const result = await testPbxConnection(deps, prepared, sink.signal, (step) => {
          send('step', step).catch(() => undefined);
        });
        await send('result', result);
      };
    },
  };
}

async function* sheetOf(
  format: HandOverFormat,
  pbx: Pbx,
  pages: AsyncIterable<readonly HandOverUser[]>,
): AsyncGenerator<string> {
  yield writeCsv([handOverHeader(format)]);
  for await (const users of pages) yield writeCsv(users.map((user) => handOverRow(format, user, pbx)));
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(errors);
}

function nameTaken(error: unknown): never {
  if (!isPbxNameTaken(error)) throw error;
  const detail = 'Another PBX has this name. Choose another one.';
  throw conflict('name-taken', detail, [{ pointer: '#/body/name', detail, code: 'name-taken' }]);
}

function passwordOf({ password }: { readonly password?: string | null | undefined }): Pick<PbxChanges, 'password'> {
  return password === undefined ? {} : { password: password === null ? null : new Secret(password) };
}

/** The body's words as the store's: the persona flat, secrets wrapped. No user name: no password either. */
function changesOf(body: PbxInput): PbxChanges {
  const { persona, password, fileKey, lineRule, ...rest } = body;
  const rule = lineRule === undefined ? undefined : parseLineRule(lineRule);
  const flat = {
    ...rest,
    lineRule: rule?.ok ? rule.text : lineRule,
    personaVendor: persona?.vendor,
    personaModel: persona?.model,
    personaPhoneType: persona?.phoneType,
    personaFirmwareVersion: persona?.firmwareVersion,
    personaUserAgent: persona?.userAgent,
    fileKey: typeof fileKey === 'string' ? new Secret(fileKey) : fileKey,
    password: typeof password === 'string' ? new Secret(password) : body.username === null ? null : password,
  };
  return Object.fromEntries(Object.entries(flat).filter(([, value]) => value !== undefined)) as PbxChanges;
}

/** Column names as the API says them, for the feed. */
function apiName(name: string): string {
  if (name === 'caPem') return 'CA';
  if (name === 'client') return 'client certificate';
  const persona = /^persona([A-Z])(\w*)$/.exec(name);
  return persona ? `persona.${persona[1]?.toLowerCase()}${persona[2]}` : name;
}

export function pbxEntry(pbx: Pbx, actor: Actor, verb: string, sentence: string, detail: Record<string, unknown> = {}) {
  return {
    tenantId: pbx.tenantId,
    pbxId: pbx.id,
    pbxName: pbx.name,
    actor: actor.name,
    verb,
    outcome: 'info' as const,
    sentence,
    detail,
  };
}

interface CertificateBody {
  readonly caPem?: string | null | undefined;
  readonly clientCertPem?: string | null | undefined;
  readonly clientKeyPem?: string | undefined;
  readonly clientP12?: string | undefined;
  readonly passphrase?: string | undefined;
}

function partOf(code: CertificateProblem): keyof CertificateBody {
  if (code === 'KEY_PASSPHRASE') return 'passphrase';
  return code.startsWith('KEY_') ? 'clientKeyPem' : 'clientCertPem';
}

/** Without its passphrase: it is sealed like every secret. The key was read before, so this does not fail. */
function openKey(pem: string, passphrase: string | undefined): Secret {
  const key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  return new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString());
}

/** The certificates alone: files that people have often hold the key too, and this column is not sealed. */
function blocksIn(pem: string): string[] {
  return (
    pem.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g) ??
    []
  );
}

type ReadP12 =
  | { readonly ok: true; readonly certPem: string; readonly key: Secret }
  | { readonly ok: false; readonly error: FieldError };

async function readP12(body: CertificateBody, base64: string): Promise<ReadP12> {
  const fail = (part: keyof CertificateBody, detail: string, code: string): ReadP12 => ({
    ok: false,
    error: { pointer: `#/body/${part}`, detail, code },
  });
  const other = (['clientCertPem', 'clientKeyPem'] as const).find((part) => body[part] !== undefined);
  if (other !== undefined)
    return fail(other, 'The PKCS#12 file holds certificate and key: leave this out.', 'not-both');
  const opened = await openP12(Buffer.from(base64, 'base64'), body.passphrase ?? '');
  if (!opened.ok)
    return fail(opened.code === 'KEY_PASSPHRASE' ? 'passphrase' : 'clientP12', opened.message, opened.code);
  const checked = checkClientCertificate(opened.certPem, opened.key);
  return checked.ok ? opened : fail('clientP12', checked.message, checked.code);
}

/** @throws Problem 422 naming the part that cannot be used */
async function readCertificates(body: CertificateBody): Promise<PbxChanges> {
  const errors: FieldError[] = [];
  const { caPem, clientCertPem, clientKeyPem, clientP12, passphrase } = body;
  if (typeof caPem === 'string') {
    const ca = checkCaPem(caPem);
    if (!ca.ok) errors.push({ pointer: '#/body/caPem', detail: ca.message, code: ca.code });
  }
  let client: PbxChanges['client'];
  if (clientP12 !== undefined) {
    const opened = await readP12(body, clientP12);
    if (opened.ok) client = { certPem: opened.certPem, key: opened.key };
    else errors.push(opened.error);
  } else if (clientCertPem === null && clientKeyPem === undefined) client = null;
  else if (typeof clientCertPem === 'string' && clientKeyPem !== undefined) {
    const checked = checkClientCertificate(clientCertPem, clientKeyPem, passphrase);
    if (checked.ok) client = { certPem: blocksIn(clientCertPem).join('\n'), key: openKey(clientKeyPem, passphrase) };
    else errors.push({ pointer: `#/body/${partOf(checked.code)}`, detail: checked.message, code: checked.code });
  } else if (typeof clientCertPem === 'string') {
    errors.push({ pointer: '#/body/clientKeyPem', detail: 'is required with a certificate', code: 'required' });
  } else if (clientKeyPem !== undefined) {
    errors.push({ pointer: '#/body/clientCertPem', detail: 'is required with a key', code: 'required' });
  }
  refuse(errors);
  const ca = typeof caPem === 'string' ? blocksIn(caPem).join('\n') : caPem;
  return { ...(ca !== undefined && { caPem: ca }), ...(client !== undefined && { client }) };
}

export async function viewOne(reader: FrameDeps['database']['db'] | Tx, pbx: Pbx): Promise<PbxView> {
  const [view] = await viewAll(reader, [pbx]);
  if (!view) throw new Error('a view is missing');
  return view;
}

async function viewAll(reader: FrameDeps['database']['db'] | Tx, pbxs: readonly Pbx[]): Promise<PbxView[]> {
  const ids = pbxs.map((pbx) => pbx.id);
  // One after the other: a transaction has one connection.
  const counts = await countUsers(reader, ids);
  const runs = await readRuns(reader, ids);
  return pbxs.map((pbx) => viewOf(pbx, counts.get(pbx.id) ?? NO_USERS, runs.get(pbx.id)));
}

function viewOf(pbx: Pbx, counts: UserCounts, run: PbxRun | undefined): PbxView {
  return {
    id: pbx.id,
    tenantId: pbx.tenantId,
    version: pbx.version,
    name: pbx.name,
    autoProvision: pbx.autoProvision,
    autoAssignMac: pbx.autoAssignMac,
    pseudoMacOui: pbx.pseudoMacOui,
    provisioningUrl: pbx.provisioningUrl,
    didField: pbx.didField,
    country: pbx.country,
    lineRule: pbx.lineRule,
    username: pbx.username,
    passwordSet: pbx.passwordSet,
    fileKeySet: pbx.fileKeySet,
    passwordSetAt: pbx.passwordSetAt?.toISOString() ?? null,
    certificates: {
      ca: pbx.caPem === null ? null : certificatesIn(pbx.caPem),
      client: pbx.clientCertPem === null ? null : (certificatesIn(pbx.clientCertPem)[0] ?? null),
    },
    pinSha256: pbx.pinSha256,
    expectedName: pbx.expectedName,
    legacyTls: pbx.legacyTls,
    allowPlainHttp: pbx.allowPlainHttp,
    allowedOrigins: [...pbx.allowedOrigins],
    persona: {
      vendor: pbx.personaVendor,
      found: pbx.personaFound,
      model: pbx.personaModel,
      phoneType: pbx.personaPhoneType,
      firmwareVersion: pbx.personaFirmwareVersion,
      userAgent: pbx.personaUserAgent,
    },
    resyncHours: pbx.resyncHours,
    maxConcurrent: pbx.maxConcurrent,
    maxPerSecond: pbx.maxPerSecond,
    users: withTotal(counts),
    run: {
      state: run?.inTrouble ? 'trouble' : pbx.autoProvision ? 'ok' : 'off',
      pausedUntil: run?.pausedUntil?.toISOString() ?? null,
      pauseCode: run?.pauseCode ?? null,
      login: pbx.username === null ? 'none' : (run?.login?.state ?? 'probing'),
      refusedInARow: run?.refusedInARow ?? 0,
      pace: run?.pace ?? null,
      lastSuccessAt: run?.lastSuccessAt?.toISOString() ?? null,
    },
    createdAt: pbx.createdAt.toISOString(),
    updatedAt: pbx.updatedAt.toISOString(),
  };
}

/** Shown of a stored certificate; the PEM itself was checked when it was uploaded. */
function certificatesIn(pem: string): NonNullable<PbxView['certificates']['client']>[] {
  return blocksIn(pem).map((block) => {
    const certificate = new X509Certificate(block);
    const validTo = new Date(certificate.validTo);
    return {
      subject: certificate.subject.replaceAll('\n', ', '),
      fingerprint256: certificate.fingerprint256,
      validTo: validTo.toISOString(),
      expired: validTo.getTime() < Date.now(),
    };
  });
}
