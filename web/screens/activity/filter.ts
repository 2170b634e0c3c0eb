// What the address of the feed means: which entries are asked for, and whether one that comes live belongs to them. Pure.
import type { Query } from '../../api/client.ts';
import type { Entry } from '../../live/feed.ts';

export interface ActivitySearch {
  readonly q?: string | undefined;
  readonly outcome?: string | undefined;
  readonly code?: string | undefined;
  readonly verb?: string | undefined;
  readonly tenant?: string | undefined;
  readonly pbx?: string | undefined;
  readonly user?: string | undefined;
  readonly import?: string | undefined;
  /** A moment, or one of RANGES. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Absent: repeats as one line; `no`: each entry by itself; `all`: what went wrong, summed up. */
  readonly group?: string | undefined;
  readonly entry?: string | undefined;
}

/** Quick choices of time, in seconds. An address that holds one means the same tomorrow. */
export const RANGES = { '15m': 900, '1h': 3_600, '24h': 86_400, '7d': 604_800 } as const;
export type Range = keyof typeof RANGES;

export const isRange = (text: string | undefined): text is Range => text !== undefined && Object.hasOwn(RANGES, text);

/** Null: not a moment, so it filters nothing. */
function momentOf(text: string | undefined, now: number): string | null {
  if (isRange(text)) return new Date(now - RANGES[text] * 1000).toISOString();
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

export type ActivityQuery = Omit<NonNullable<Query<'GET /activity'>>, 'cursor' | 'limit' | 'count'>;

/** @param now what "the last hour" counts from */
export function queryOf(search: ActivitySearch, now: number): ActivityQuery {
  const from = momentOf(search.from, now);
  const to = momentOf(search.to, now);
  return {
    ...(search.q && { q: search.q }),
    ...(search.outcome && { outcome: search.outcome }),
    ...(search.code && { code: search.code }),
    ...(search.verb && { verb: search.verb }),
    ...(search.tenant && { tenantId: search.tenant }),
    ...(search.pbx && { pbxId: search.pbx }),
    ...(search.user && { userId: search.user }),
    ...(search.import && { importId: search.import }),
    ...(from !== null && { from }),
    ...(to !== null && { to }),
  };
}

/** As the server filters, for what comes live. */
export function matches(query: ActivityQuery, entry: Entry): boolean {
  const isOneOf = (wanted: string | undefined, value: string | null) =>
    wanted === undefined || (value !== null && wanted.split(',').includes(value));
  const is = (wanted: string | undefined, value: string | null) => wanted === undefined || wanted === value;
  const { q } = query;
  return (
    isOneOf(query.outcome, entry.outcome) &&
    isOneOf(query.code, entry.code) &&
    isOneOf(query.verb, entry.verb) &&
    is(query.tenantId, entry.tenantId) &&
    is(query.pbxId, entry.pbxId) &&
    is(query.userId, entry.userId) &&
    is(query.importId, entry.importId) &&
    (query.from === undefined || entry.at >= query.from) &&
    (query.to === undefined || entry.at < query.to) &&
    (q === undefined || holds(entry, q))
  );
}

function holds({ sentence, userName, pbxName }: Entry, text: string): boolean {
  const needle = text.toLowerCase();
  return [sentence, userName, pbxName].some((part) => part?.toLowerCase().includes(needle));
}

/** Is anything filtered away? */
export function isFiltered({ entry, group, ...filters }: ActivitySearch): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}
