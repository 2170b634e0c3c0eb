// The demo as a client of our own HTTP API: it does nothing that an integrator with an API key could not do.

import { setTimeout as sleep } from 'node:timers/promises';

export interface ApiUser {
  readonly id: string;
  readonly name: string | null;
  readonly mac: string | null;
  readonly macAssigned: boolean;
  readonly did: string | null;
  readonly status: 'off' | 'waiting' | 'fetching' | 'provisioned' | 'stale' | 'failed';
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly nextAction: string | null;
  readonly nextTryAt: string | null;
}

export interface ApiEntry {
  readonly at: string;
  readonly userName: string | null;
  readonly outcome: 'ok' | 'waiting' | 'failed' | 'info';
  readonly code: string | null;
  readonly sentence: string;
  readonly nextAction: string | null;
}

interface ApiImport {
  readonly state: string;
  /** Null: it has settled. */
  readonly job: string | null;
  readonly errorCount: number;
  readonly failure: string | null;
}

interface Page<T> {
  readonly items: readonly T[];
}

interface Saved {
  readonly id: string;
  readonly etag: string;
}

export class DemoClient {
  readonly #root: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#root = `${url}/api/v1`;
    this.#token = token;
  }

  /** The first owner, who signs in at the portal. */
  async setUp(owner: { token: string; name: string; email: string; password: string }): Promise<void> {
    // As nobody: a key is not asked for, and is none of its business.
    const response = await fetch(`${this.#root}/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify(owner),
    });
    if (!response.ok) throw new Error(`the demo could not make its owner: ${response.status} ${await response.text()}`);
  }

  async #ask(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> {
    const response = await fetch(`${this.#root}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; errors?: unknown };
    const errors = problem.errors === undefined ? '' : ` ${JSON.stringify(problem.errors).slice(0, 300)}`;
    throw new Error(`${method} ${path} was answered ${response.status} ${problem.code}: ${problem.detail}${errors}`);
  }

  async #send(method: string, path: string, body: object, etag?: string): Promise<Saved & Record<string, unknown>> {
    const headers = { 'content-type': 'application/json', ...(etag === undefined ? {} : { 'if-match': etag }) };
    const response = await this.#ask(method, path, headers, JSON.stringify(body));
    const saved = (await response.json()) as { id: string };
    return { ...saved, etag: response.headers.get('etag') ?? '' };
  }

  createPbx(settings: object): Promise<Saved> {
    return this.#send('POST', '/pbxs', settings);
  }

  uploadCertificates(pbx: Saved, certificates: object): Promise<Saved> {
    return this.#send('PUT', `/pbxs/${pbx.id}/certificates`, certificates, pbx.etag);
  }

  /** The three steps of an upload: the file, the dry run that finds what is wrong with it, the users. */
  async importUsers(pbxId: string, fileName: string, csv: string): Promise<string> {
    const query = new URLSearchParams({ pbx: pbxId, fileName });
    const uploaded = await this.#ask('POST', `/imports?${query}`, { 'content-type': 'text/csv' }, csv);
    const { id } = (await uploaded.json()) as { id: string };
    const { errorCount } = await this.#doImportJob(id, 'validate');
    if (errorCount > 0) throw new Error(`${errorCount} rows of ${fileName} have errors`);
    const { state, failure } = await this.#doImportJob(id, 'submit');
    if (state !== 'done') throw new Error(`${fileName} was not imported: ${failure}`);
    return id;
  }

  /** Asks for a check or submit, and waits until a worker has done it. */
  async #doImportJob(id: string, job: 'validate' | 'submit'): Promise<ApiImport> {
    let answer = await this.#ask('POST', `/imports/${id}/${job}`);
    for (;;) {
      const seen = (await answer.json()) as ApiImport;
      if (seen.job === null) return seen;
      await sleep(50);
      answer = await this.#ask('GET', `/imports/${id}`);
    }
  }

  /** The result CSV: every row's fate, with the MACs that were assigned. */
  async importResult(importId: string): Promise<string> {
    return (await this.#ask('GET', `/imports/${importId}/result`)).text();
  }

  async users(pbxId: string): Promise<readonly ApiUser[]> {
    const response = await this.#ask('GET', `/users?pbxId=${pbxId}&limit=500`);
    return ((await response.json()) as Page<ApiUser>).items;
  }

  async feed(limit: number, filter = ''): Promise<readonly ApiEntry[]> {
    const response = await this.#ask('GET', `/activity?limit=${limit}${filter}`);
    return ((await response.json()) as Page<ApiEntry>).items;
  }
}
