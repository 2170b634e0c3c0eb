// E-mails to the admins of a PBX: login refused, certificate ending, import finished. One per incident, since the feed has
// one entry per incident. Knows no SQL.
import type { Logger } from '../log.ts';
import { type Database, isDatabaseGone } from '../store/database.ts';
import { claimMailNotice, delayMailNotice, endMailNotice, findAdmins, type MailNotice } from '../store/mail-notices.ts';
import type { Mailer } from './mailer.ts';
import { noticeMail } from './messages.ts';

export interface NoticeTools {
  readonly database: Database;
  readonly mailer: Mailer;
  readonly log: Logger;
}

const FIRST_DELAY_SECONDS = 60;
const MOST_DELAY_SECONDS = 3600;

/** Sends what is due, until nothing is. */
export async function sendNotices(tools: NoticeTools): Promise<void> {
  for (;;) {
    const notice = await claimMailNotice(tools.database);
    if (notice === null) return;
    await sendNotice(notice, tools);
  }
}

async function sendNotice(notice: MailNotice, { database, mailer, log }: NoticeTools): Promise<void> {
  const readers = await findAdmins(database.db, notice);
  let sent = 0;
  for (const to of readers) {
    const outcome = await mailer.send(noticeMail(to, notice));
    if (outcome.ok) sent += 1;
    else if (outcome.kind === 'later' && sent === 0) {
      // It is the server that is away, not this reader.
      log.warn({ notice: notice.event, reason: outcome.reason }, 'a notice could not be mailed; trying again');
      const delay = Math.min(MOST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** Math.min(10, notice.attempt - 1));
      await delayMailNotice(database.db, notice.id, delay);
      return;
    } else log.warn({ notice: notice.event, reason: outcome.reason }, 'a notice was not mailed to one of its readers');
  }
  await endMailNotice(database.db, notice.id);
}

const LOOK_MS = 5000;

/** Looks every five seconds whether something is to be mailed, until stopped. */
export function startNotices(tools: NoticeTools): { stop(): Promise<void> } {
  let running: Promise<void> | null = null;
  const look = () => {
    running ??= sendNotices(tools)
      .catch((error: unknown) => {
        if (isDatabaseGone(error)) tools.log.warn({ what: 'notices' }, 'the database cannot be asked; trying again');
        else tools.log.error({ err: error }, 'mailing notices broke off');
      })
      .finally(() => {
        running = null;
      });
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
