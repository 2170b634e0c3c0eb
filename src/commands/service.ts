// What start, api, worker and the demo have in common: config -> store -> roles -> one thing to stop.

import { resolveTxt } from 'node:dns/promises';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { createGuard } from '../../fetchers/guard.ts';
import { type RunningApi, startApi } from '../api/api.ts';
import { type Config, ConfigError, type Overrides, readConfig } from '../config.ts';
import { createLog, type Logger } from '../log.ts';
import { createMailer } from '../mail/mailer.ts';
import { packageVersion } from '../package-root.ts';
import { SCOPES } from '../roles.ts';
import { ensureAdminToken } from '../store/admin-token.ts';
import { createApiKey } from '../store/api-keys.ts';
import { openDatabase } from '../store/database.ts';
import { isLateWrite, surviveLateWrites } from '../store/driver-defect.ts';
import { type Embedded, startEmbedded } from '../store/embedded.ts';
import { openFeedSignal } from '../store/feed-signal.ts';
import { holdKeys } from '../store/key-holder.ts';
import { backUpNotice, type OpenedKeyRing, openInstallationKeys } from '../store/key-ring.ts';
import { migrate } from '../store/migrate.ts';
import { operatorTenantId } from '../store/tenants.ts';
import { openQueue } from '../sync/queue.ts';
import { startWorker } from '../sync/worker.ts';
import { CommandFailure, UsageError } from './command.ts';
import { makeSetupToken, setUpFromSettings } from './first-owner.ts';

export interface ServiceOptions {
  readonly config: Config;
  /** As a second program on the same data directory is told about us. */
  readonly program: string;
  readonly api: boolean;
  readonly worker: boolean;
  /** False: no fsync, for data that is thrown away. */
  readonly durable?: boolean;
  /** On a busy port: tries the following ones. */
  readonly nextFreePort?: boolean;
  /** Where log lines go; default stderr. */
  readonly writeLog?: (line: string) => void;
}

export interface Service {
  /** Null without the api role. */
  readonly url: string | null;
  /** Only at the first start of an installation: nobody can see it again. */
  readonly adminToken: string | null;
  /** While there is no owner: good for an hour, dead after the next start. */
  readonly setupLink: string | null;
  /** What the operator should know about the database and the key file; a line each. */
  readonly notes: readonly string[];
  readonly log: Logger;
  /** Makes an API key of the operator that may do everything. */
  makeKey(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Settings that are wrong are wrong usage, whether an option or the environment gave them. */
export function configOf(overrides: Overrides): Config {
  try {
    return readConfig(overrides);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
}

/** What was opened is closed again in the opposite order, also when a later step fails. */
class Openings {
  readonly #closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async closeAll(onError: (error: unknown) => void): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        onError(error);
      }
    }
  }
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { config } = options;
  const { log, hide } = createLog({
    level: config.logLevel,
    ...(options.writeLog === undefined ? {} : { write: options.writeLog }),
  });
  const opened = new Openings();
  // The terminal gets one line of it (main.ts); the log gets the stack.
  const logFault = (error: Error) => {
    if (!isLateWrite(error)) log.fatal({ err: error }, 'ended by a fault of ours');
  };
  process.on('uncaughtExceptionMonitor', logFault);
  opened.add(() => void process.off('uncaughtExceptionMonitor', logFault));
  opened.add(surviveLateWrites(() => log.warn('a query was cut off by the end of its connection')));
  try {
    const embedded = config.databaseUrl === null ? await startOwnDatabase(options, log) : null;
    if (embedded !== null) opened.add(() => embedded.stop());
    const url = embedded?.url ?? config.databaseUrl?.reveal() ?? '';
    const { password } = new URL(url);
    if (password !== '') hide(decodeURIComponent(password));
    const database = await openDatabase(url, { name: options.program, max: 20 });
    opened.add(() => database.close());
    await migrate(database);
    const { keySource } = config;
    if ('file' in keySource) mkdirSync(dirname(keySource.file), { recursive: true });
    const ring = await openInstallationKeys(database, keySource);
    const holder = await holdKeys(database, ring, {
      name: `${options.program} on ${hostname()} (process ${process.pid})`,
      tell: (severity, sentence, data) => log[severity](data, sentence),
    });
    opened.add(() => holder.stop());
    const tenantId = await operatorTenantId(database);
    const feed = await openFeedSignal(database, (error) => log.warn({ err: error }, 'the feed lost the database'));
    opened.add(() => feed.close());
    const queue = await openQueue(database.url, options.worker ? 'work' : 'ask', log);
    // A worker stops its queue itself, after its slices.
    let stopQueue = () => queue.stop();
    opened.add(() => stopQueue());

    // Filled below: where we listen ourselves is never fetched from.
    const own: { host: string; port: number }[] = [];
    if (embedded !== null) own.push({ host: '127.0.0.1', port: embedded.port });
    // The API that runs apart: where the settings say, which its processes and the workers share.
    if (!options.api && config.port !== 0) own.push({ host: config.host, port: config.port });
    const guard = createGuard({ mode: config.outboundMode, own, closedPorts: ownServers(config) });

    if (config.mail !== null) hide(decodeURIComponent(new URL(config.mail.url.reveal()).password));
    const mailer = config.mail === null ? null : createMailer(config.mail);
    if (mailer !== null) opened.add(() => mailer.close());

    let adminToken: string | null = null;
    let setupToken: string | null = null;
    let running: RunningApi | null = null;
    if (options.api) {
      await setUpFromSettings({ database, tenantId, log }, config);
      adminToken = await ensureAdminToken(database);
      if (adminToken !== null) hide(adminToken);
      const deps = {
        database,
        ring,
        log,
        tenantId,
        version: packageVersion(),
        feed,
        queue,
        guard,
        uploadLimits: config.uploadLimits,
        publicUrl: config.publicUrl,
        trustProxy: config.trustProxy,
        outboundAddresses: config.outboundAddresses,
        activityRetentionDays: config.activityRetentionDays,
        places: {
          dataDirectory: embedded === null ? null : config.dataDir,
          keyFile: 'file' in ring.source ? ring.source.file : null,
        },
        mailer,
        resolveTxt,
      };
      running = await listen(
        (port) => startApi(deps, { host: config.host, port }),
        config,
        options.nextFreePort === true,
      );
      opened.add(running.close);
      own.push({ host: config.host, port: running.port });
      setupToken = await makeSetupToken(database);
      if (setupToken !== null) hide(setupToken);
    }
    if (options.worker) {
      const { activityRetentionDays } = config;
      const worker = await startWorker({ database, ring, feed, queue, guard, activityRetentionDays, log, mailer });
      stopQueue = () => worker.stop();
    }
    return {
      url: running?.url ?? null,
      adminToken,
      notes: [`Database    ${embedded?.note ?? 'the PostgreSQL of DATABASE_URL'}`, ...keyNotes(ring)],
      setupLink:
        running === null || setupToken === null
          ? null
          : `${config.publicUrl?.origin ?? running.url}/setup#token=${setupToken}`,
      log,
      async makeKey(name) {
        const scopes = SCOPES;
        const of = { tenantId, name, scopes, pbxIds: null, cidrs: [], expiresAt: null, createdBy: options.program };
        const { key } = await createApiKey(database.db, of);
        hide(key);
        return key;
      },
      stop: () => opened.closeAll((error) => log.error({ err: error }, 'stopping left something open')),
    };
  } catch (error) {
    await opened.closeAll(() => undefined);
    throw error;
  }
}

