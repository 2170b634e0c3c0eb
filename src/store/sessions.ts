// Sessions in the database: the store behind express-session, and what else is done to them. The cookie's id is kept as
// its SHA-256 only: who reads the table can take over nobody's session.
import { createHash } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import { and, eq, gt, ne, sql } from 'drizzle-orm';
import session, { type SessionData, type Store } from 'express-session';
import type { Database, Db, Tx } from './database.ts';
import { type SessionRecord, sessions } from './schema.ts';

/** Without a request for so long, a session ends; unless its member asked to be remembered. */
export const IDLE_SECONDS = 2 * 3600;
/** Whatever happens, a session ends after this. */
export const LIFE_SECONDS = 12 * 3600;
export const REMEMBERED_SECONDS = 30 * 24 * 3600;
/** How far the end of a session is moved at least: not every request writes. */
const TOUCH_SECONDS = 60;

/** What the table has of a cookie's id. */
export function keyOfSession(sid: string): string {
  return createHash('sha256').update(sid).digest('base64url');
}

type Done = (error?: unknown) => void;

function settle(work: Promise<unknown>, done: Done = () => undefined): void {
  work.then(() => done(), done);
}

function expiryOf(data: SessionData): Date {
  const { expires } = data.cookie;
  return expires instanceof Date ? expires : new Date(Date.now() + IDLE_SECONDS * 1000);
}

/** Uses our pool; expired rows are thrown away by housekeeping. */
export function createSessionStore(database: Database): Store {
  const client = {
    any: (text: string, values: never[]) => database.sql.unsafe(text, values, { prepare: true }),
  };
  class HashingStore extends connectPgSimple(session) {
    override get(sid: string, done: (error: unknown, data?: SessionData | null) => void): void {
      super.get(keyOfSession(sid), done);
    }

    /**
     * A session that was stored before is changed and never made again: a request that was under way while its session
     * was ended would bring it back.
     */
    override set(sid: string, data: SessionData, done?: Done): void {
      if (data.kept !== true) {
        super.set(keyOfSession(sid), { ...data, kept: true }, done);
        return;
      }
      const change = { sess: data as unknown as SessionRecord, expire: expiryOf(data) };
      settle(
        database.db
          .update(sessions)
          .set(change)
          .where(eq(sessions.sid, keyOfSession(sid))),
        done,
      );
    }

    override destroy(sid: string, done?: Done): void {
      super.destroy(keyOfSession(sid), done);
    }

    override touch(sid: string, data: SessionData, done?: Done): void {
      const expire = expiryOf(data);
      const worthIt = sql`${sessions.expire} < ${expire}::timestamptz - make_interval(secs => ${TOUCH_SECONDS})`;
      settle(
        database.db
          .update(sessions)
          .set({ expire })
          .where(and(eq(sessions.sid, keyOfSession(sid)), worthIt)),
        done,
      );
    }
  }
  return new HashingStore({ pgPromise: client, tableName: 'sessions', ttl: IDLE_SECONDS, pruneSessionInterval: false });
}

export interface SessionView {
  readonly id: string;
  readonly signedInAt: Date;
  /** To the minute. */
  readonly lastSeenAt: Date;
  readonly remember: boolean;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly isOwn: boolean;
}

/** Newest first. @param sid of the session that asks */
export async function listSessions(db: Db | Tx, memberId: string, sid: string): Promise<SessionView[]> {
  const rows = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.memberId, memberId), gt(sessions.expire, sql`now()`)));
  const own = keyOfSession(sid);
  return rows
    .map(({ id, sess, expire, ...row }) => {
      const idle = sess.remember === true ? REMEMBERED_SECONDS : IDLE_SECONDS;
      return {
        id,
        signedInAt: new Date(sess.signedInAt ?? 0),
        lastSeenAt: new Date(expire.getTime() - idle * 1000),
        remember: sess.remember === true,
        ip: sess.ip ?? null,
        userAgent: sess.userAgent ?? null,
        isOwn: row.sid === own,
      };
    })
    .sort((a, b) => b.signedInAt.getTime() - a.signedInAt.getTime());
}

/** False: the member has no such session. */
export async function endSessionOf(db: Db | Tx, memberId: string, id: string): Promise<boolean> {
  const rows = await db
    .delete(sessions)
    .where(and(eq(sessions.memberId, memberId), eq(sessions.id, id)))
    .returning({ id: sessions.id });
  return rows.length > 0;
}

/** @param except the id of the cookie whose session stays @returns how many were ended */
export async function endSessionsOf(db: Db | Tx, memberId: string, except?: string): Promise<number> {
  const others = except === undefined ? undefined : ne(sessions.sid, keyOfSession(except));
  const rows = await db
    .delete(sessions)
    .where(and(eq(sessions.memberId, memberId), others))
    .returning({ id: sessions.id });
  return rows.length;
}
