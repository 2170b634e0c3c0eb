import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';
import { createMailer, type Mailer } from '../../src/mail/mailer.ts';
import { invitationMail } from '../../src/mail/messages.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

interface Got {
  readonly to: string[];
  readonly login: string | undefined;
  readonly text: string;
}

async function startSmtp(options: SMTPServerOptions = {}): Promise<{ port: number; got: Got[] }> {
  const got: Got[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      password === 'canary-smtp-1' ? done(null, { user: username }) : done(new Error('no')),
    onData(stream, session, done) {
      let text = '';
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      stream.on('end', () => {
        got.push({ to: session.envelope.rcptTo.map(({ address }) => address), login: session.user, text });
        done();
      });
    },
    ...options,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  open.push({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  return { port: (server.server.address() as AddressInfo).port, got };
}

function mailerTo(url: string): Mailer {
  const mailer = createMailer({ url: new Secret(url), from: 'Provender <provender@example.com>' });
  open.push(mailer);
  return mailer;
}

describe('the mailer', () => {
  it('sends a mail with the login of the settings', async () => {
    const { port, got } = await startSmtp({ allowInsecureAuth: true });
    const mailer = mailerTo(`smtp://mail%40user:canary-smtp-1@127.0.0.1:${port}`);
    const link = 'https://provender.example.com/invitation#token=abc';
    expect(await mailer.send(invitationMail('grace@example.com', 'ann@example.com', link, 72))).toEqual({ ok: true });
    expect(got).toMatchObject([{ to: ['grace@example.com'], login: 'mail@user' }]);
    expect(got[0]?.text.replaceAll('=\r\n', '')).toContain(link.replaceAll('=', '=3D').slice(0, 40));
    expect(got[0]?.text).toMatch(/^From: Provender <provender@example.com>/m);
  });

  it('lets no name or address bring in another header or reader', async () => {
    const { port, got } = await startSmtp();
    const mailer = mailerTo(`smtp://127.0.0.1:${port}`);
    await mailer.send({ to: 'a@example.com', subject: 'Hello\r\nBcc: evil@example.net', text: 'x' });
    expect(await mailer.send({ to: 'a@example.com, evil@example.net', subject: 'x', text: 'x' })).toMatchObject({
      ok: false,
    });
    expect(got.flatMap(({ to }) => to)).toEqual(['a@example.com']);
    expect(got[0]?.text).not.toMatch(/^Bcc:/m);
  });

  it('says as a value why a mail did not go, without login and text', async () => {
    const { port } = await startSmtp({
      allowInsecureAuth: true,
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('gone') ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null),
    });
    const refused = await mailerTo(`smtp://127.0.0.1:${port}`).send({
      to: 'gone@example.com',
      subject: 's',
      text: 't',
    });
    expect(refused).toEqual({ ok: false, kind: 'refused', reason: 'the mail server says EENVELOPE 550' });
    const wrong = await mailerTo(`smtp://u:canary-smtp-2@127.0.0.1:${port}`).send({
      to: 'a@example.com',
      subject: 's',
      text: 'canary-text',
    });
    expect(wrong).toMatchObject({ ok: false, kind: 'later' });
    expect(JSON.stringify(wrong)).not.toMatch(/canary/);
    expect(await mailerTo('smtp://127.0.0.1:1').send({ to: 'a@example.com', subject: 's', text: 't' })).toMatchObject({
      ok: false,
      kind: 'later',
    });
  });
});