/** Ports of the database and the mail server of the settings. */
function ownServers({ databaseUrl, mail }: Config): number[] {
  const portOf = (url: string, usual: number) => Number(new URL(url).port) || usual;
  return [
    ...(databaseUrl === null ? [] : [portOf(databaseUrl.reveal(), 5432)]),
    ...(mail === null ? [] : [portOf(mail.url.reveal(), 587)]),
  ];
}

function keyNotes({ source, created }: OpenedKeyRing): string[] {
  if (!('file' in source)) return [`Key         ${'keys' in source ? 'PROVENDER_KEY' : 'PROVENDER_KEY_COMMAND'}`];
  return [`Key file    ${source.file}`, ...(created ? [`            ${backUpNotice(source.file)}`] : [])];
}

function startOwnDatabase(options: ServiceOptions, log: Logger): Promise<Embedded> {
  return startEmbedded({
    dataDir: options.config.dataDir,
    program: options.program,
    ...(options.durable === undefined ? {} : { durable: options.durable }),
    onEvent: (sentence) => log.warn({ event: sentence }, 'the embedded database'),
  });
}

async function listen(
  start: (port: number) => Promise<RunningApi>,
  { host, port }: Config,
  nextFreePort: boolean,
): Promise<RunningApi> {
  for (let candidate = port; ; candidate++) {
    try {
      return await start(candidate);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && nextFreePort && candidate < port + 100 && candidate < 65_535) continue;
      throw listenFailure(code, host, candidate) ?? error;
    }
  }
}

function listenFailure(code: string | undefined, host: string, port: number): CommandFailure | null {
  switch (code) {
    case 'EADDRINUSE':
      return new CommandFailure(
        `Port ${port} of ${host} is in use by another program. Stop that one, or name another port with --port.`,
      );
    case 'EACCES':
      return new CommandFailure(
        `Port ${port} may not be opened by this account: ports below 1024 are kept. Name another one with --port.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CommandFailure(`${host} is no address of this machine. Name one with --host, such as 127.0.0.1.`);
    default:
      return null;
  }
}

/** Ctrl-C below npm arrives twice, from the terminal and from npm: only one that comes later is a second one. */
const SAME_PRESS_MS = 1000;

/**
 * Resolves at the first signal that asks us to end. A second one ends at once, without cleaning up: what is left behind
 * is found by the next start.
 */
export function endRequested(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        const now = Date.now();
        if (first === 0) {
          first = now;
          resolve(signal);
        } else if (now - first > SAME_PRESS_MS) {
          process.exit(1);
        }
      });
    }
  });
}
