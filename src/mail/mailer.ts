// Mail out, by SMTP. Plain text, one reader per mail. Knows no account and no database; what mails say is in messages.ts.
import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import type { Secret } from '../../fetchers/secret.ts';

export interface Mail {
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** `refused`: the server does not take this mail or this reader, another try will not help. */
export type MailOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly kind: 'refused' | 'later'; readonly reason: string };

export interface Mailer {
  /** Never throws for a server that is away or says no. */
  send(mail: Mail): Promise<MailOutcome>;
  close(): void;
}

export interface MailSettings {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://...` (TLS from the beginning). */
  readonly url: Secret;
  /** `Provender <provender@example.com>` */
  readonly from: string;
}

/** Another line in a header would be another header. */
const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

export function createMailer({ url, from }: MailSettings): Mailer {
  const { protocol, hostname, port, username, password } = new URL(url.reveal());
  const host = hostname.replace(/^\[|\]$/g, '');
  const secure = protocol === 'smtps:';
  const transport = createTransport({
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    // Otherwise anybody on the way could take STARTTLS out of the answer and read login and links.
    requireTLS: !secure && !isThisMachine(host),
    ...(!secure && isThisMachine(host) && { ignoreTLS: true }),
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, subject, text }) {
      try {
        await transport.sendMail({ from, to: { name: '', address: oneLine(to) }, subject: oneLine(subject), text });
        return { ok: true };
      } catch (error) {
        return asOutcome(error);
      }
    },
    close: () => transport.close(),
  };
}

/** nodemailer's errors carry the mail and the command, and the command the login: only code and status go on. */
function asOutcome(error: unknown): MailOutcome {
  const { code = 'UNKNOWN', responseCode } = error as { code?: string; responseCode?: number };
  const status = responseCode === undefined ? '' : ` ${responseCode}`;
  const refused = responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH';
  return { ok: false, kind: refused ? 'refused' : 'later', reason: `the mail server says ${code}${status}` };
}
