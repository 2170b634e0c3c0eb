// What users sign in with, opened: for the few that may see it, each of whom the caller leaves in the audit. Page by page.
import { type SQL, sql } from 'drizzle-orm';
import type { Line } from '../../vendors/model.ts';
import type { HarvestedContent } from '../sync/outcome.ts';
import type { Db, Tx } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { secretPlace, type UserSecret } from './new-users.ts';
import { linesPlace, USERS_FROM, type UserFilter, userConditions } from './users.ts';

/** A SIP account, as a phone or an SBC needs it. Holds secrets. */
export interface SipAccount extends Omit<Line, 'line' | 'enabled' | 'label' | 'port'> {
  /** `harvested`: from the PBX's file. `typed`: by hand, where nothing is harvested. */
  readonly source: 'harvested' | 'typed';
  readonly line: number | null;
  readonly label: string | null;
  /** When it was harvested. */
  readonly at: string | null;
}

export interface UserCredentials {
  readonly userId: string;
  readonly tenantId: string;
  readonly pbxId: string;
  readonly pbxName: string;
  readonly name: string | null;
  readonly teamsUserId: string | null;
  readonly sipUserId: string | null;
  readonly mac: string | null;
  readonly did: string | null;
  readonly status: string;
  /** Null: nothing is harvested, and nothing was typed. */
  readonly account: SipAccount | null;
}

/** What a user has beside its SIP account. Holds secrets. */
export interface FurtherSecrets {
  readonly provUsername: string | null;
  readonly provPassword: string | null;
  readonly portalLoginName: string | null;
  readonly portalLoginPassword: string | null;
}

interface Row extends Omit<UserCredentials, 'account'> {
  readonly version: number | null;
  readonly at: Date | null;
  readonly content: string | null;
  readonly sipAuthId: string | null;
  readonly sip: string | null;
  readonly provUsername: string | null;
  readonly prov: string | null;
  readonly portalLoginName: string | null;
  readonly portal: string | null;
}

const PAGE = 500;

const COLUMNS = sql`u.id as "userId", u.tenant_id as "tenantId", u.pbx_id as "pbxId", p.name as "pbxName", u.name,
  u.teams_user_id as "teamsUserId", u.sip_user_id as "sipUserId", u.mac, u.did, u.status, u.lines_version as version,
  h.at, h.content_sealed as content, u.sip_auth_id as "sipAuthId", u.sip_password_sealed as sip,
  u.prov_username as "provUsername", u.prov_password_sealed as prov, u.portal_login_name as "portalLoginName",
  u.portal_login_password_sealed as portal`;

async function readRows(db: Db | Tx, where: SQL): Promise<readonly Row[]> {
  const rows = await db.execute<Record<string, unknown>>(sql`
    select ${COLUMNS} ${USERS_FROM} left join harvested_lines h on h.user_id = u.id and h.version = u.lines_version
    where ${where}`);
  return rows as unknown as Row[];
}

function secretOf(ring: KeyRing, row: Row, sealed: string | null, column: UserSecret): string | null {
  return sealed === null ? null : ring.unseal(sealed, secretPlace(row.tenantId, row.userId, column)).reveal();
}

function accountOf(ring: KeyRing, row: Row): SipAccount | null {
  if (row.content !== null && row.version !== null) {
    const place = linesPlace(row.tenantId, row.userId, row.version);
    const content = JSON.parse(ring.unseal(row.content, place).reveal()) as HarvestedContent;
    const chosen = content.lines.find((line) => line.line === content.line);
    if (chosen !== undefined) {
      const { enabled: _, ...account } = chosen;
      return { ...account, source: 'harvested', at: row.at?.toISOString() ?? null };
    }
  }
  const password = secretOf(ring, row, row.sip, 'sip_password');
  if (password === null) return null;
  return {
    source: 'typed',
    line: null,
    at: null,
    userName: row.sipUserId,
    authName: row.sipAuthId,
    password,
    displayName: row.name,
    label: null,
    registrar: null,
    outboundProxy: null,
    backup: null,
    expiresSeconds: null,
  };
}

function credentialsOf(ring: KeyRing, row: Row): UserCredentials {
  const { version: _, at: __, content: ___, sip: ____, prov: _____, portal: ______, ...rest } = row;
  const { sipAuthId: _a, provUsername: _b, portalLoginName: _c, ...user } = rest;
  return { ...user, account: accountOf(ring, row) };
}

/** All that match, in the order of creation; one page is held at a time. @throws SealError for a value that does not open */
export async function* readCredentials(
  db: Db,
  ring: KeyRing,
  filter: UserFilter,
): AsyncGenerator<readonly UserCredentials[]> {
  for (let beyond = sql`true`; ; ) {
    const rows = await readRows(db, sql`${userConditions(filter)} and ${beyond} order by u.id limit ${PAGE}`);
    if (rows.length > 0) yield rows.map((row) => credentialsOf(ring, row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    beyond = sql`u.id > ${last.userId}::uuid`;
  }
}

/** Of a user that the caller has found within reach. Null: it is gone. */
export async function readUserCredentials(
  db: Db | Tx,
  ring: KeyRing,
  userId: string,
): Promise<(UserCredentials & FurtherSecrets) | null> {
  const [row] = await readRows(db, sql`u.id = ${userId}`);
  if (row === undefined) return null;
  return {
    ...credentialsOf(ring, row),
    provUsername: row.provUsername,
    provPassword: secretOf(ring, row, row.prov, 'prov_password'),
    portalLoginName: row.portalLoginName,
    portalLoginPassword: secretOf(ring, row, row.portal, 'portal_login_password'),
  };
}
