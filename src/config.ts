// The settings of the program: environment and command line in, one frozen object out. The only reader of process.env.
import { join, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { OutboundMode } from '../fetchers/guard.ts';
import { Secret } from '../fetchers/secret.ts';
import type { MailSettings } from './mail/mailer.ts';
import type { KeySource } from './store/key-source.ts';

export interface Config {
  /** Null: the embedded PostgreSQL in dataDir. */
  readonly databaseUrl: Secret | null;
  readonly dataDir: string;
  readonly keySource: KeySource;
  /** Which addresses PBXs may have (fetchers/guard.ts). */
  readonly outboundMode: OutboundMode;
  /** From where PBXs are asked, as they see it (addresses or CIDR): only told to their owners. */
  readonly outboundAddresses: readonly string[];
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly host: string;
  readonly port: number;
  /** How people reach it, such as `https://provender.example.com`, without a path; null: nobody said. */
  readonly publicUrl: URL | null;
  /** Addresses (CIDR) of the proxies before it: what they say about who asks is believed. */
  readonly trustProxy: readonly string[];
  /** The first owner, made at the first start; null: by the link that is printed. */
  readonly firstOwner: { readonly email: string; readonly passwordFile: string } | null;
  /** Null: no mail is sent. */
  readonly mail: MailSettings | null;
  readonly activityRetentionDays: number;
  /** Bytes of one upload, decoded, and its rows. */
  readonly uploadLimits: { readonly bytes: number; readonly rows: number };
}

/** What the command line says; it wins over the environment. */
export interface Overrides {
  readonly dataDir?: string;
  readonly host?: string;
  readonly port?: number | string;
  readonly outboundMode?: OutboundMode;
  readonly logLevel?: string;
}

/** Names every setting that is wrong, and what it must be. Values are not repeated: one of them may be a password. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join(' '));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const whole = (least: number, most: number) =>
  z.coerce
    .number(`must be a whole number from ${least} to ${most}.`)
    .int(`must be a whole number from ${least} to ${most}.`)
    .min(least, `must be at least ${least}.`)
    .max(most, `must be at most ${most}.`);

const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}.`);

const databaseAddress = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
    'must look like postgres://user:password@host:5432/name; special characters in the password must be percent-encoded.',
  )
  .transform((text) => new Secret(text));

const publicAddress = z
  .string()
  .refine(
    (text) => /^https?:\/\/[^/?#@]+\/?$/i.test(text) && URL.canParse(text),
    'must look like https://provender.example.com, without a path.',
  )
  .transform((text) => new URL(text));

const isNetwork = (text: string) => ipaddr.isValid(text) || ipaddr.isValidCIDR(text);

const networks = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''))
  .refine(
    (parts) => parts.every(isNetwork),
    'must be addresses or CIDR ranges such as 10.0.0.0/8, with commas between.',
  );

const mailAddress = z
  .string()
  .refine((text) => /^smtps?:\/\//.test(text) && URL.canParse(text), {
    message: 'must look like smtps://user:password@host; special characters in the password must be percent-encoded.',
  })
  .transform((text) => new Secret(text));

/** Program and arguments as a JSON array: no shell, so nothing to quote. */
function readArguments(text: string, context: z.RefinementCtx): [string, ...string[]] {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    said = null;
  }
  const read = z.tuple([z.string().min(1)], z.string()).safeParse(said);
  if (read.success) return read.data;
  context.addIssue({
    code: 'custom',
    message:
      'must be a JSON array of a program and its arguments, such as ["/usr/bin/vault", "read", "-field=key", "secret/provender"].',
  });
  return z.NEVER;
}

const settings = z.object({
  DATABASE_URL: databaseAddress.optional(),
  PROVENDER_DATA: z.string().default('./data'),
  PROVENDER_KEY_FILE: z.string().optional(),
  PROVENDER_KEY: z
    .string()
    .transform((text) => new Secret(text))
    .optional(),
  PROVENDER_KEY_COMMAND: z.string().transform(readArguments).optional(),
  PROVENDER_OUTBOUND: choice(['public', 'onprem', 'local']).default('public'),
  PROVENDER_OUTBOUND_ADDRESSES: networks.default([]),
  PROVENDER_LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  PROVENDER_HOST: z.string().default('127.0.0.1'),
  PROVENDER_PORT: whole(0, 65_535).default(8080),
  PROVENDER_PUBLIC_URL: publicAddress.optional(),
  PROVENDER_TRUST_PROXY: networks.default([]),
  PROVENDER_SMTP_URL: mailAddress.optional(),
  PROVENDER_MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]*@[^\r\n]*$/, 'must be a mail address, or Name <address>.')
    .optional(),
  PROVENDER_ADMIN_EMAIL: z.string().trim().optional(),
  PROVENDER_ADMIN_PASSWORD_FILE: z.string().optional(),
  PROVENDER_ACTIVITY_DAYS: whole(1, 3650).default(90),
  PROVENDER_IMPORT_MIB: whole(1, 1024).default(64),
  PROVENDER_IMPORT_ROWS: whole(1, 10_000_000).default(500_000),
});

