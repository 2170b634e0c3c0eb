// From an address and a MAC to one read configuration: which file is asked, its includes, merged in the phone's order.
// Knows no database and no queue: the CLI uses it as it is.
import type { Fetch, FetchFailureCode, Login, TlsIdentity, Validators } from '../../fetchers/fetcher.ts';
import type { Secret } from '../../fetchers/secret.ts';
import type { Mac } from '../../vendors/mac.ts';
import type { VendorId } from '../../vendors/model.ts';
import { type FileSlot, type Persona, personaUserAgent, planFiles, resolveInclude } from '../../vendors/persona.ts';
import {
  type ConfigFile,
  type NotConfigReason,
  type Reading,
  type ReadResult,
  readConfig,
} from '../../vendors/read.ts';

/** Most files that one sync fetches, includes counted, and how deep includes may include. */
export const MOST_FILES = 20;
export const MOST_DEPTH = 3;

export interface GatherRequest {
  readonly fetch: Fetch;
  /** The Provisioning Server URL, variables included. */
  readonly template: string;
  readonly persona: Persona;
  readonly mac: Mac;
  readonly login: Login | null;
  /** Origins beside the PBX's own from which includes may come; `*`: any, where nothing leaves this machine. */
  readonly allowedOrigins: readonly string[];
  /** Reads the file as this vendor's whatever it looks like. */
  readonly vendor?: VendorId | undefined;
  /** Of encrypted configuration files. */
  readonly fileKey?: Secret | null | undefined;
  /** Per slot of the plan, which candidate answered the last time: it is asked first. */
  readonly answered?: readonly number[] | null | undefined;
  readonly validators?: Validators | undefined;
  /** For who wants to look at the files themselves; they hold secrets. */
  readonly keepFiles?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file as it came. */
interface KeptFile {
  readonly url: string;
  readonly config: ConfigFile;
  /** How many lines it has by itself. */
  readonly lines: number;
}

export interface Gathered {
  readonly kind: 'gathered';
  readonly reading: Reading;
  /** Address of the first file that answered, without query and fragment. */
  readonly url: string;
  readonly answered: readonly number[];
  /** Only where one file was the whole configuration: validators of one of several files say too little. */
  readonly validators: Validators | null;
  readonly tls: TlsIdentity | null;
  readonly requests: number;
  /** In the order in which they are merged; empty unless asked for with `keepFiles`. */
  readonly files: readonly KeptFile[];
}

export interface GatherFailure {
  readonly kind: 'failure';
  readonly code: FetchFailureCode | NotConfigReason | 'INCLUDE_LIMIT';
  /** True: the bytes came, but are no config. */
  readonly notConfig: boolean;
  readonly message: string;
  readonly status?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly sentLogin?: boolean | undefined;
  readonly requests: number;
}

export type GatherResult = Gathered | { readonly kind: 'not-modified'; readonly requests: number } | GatherFailure;

/** Fetches what the persona would fetch and reads it as one configuration. Never throws for what a server can do. */
export async function gatherConfig(request: GatherRequest): Promise<GatherResult> {
  const errand = new Errand(request);
  const slots = planFiles(request.template, request.persona, request.mac);
  const files: FetchedFile[] = [];
  const answered: number[] = [];
  let lastFailure: GatherFailure | null = null;
  for (const [number, slot] of slots.entries()) {
    const result = await errand.fetchSlot(slot, request.answered?.[number], slots.length === 1);
    if (result.kind === 'not-modified') return { kind: 'not-modified', requests: errand.requests };
    if (result.kind === 'failure') {
      // A file that need not be there (the second one of a Snom) is missing: the others are the configuration.
      if (result.status !== 404 || slot.required) return result;
      lastFailure = result;
      answered.push(-1);
      continue;
    }
    files.push(result.file);
    answered.push(result.candidate);
  }
  const first = files[0];
  if (first === undefined) return lastFailure ?? errand.failure('HTTP_404', 'No file is to be asked for.', false);

  const all = await errand.withIncludes(files);
  if (!Array.isArray(all)) return all;
  const read = all.length === 1 && all[0] !== undefined ? all[0].read : errand.read(all.map((file) => file.config));
  if (read.kind === 'not-config') return errand.failure(read.reason, read.message, true);
  // Nothing found, and a file that phones of this kind ask for is not there: the missing file is the reason.
  const missing = errand.missingInclude ?? lastFailure;
  if (read.reading.lines.length === 0 && missing !== null) return missing;
  return {
    kind: 'gathered',
    reading: read.reading,
    url: withoutQuery(first.url),
    answered,
    validators: all.length === 1 && (first.etag ?? first.lastModified) !== null ? pickValidators(first) : null,
    tls: first.tls,
    requests: errand.requests,
    files: request.keepFiles ? all.map(keep) : [],
  };
}

function keep({ url, config, read }: FetchedFile): KeptFile {
  return { url: withoutQuery(url), config, lines: read.kind === 'config' ? read.reading.lines.length : 0 };
}

interface FetchedFile {
  readonly config: ConfigFile;
  /** What the file says on its own. */
  readonly read: ReadResult;
  readonly url: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly tls: TlsIdentity | null;
}

type SlotResult =
  | { readonly kind: 'file'; readonly file: FetchedFile; readonly candidate: number }
  | { readonly kind: 'not-modified' }
  | GatherFailure;

/** One run through the files of one device: counts requests against the limits. */
class Errand {
  requests = 0;
  /** The first include that the server does not have: phones go on without it, and so do we while a line was found. */
  missingInclude: GatherFailure | null = null;
  readonly #request: GatherRequest;
  readonly #userAgent: string;

  constructor(request: GatherRequest) {
    this.#request = request;
    this.#userAgent = personaUserAgent(request.persona, request.mac);
  }

