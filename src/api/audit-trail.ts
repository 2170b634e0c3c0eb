// What the frame writes into the audit for one request: the operation, the one who asked, and what the handler says of
// the object before and after. Values are those of answers, which hold no secrets; secrets of the body are keyed hashes.
import { z } from 'zod';
import { isSecretName } from '../log.ts';
import { type AuditActor, type AuditObject, type AuditValues, appendAudit } from '../store/audit.ts';
import type { Db, Tx } from '../store/database.ts';
import type { KeyRing } from '../store/key-ring.ts';
import type { Operation } from './contract/operation.ts';

export interface AuditNote {
  /** Where the frame does not see it: by default the id of the path, or of the answer. */
  readonly object?: Partial<AuditObject>;
  /** Whose object it is, where it is not of the actor's own tenant. Null: of the installation. */
  readonly tenantId?: string | null;
  /** The view of the object before the change. */
  readonly before?: object;
  /** What is to be said of it afterwards; by default the answer. */
  readonly after?: object;
  /** Where the action of the operation is too wide, such as one for sign-in and sign-out. */
  readonly action?: string;
  /** Where the request itself shows who it is, such as a sign-in. */
  readonly actor?: AuditActor;
}

export interface AuditTrail {
  /** Said before or while the change is made; a later note adds to an earlier one. */
  note(note: AuditNote): void;
  /**
   * Writes the entry: for changes outside of `transact`, which does it by itself. Give the transaction of the change, or
   * the database before work that takes many transactions.
   */
  write(db: Db | Tx, note?: AuditNote): Promise<void>;
}

/** Whether an operation must leave an entry. */
export function isAudited(operation: Operation): boolean {
  return operation.audited ?? operation.method !== 'get';
}

/** What a person did not change. */
const VOLATILE = new Set(['updatedAt', 'users', 'run', 'registration', 'warnings']);

/** What lets somebody in, and whose name does not say so. */
const ALSO_SECRET = new Set(['link', 'recoverycodes', 'otpauth', 'clientkeypem', 'clientp12']);
const SECRET_TEXT = /^(?:pvk|whsec)_|[#?&](?:token|key|secret)=/;

/** Names of fields of a body that are write-only. */
function writeOnlyNames(schema: z.ZodType | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    const properties = 'properties' in node ? (node.properties as Record<string, { writeOnly?: boolean }>) : {};
    for (const [name, property] of Object.entries(properties)) if (hasWriteOnly(property)) names.add(name);
    for (const inner of Object.values(node)) walk(inner);
  };
  if (schema) walk(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return names;
}

/** Of the field itself, or of one of its alternatives (nullable). */
function hasWriteOnly(property: unknown): boolean {
  if (typeof property !== 'object' || property === null) return false;
  if ('writeOnly' in property && property.writeOnly === true) return true;
  return 'anyOf' in property && Array.isArray(property.anyOf) && property.anyOf.some(hasWriteOnly);
}

const writeOnly = new WeakMap<Operation, ReadonlySet<string>>();

function writeOnlyOf(operation: Operation): ReadonlySet<string> {
  let names = writeOnly.get(operation);
  if (names === undefined) {
    names = writeOnlyNames(operation.body);
    writeOnly.set(operation, names);
  }
  return names;
}

function tagged(ring: KeyRing, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => tagged(ring, item));
  return value === null || value === undefined || typeof value === 'boolean'
    ? value
    : `hmac:${ring.tag('audit', typeof value === 'string' ? value : JSON.stringify(value))}`;
}

function isSecret(name: string): boolean {
  return isSecretName(name) || ALSO_SECRET.has(name.toLowerCase());
}

/** A view without what its names call secret. */
function withoutSecrets(ring: KeyRing, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(ring, item));
  if (typeof value === 'string' && SECRET_TEXT.test(value)) return tagged(ring, value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isSecret(name) ? tagged(ring, inner) : withoutSecrets(ring, inner),
    ]),
  );
}

/** The write-only fields of a body, hashed; those that are cleared are null. */
function secretsOf(ring: KeyRing, operation: Operation, body: unknown): AuditValues {
  const names = writeOnlyOf(operation);
  if (names.size === 0 || typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body)
      .filter(([name, value]) => names.has(name) && value !== undefined)
      .map(([name, value]) => [name, tagged(ring, value)]),
  );
}

function plain(ring: KeyRing, view: object | null | undefined): AuditValues | null {
  if (!view) return null;
  const values = withoutSecrets(ring, JSON.parse(JSON.stringify(view))) as AuditValues;
  return Object.fromEntries(Object.entries(values).filter(([name]) => !VOLATILE.has(name)));
}

/** With both given, only what differs. */
function difference(before: AuditValues | null, after: AuditValues | null) {
  if (before === null || after === null) return { before, after };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const only = (values: AuditValues) =>
    Object.fromEntries(names.flatMap((name) => (name in values ? [[name, values[name]]] : [])));
  return { before: only(before), after: only(after) };
}

interface TrailOf {
  readonly ring: KeyRing;
  readonly operation: Operation;
  readonly actor: (AuditActor & { readonly tenantId?: string }) | null;
  readonly params: unknown;
  readonly body: unknown;
  readonly requestId: string;
  readonly ip: string | null;
}

/** Nobody signed in. */
export const NOBODY: AuditActor = { account: 'public', name: 'nobody' };

export class RequestTrail implements AuditTrail {
  readonly #of: TrailOf;
  #note: AuditNote = {};
  #written = false;

  constructor(of: TrailOf) {
    this.#of = of;
  }

  /** An entry was written; the transaction may yet be rolled back, and then be tried again. */
  get written(): boolean {
    return this.#written;
  }

  /** What was said and written in a transaction that is tried again counts no more. */
  restart(): void {
    this.#written = false;
  }

  note(note: AuditNote): void {
    this.#note = { ...this.#note, ...note, object: { ...this.#note.object, ...note.object } };
  }

  /** With the answer as what is to be said of it afterwards, unless the handler said it. */
  async finish(tx: Tx, answer: string): Promise<void> {
    if (this.#note.after === undefined && answer !== '') this.note({ after: JSON.parse(answer) as object });
    await this.write(tx);
  }

  async write(db: Db | Tx, note: AuditNote = {}): Promise<void> {
    this.note(note);
    const { ring, operation, actor, params, body, requestId, ip } = this.#of;
    const said = this.#note;
    const before = plain(ring, said.before);
    const after = plain(ring, said.after);
    const changes = difference(before, after);
    const secrets = secretsOf(ring, operation, body);
    const action = said.action ?? operation.action ?? operation.tag;
    const field = (name: string) => textOf(params, name) ?? textOf(said.after, name) ?? textOf(said.before, name);
    this.#written = true;
    await appendAudit(db, {
      actor: said.actor ?? actor ?? NOBODY,
      action,
      object: {
        type: said.object?.type ?? action.split('.')[0] ?? operation.tag,
        id: said.object?.id ?? field('id'),
        name: said.object?.name ?? textOf(said.after, 'name') ?? textOf(said.before, 'name'),
      },
      tenantId:
        said.tenantId !== undefined
          ? said.tenantId
          : (textOf(said.after, 'tenantId') ?? textOf(said.before, 'tenantId') ?? actor?.tenantId ?? null),
      before: changes.before,
      after: changes.after === null && Object.keys(secrets).length === 0 ? null : { ...changes.after, ...secrets },
      requestId,
      ip,
    });
  }
}

function textOf(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null || !(name in value)) return null;
  const found = (value as Record<string, unknown>)[name];
  return typeof found === 'string' ? found : null;
}