/** Which setting each command-line option stands for. */
const OPTION_OF: Readonly<Record<string, string>> = {
  PROVENDER_DATA: '--data',
  PROVENDER_HOST: '--host',
  PROVENDER_PORT: '--port',
};

/** @throws ConfigError */
export function readConfig(overrides: Overrides = {}, env: NodeJS.ProcessEnv = process.env): Config {
  const said: Record<string, unknown> = {
    PROVENDER_DATA: overrides.dataDir,
    PROVENDER_HOST: overrides.host,
    PROVENDER_PORT: overrides.port,
    PROVENDER_OUTBOUND: overrides.outboundMode,
    PROVENDER_LOG_LEVEL: overrides.logLevel,
  };
  // An empty variable is an unset one: that is how compose files and service units leave things out.
  const given = Object.fromEntries(
    Object.keys(settings.shape)
      .map((name) => [name, said[name] ?? env[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const read = settings.safeParse(given);
  if (!read.success) {
    throw new ConfigError(
      read.error.issues.map((issue) => {
        const name = String(issue.path[0]);
        return `${said[name] === undefined ? name : (OPTION_OF[name] ?? name)} ${issue.message}`;
      }),
    );
  }
  const values = read.data;
  const dataDir = resolve(values.PROVENDER_DATA);
  const mail = mailSettings(values);
  return Object.freeze({
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir,
    keySource: keySourceOf(values, dataDir),
    outboundMode: values.PROVENDER_OUTBOUND,
    outboundAddresses: values.PROVENDER_OUTBOUND_ADDRESSES,
    logLevel: values.PROVENDER_LOG_LEVEL,
    host: values.PROVENDER_HOST,
    port: values.PROVENDER_PORT,
    publicUrl: values.PROVENDER_PUBLIC_URL ?? null,
    trustProxy: values.PROVENDER_TRUST_PROXY,
    firstOwner: firstOwnerSettings(values),
    mail,
    activityRetentionDays: values.PROVENDER_ACTIVITY_DAYS,
    uploadLimits: { bytes: values.PROVENDER_IMPORT_MIB * 1024 * 1024, rows: values.PROVENDER_IMPORT_ROWS },
  });
}

/** @throws ConfigError when it is said in two ways */
function keySourceOf(values: z.output<typeof settings>, dataDir: string): KeySource {
  const { PROVENDER_KEY: keys, PROVENDER_KEY_COMMAND: command, PROVENDER_KEY_FILE: file } = values;
  const said = ['PROVENDER_KEY_FILE', 'PROVENDER_KEY', 'PROVENDER_KEY_COMMAND'] as const;
  const given = said.filter((name) => values[name] !== undefined);
  if (given.length > 1) throw new ConfigError([`${given.join(' and ')} are given: the key comes from one of them.`]);
  if (keys !== undefined) return { keys };
  if (command !== undefined) return { command };
  return { file: file === undefined ? join(dataDir, 'master.key') : resolve(file) };
}

/** @throws ConfigError when only one of the two is set. */
function firstOwnerSettings(values: z.output<typeof settings>): Config['firstOwner'] {
  const { PROVENDER_ADMIN_EMAIL: email, PROVENDER_ADMIN_PASSWORD_FILE: passwordFile } = values;
  if (email === undefined && passwordFile === undefined) return null;
  if (email === undefined || passwordFile === undefined) {
    throw new ConfigError(['PROVENDER_ADMIN_EMAIL and PROVENDER_ADMIN_PASSWORD_FILE go together.']);
  }
  return { email, passwordFile: resolve(passwordFile) };
}

/** @throws ConfigError when mails could be sent, but neither say who sends them nor hold links. */
function mailSettings(values: z.output<typeof settings>): MailSettings | null {
  const { PROVENDER_SMTP_URL: url, PROVENDER_MAIL_FROM: from, PROVENDER_PUBLIC_URL: publicUrl } = values;
  if (url === undefined) return null;
  if (from === undefined) throw new ConfigError(['PROVENDER_SMTP_URL needs PROVENDER_MAIL_FROM: who sends the mails.']);
  if (publicUrl === undefined) {
    throw new ConfigError(['PROVENDER_SMTP_URL needs PROVENDER_PUBLIC_URL: mails hold links to it.']);
  }
  return { url, from };
}
