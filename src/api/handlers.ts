// What a handler is given and what it gives back. Types force one handler per operation of the contract.
import type { Request } from 'express';
import type { z } from 'zod';
import type { Logger } from '../log.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Grant, Scope } from '../roles.ts';
import type { Database, Tx } from '../store/database.ts';
import type { FeedSignal } from '../store/feed-signal.ts';
import type { KeyRing } from '../store/key-ring.ts';
import type { SliceQueue } from '../sync/queue.ts';
import type { Access } from './access.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { Contract, Operation } from './contract/operation.ts';
import type { IfMatch } from './etag.ts';
import type { EventSink } from './event-stream.ts';
import type { Upload } from './request-body.ts';

/** Who asks. */
export interface Actor {
  /** `member:<id>` or `key:<id>`: idempotency keys and stream limits count per account. */
  readonly account: string;
  /** As the feed and the audit name it: the e-mail address, or the name of the key. */
  readonly name: string;
  readonly kind: 'member' | 'key';
  readonly id: string;
  /** Home. */
  readonly tenantId: string;
  readonly grants: readonly Grant[];
  /** Of keys; null: a member. */
  readonly scopes: readonly Scope[] | null;
  /** Of members: until then a sign-in or a password that was given again counts as fresh. */
  readonly freshUntil: Date | null;
}

type Parsed<O, K extends string> = O extends { readonly [P in K]: infer S extends z.ZodType } ? z.output<S> : undefined;

export type AnswerHead = {
  /** Location and the like. ETag comes from `etag`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly etag?: string;
};

export type TextBody = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** JSON: `{ body }`; text/csv: `{ text }`; no response: `{}`; event stream: a function that writes until it returns. */
type Answer<O extends Operation> = O extends { readonly produces: 'text/event-stream' }
  ? (sink: EventSink) => Promise<void>
  : O extends { readonly produces: string }
    ? AnswerHead & { readonly text: TextBody }
    : O extends { readonly response: infer S extends z.ZodType }
      ? AnswerHead & { readonly body: z.input<S> }
      : AnswerHead;

export interface Call<O extends Operation> {
  readonly params: Parsed<O, 'params'>;
  readonly query: Parsed<O, 'query'>;
  readonly headers: Parsed<O, 'headers'>;
  readonly body: Parsed<O, 'body'>;
  /** Set for operations with `upload`. */
  readonly upload: O extends { readonly upload: readonly string[] } ? Upload : undefined;
  /** Set for PUT, PATCH and DELETE unless the operation says `ifMatch: false`. */
  readonly ifMatch: IfMatch | undefined;
  /** How far what is asked for may reach; a part of every query. */
  readonly access: O extends { readonly public: true } ? null : Access;
  /** Public operations: null without a valid credential. */
  readonly actor: O extends { readonly public: true } ? Actor | null : Actor;
  readonly requestId: string;
  readonly log: Logger;
  /** Ends when the client is gone. */
  readonly signal: AbortSignal;
  readonly request: Request;
  /** What the audit is to say of it. */
  readonly audit: AuditTrail;
  /**
   * Runs the effect in one transaction and stores the answer for the Idempotency-Key in the same one. Return its
   * result from the handler. Throw a Problem to roll back. Writes the entry of the audit too, unless `audit.write` did.
   */
  transact(work: (tx: Tx) => Promise<Answer<O>>): Promise<Answer<O>>;
}

/** What looking for something to change takes of a call. */
export interface ChangeCall {
  readonly access: Access;
  readonly ifMatch: IfMatch | undefined;
  readonly audit: AuditTrail;
}

type Handler<O extends Operation> = (call: Call<O>) => Promise<Answer<O>>;
export type Handlers<C extends Contract> = { readonly [K in keyof C]: Handler<C[K]> };

export interface UploadLimits {
  /** Decoded. */
  readonly bytes: number;
  readonly rows: number;
}

export const DEFAULT_UPLOAD_LIMITS: UploadLimits = { bytes: 64 * 1024 * 1024, rows: 500_000 };

/** What an operator keeps copies of. */
export interface Places {
  /** Absolute; null: the PostgreSQL of DATABASE_URL holds the data. */
  readonly dataDirectory: string | null;
  /** Absolute; null: the key comes from a setting. */
  readonly keyFile: string | null;
}

/** What every noun may need; made by the composition root. */
export interface FrameDeps {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly log: Logger;
  /** The operator's tenant. */
  readonly tenantId: string;
  /** Wakes the workers after a commit that made users due, asked for a job of an import, or handed files over. */
  readonly queue: Pick<SliceQueue, 'enqueue' | 'enqueueImport' | 'enqueueFiles'>;
  /** Touched after a commit that appended to the feed. */
  readonly feed: FeedSignal;
  /** How people reach us, where the operator said so: the only name that links have. */
  readonly publicUrl: URL | null;
  /** Null: no mail is sent. */
  readonly mailer: Mailer | null;
  readonly places: Places;
  /** Of one upload. Absent: DEFAULT_UPLOAD_LIMITS. */
  readonly uploadLimits?: UploadLimits;
}