  read(files: readonly ConfigFile[]): ReadResult {
    const { vendor, mac, persona, fileKey } = this.#request;
    return readConfig(files, { vendor, mac, model: persona.model, keys: fileKey ? [fileKey.reveal()] : [] });
  }

  failure(code: GatherFailure['code'], message: string, notConfig: boolean): GatherFailure {
    return { kind: 'failure', code, notConfig, message, requests: this.requests };
  }

  /** Asks the candidates in turn, the remembered one first; only a 404 leads to the next. */
  async fetchSlot(slot: FileSlot, remembered: number | undefined, alone: boolean): Promise<SlotResult> {
    const order = [...slot.candidates.keys()];
    if (remembered !== undefined && remembered > 0 && remembered < order.length) {
      order.splice(remembered, 1);
      order.unshift(remembered);
    }
    let failure = this.failure('HTTP_404', 'No file is to be asked for.', false);
    for (const candidate of order) {
      const url = slot.candidates[candidate];
      if (url === undefined) continue;
      const isRemembered = candidate === (remembered ?? -1);
      const result = await this.#fetch(url, alone && isRemembered ? this.#request.validators : undefined);
      if (result.kind === 'file') return { ...result, candidate };
      if (result.kind === 'not-modified') return result;
      // Keep the answer to the first name: that is the one that a PBX admin looks for.
      if (candidate === order[0]) failure = result;
      if (result.status !== 404) return result;
    }
    return { ...failure, requests: this.requests };
  }

  /** The files and, in place behind each, what it includes: the order in which later overrides earlier. */
  async withIncludes(files: readonly FetchedFile[], depth = 0): Promise<FetchedFile[] | GatherFailure> {
    const all: FetchedFile[] = [];
    for (const file of files) {
      all.push(file);
      const { read } = file;
      // A blank file among others is an empty part (FusionPBX ships such); alone it is the failure.
      if (read.kind === 'not-config' && read.reason === 'BODY_EMPTY' && depth > 0) continue;
      if (read.kind === 'not-config') return this.failure(read.reason, read.message, true);
      if (read.reading.includes.length === 0) continue;
      if (depth === MOST_DEPTH) {
        return this.failure('INCLUDE_LIMIT', `The boot file includes files more than ${MOST_DEPTH} deep.`, false);
      }
      const included: FetchedFile[] = [];
      for (const include of read.reading.includes) {
        const result = await this.#fetchInclude(include, file.url);
        if (result.kind === 'file') included.push(result.file);
        else if (result.status === 404) this.missingInclude ??= result;
        else return result;
      }
      const nested = await this.withIncludes(included, depth + 1);
      if (!Array.isArray(nested)) return nested;
      all.push(...nested);
    }
    return all;
  }

  async #fetchInclude(include: string, from: string): Promise<Exclude<FileResult, { kind: 'not-modified' }>> {
    const { persona, mac, allowedOrigins } = this.#request;
    const resolved = resolveInclude(include, from, persona, mac);
    if (resolved === null) {
      return this.failure(
        'INCLUDE_LIMIT',
        `The boot file includes "${include.slice(0, 100)}", which is no address that can be asked.`,
        false,
      );
    }
    const url = new URL(resolved);
    const sameOrigin = url.origin === new URL(from).origin;
    if (!sameOrigin && !allowedOrigins.includes('*') && !allowedOrigins.includes(url.origin)) {
      return this.failure(
        'INCLUDE_LIMIT',
        `The boot file includes a file of another server (${url.origin}), which this PBX does not allow.`,
        false,
      );
    }
    const result = await this.#fetch(url.href, undefined, !sameOrigin);
    if (result.kind === 'not-modified')
      return this.failure('HTTP_4XX', 'The server answered 304 to a first request.', false);
    if (result.kind === 'failure' && !result.notConfig) {
      return { ...result, message: `A file that the boot file includes: ${result.message}` };
    }
    return result;
  }

  async #fetch(url: string, validators: Validators | undefined, foreign = false): Promise<FileResult> {
    if (this.requests >= MOST_FILES) {
      return this.failure(
        'INCLUDE_LIMIT',
        `More than ${MOST_FILES} files would have to be fetched for one device.`,
        false,
      );
    }
    this.requests += 1;
    const { fetch, login, signal } = this.#request;
    const result = await fetch({
      url,
      userAgent: this.#userAgent,
      login: foreign ? null : login,
      foreign,
      ...(validators === undefined ? {} : { validators }),
      ...(signal === undefined ? {} : { signal }),
    });
    switch (result.kind) {
      case 'failure':
        return {
          kind: 'failure',
          code: result.code,
          notConfig: false,
          message: result.message,
          status: result.status,
          retryAfterSeconds: result.retryAfterSeconds,
          sentLogin: result.sentLogin,
          requests: this.requests,
        };
      case 'not-modified':
        return { kind: 'not-modified' };
      case 'fetched': {
        const config = { name: fileName(result.url), bytes: result.bytes };
        return {
          kind: 'file',
          file: {
            config,
            read: this.read([config]),
            url: result.url,
            etag: result.etag,
            lastModified: result.lastModified,
            tls: result.tls,
          },
        };
      }
    }
  }
}

type FileResult =
  | { readonly kind: 'file'; readonly file: FetchedFile }
  | { readonly kind: 'not-modified' }
  | GatherFailure;

function pickValidators(file: FetchedFile): Validators {
  return { etag: file.etag, lastModified: file.lastModified };
}

function withoutQuery(url: string): string {
  const parsed = new URL(url);
  parsed.search = '';
  parsed.hash = '';
  return parsed.href;
}

function fileName(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? '';
}
