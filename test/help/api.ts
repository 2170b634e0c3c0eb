// The real API on a real port with a database of its own, and a small client for it. Jobs of imports and uploaded files are
// done in this process as a worker does them, without the queue.
import { createGuard, type OutboundMode } from '../../fetchers/guard.ts';
import { type RunningApi, startApi } from '../../src/api/api.ts';
import type { UploadLimits } from '../../src/api/handlers.ts';
import type { ApiDeps } from '../../src/api/routes.ts';
import { doImportJob } from '../../src/intake/import-worker.ts';
import { makePseudoMac } from '../../src/intake/pseudo-mac.ts';
import { createLog } from '../../src/log.ts';
import type { Mailer } from '../../src/mail/mailer.ts';
import { openFeedSignal } from '../../src/store/feed-signal.ts';
import { doFileRuns } from '../../src/sync/files-worker.ts';
import { addKey } from './access.ts';
import { type TestDatabase, testDatabase } from './database.ts';

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
}

/** As the feed names who asks through `call`: a key of the operator with all scopes. */
export const TEST_KEY = 'the test key';

export interface TestApi {
  readonly url: string;
  readonly token: string;
  readonly store: TestDatabase;
  readonly deps: ApiDeps;
  /** PBX ids that were woken. */
  readonly woken: string[];
  /** Log lines written. */
  readonly logged: string[];
  /** Asks with the token; `path` begins behind /api/v1, or with http. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  close(): Promise<void>;
}

export async function startTestApi(
  options: {
    readonly mode?: OutboundMode;
    /** False: jobs of imports, and uploaded files, wait for a worker. */
    readonly doesImports?: boolean;
    readonly uploadLimits?: UploadLimits;
    readonly publicUrl?: string;
    readonly trustProxy?: readonly string[];
    readonly outboundAddresses?: readonly string[];
    readonly mailer?: Mailer;
    readonly resolveTxt?: ApiDeps['resolveTxt'];
  } = {},
): Promise<TestApi> {
  const store = await testDatabase();
  const woken: string[] = [];
  const logged: string[] = [];
  const { log } = createLog({ level: 'debug', write: (line: string) => logged.push(line) });
  const feed = await openFeedSignal(store.database, () => undefined);
  const stopping = new AbortController();
  const importJobs = new Map<string, Promise<void>>();
  const fileRuns = new Map<string, Promise<void>>();
  const deps: ApiDeps = {
    database: store.database,
    ring: store.ring,
    log,
    tenantId: store.tenantId,
    version: '0.0.0-test',
    guard: createGuard({ mode: options.mode ?? 'local' }),
    queue: {
      enqueue: async (pbxId) => {
        woken.push(pbxId);
      },
      // One after the other for the same import, as the queue has it.
      enqueueImport: async (id) => {
        if (options.doesImports === false) return;
        const tools = { ...deps, makeMac: makePseudoMac, signal: stopping.signal };
        const before = importJobs.get(id) ?? Promise.resolve();
        const job = before.then(() => doImportJob(tools, id));
        importJobs.set(
          id,
          job.catch(() => undefined),
        );
      },
      enqueueFiles: async (pbxId) => {
        if (options.doesImports === false) return;
        const before = fileRuns.get(pbxId) ?? Promise.resolve();
        const runs = before.then(() => doFileRuns({ ...deps, signal: stopping.signal }, pbxId));
        fileRuns.set(
          pbxId,
          runs.catch(() => undefined),
        );
      },
    },
    feed,
    publicUrl: options.publicUrl === undefined ? null : new URL(options.publicUrl),
    trustProxy: options.trustProxy ?? [],
    outboundAddresses: options.outboundAddresses ?? [],
    activityRetentionDays: 90,
    places: { dataDirectory: '/srv/provender/data', keyFile: '/srv/provender/data/master.key' },
    mailer: options.mailer ?? null,
    resolveTxt: options.resolveTxt ?? (async () => []),
    ...(options.uploadLimits && { uploadLimits: options.uploadLimits }),
  };
  const { authorization } = await addKey(store, store.tenantId, { name: TEST_KEY });
  const api: RunningApi = await startApi(deps, { host: '127.0.0.1', port: 0 });
  return {
    url: api.url,
    token: authorization.replace('Bearer ', ''),
    store,
    deps,
    woken,
    logged,
    async call(method, path, body, headers = {}) {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      const response = await fetch(path.startsWith('http') ? path : `${api.url}/api/v1${path}`, {
        method,
        redirect: 'manual',
        headers: {
          authorization,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
      });
      return readReply(response);
    },
    async close() {
      await api.close();
      stopping.abort();
      await Promise.all([...importJobs.values(), ...fileRuns.values()]);
      await feed.close();
      await store.close();
    },
  };
}

async function readReply(response: Response): Promise<Reply> {
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}
