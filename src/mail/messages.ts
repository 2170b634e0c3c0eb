// What mails say. Names that somebody chose stand in the text, never in a link.
import type { WebhookEvent } from '../webhooks/events.ts';
import type { Mail } from './mailer.ts';

export function invitationMail(to: string, inviter: string, link: string, hours: number): Mail {
  return {
    to,
    subject: 'You are invited to Provender',
    text: `${inviter} has invited you to Provender.

Open this link to choose a password. It works once, for ${hours} hours:

${link}

If you did not expect this, ignore it: nothing happens without you.
`,
  };
}

export function resetMail(to: string, link: string, hours: number): Mail {
  return {
    to,
    subject: 'A new password for Provender',
    text: `Somebody asked for a new password for your account at Provender.

If it was you, open this link. It works once, for ${hours === 1 ? 'one hour' : `${hours} hours`}:

${link}

If it was not you, ignore this: your password stays as it is.
`,
  };
}

export function passwordChangedMail(to: string): Mail {
  return {
    to,
    subject: 'Your password for Provender was changed',
    text: `The password of your account at Provender was changed, and all other sessions were ended.

If it was not you, ask your administrator for a new link at once.
`,
  };
}

const NOTICE_SUBJECTS: Readonly<Partial<Record<WebhookEvent, string>>> = {
  'pbx.blocked': 'refuses the login',
  'certificate.expiring': 'a certificate ends',
  'import.finished': 'an import is finished',
};

/** To an admin of a PBX: what the feed says of it. */
export function noticeMail(to: string, notice: Notice): Mail {
  const what = NOTICE_SUBJECTS[notice.event] ?? notice.event;
  const pbx = notice.pbxName === null ? '' : `${notice.pbxName}: `;
  return {
    to,
    subject: `Provender: ${pbx}${what}`,
    text: `${pbx}${notice.sentence}
${notice.nextAction === null ? '' : `\nWhat to do: ${notice.nextAction}\n`}
You get this mail since you look after this PBX in Provender.
`,
  };
}

interface Notice {
  readonly event: WebhookEvent;
  readonly pbxName: string | null;
  readonly sentence: string;
  readonly nextAction: string | null;
}
