// The filters of the audit, as the address has them and as the API wants them; and whether an entry that comes live belongs to
// them. Pure.
import type { AuditEntry } from '../../live/audit.ts';

export interface AuditSearch {
  readonly tenant?: string | undefined;
  /** `member:<id>` and the like. */
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** `pbx`, or `pbx:<id>`. */
  readonly object?: string | undefined;
  /** `-7d`: so many days back; otherwise a moment. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const DAY_MS = 86_400_000;

/** A moment of the address as the API has it; null: it is none. */
export function momentOf(text: string | undefined, now = Date.now()): string | null {
  if (text === undefined) return null;
  const days = /^-(\d{1,4})d$/.exec(text)?.[1];
  // To the minute: the same filter asks for the same list for a while.
  const time = days === undefined ? Date.parse(text) : Math.floor(now / 60_000) * 60_000 - Number(days) * DAY_MS;
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

export function auditQuery({ tenant, actor, action, object, from, to }: AuditSearch, now = Date.now()) {
  const [objectType, objectId] = object?.split(':', 2) ?? [];
  const [begin, end] = [momentOf(from, now), momentOf(to, now)];
  return {
    ...(tenant && { tenantId: tenant }),
    ...(actor && { actor }),
    ...(action && { action }),
    ...(objectType && { objectType }),
    ...(objectId && { objectId }),
    ...(begin && { from: begin }),
    ...(end && { to: end }),
  };
}

/** As the server filters, for what comes live. */
export function matches(query: ReturnType<typeof auditQuery>, entry: AuditEntry): boolean {
  const is = (wanted: string | undefined, value: string | null) => wanted === undefined || wanted === value;
  return (
    is(query.tenantId, entry.tenantId) &&
    is(query.actor, entry.actor) &&
    (query.action === undefined || query.action.split(',').includes(entry.action)) &&
    is(query.objectType, entry.objectType) &&
    is(query.objectId, entry.objectId) &&
    (query.from === undefined || entry.at >= query.from) &&
    (query.to === undefined || entry.at < query.to)
  );
}

/** For `<input type="datetime-local">`: in the zone of whoever looks. */
export function localOf(text: string | undefined): string {
  const moment = momentOf(text);
  if (moment === null) return '';
  const date = new Date(moment);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
