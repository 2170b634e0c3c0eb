// provender render and provender convert: a vendor's files out of lines, or out of another vendor's file. Asks nobody.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { convertConfig } from '../../vendors/convert.ts';
import { findMacInName, parseMac } from '../../vendors/mac.ts';
import { MASK } from '../../vendors/mask.ts';
import type { VendorId } from '../../vendors/model.ts';
import { readConfig } from '../../vendors/read.ts';
import type { ToWrite } from '../../vendors/translate.ts';
import { type WriteResult, writeConfig } from '../../vendors/write.ts';
import { CommandFailure, type ExitCode, flag, type Given, type Io, textOption, UsageError } from './command.ts';
import { readConfigFile, readKeys, vendorOption } from './config-file.ts';
import { visible } from './text-table.ts';

const text = z.string().nullable().default(null);
const transport = z.enum(['udp', 'tcp', 'tls', 'dns-naptr', 'dns-srv']);
const port = z.int().min(1).max(65_535).nullable().default(null);
const hostPort = z.strictObject({ host: z.string().min(1), port, transport: transport.optional() });

const line = z.strictObject({
  line: z.int().min(1),
  enabled: z.boolean().nullable().default(true),
  userName: text,
  authName: text,
  password: text,
  displayName: text,
  label: text,
  registrar: z
    .strictObject({ host: text, port, transport: transport.nullable().default(null) })
    .nullable()
    .default(null),
  outboundProxy: hostPort.nullable().default(null),
  backup: hostPort.nullable().default(null),
  backupOutboundProxy: hostPort.optional(),
  expiresSeconds: z.int().min(1).nullable().default(null),
  port: z.string().optional(),
  ha1: z.string().optional(),
  ha1Realm: z.string().optional(),
  ha1Algorithm: z.string().optional(),
});

const access = z.enum(['open', 'default', 'locked']);
const settingValue = {
  srtp: z.enum(['off', 'optional', 'required']),
  dtmf: z.enum(['inband', 'rfc2833', 'info', 'rfc2833+info']),
  dtmfInfo: z.enum(['dtmf-relay', 'dtmf', 'telephone-event']),
  codecs: z.array(z.string()).min(1),
  voiceMailbox: z.string().min(1),
  keepAlive: z.enum(['off', 'packets', 'options', 'notify']),
  keepAliveSeconds: z.int().min(1),
  nat: z.enum(['off', 'stun', 'manual']),
  rport: z.boolean(),
};
const setting = z.discriminatedUnion(
  'name',
  Object.entries(settingValue).map(([name, value]) =>
    z.strictObject({
      line: z.int().min(1),
      name: z.literal(name),
      value,
      key: z.string().default(''),
      access: access.optional(),
    }),
  ) as never,
) as unknown as z.ZodType<NonNullable<ToWrite['settings']>[number]>;

const url = z.string().min(1);
const phone = z.strictObject({
  language: z.string().optional(),
  timeZone: z.string().optional(),
  ntpServer: z.string().optional(),
  clock24Hours: z.boolean().optional(),
  adminName: z.string().optional(),
  adminPassword: z.string().optional(),
  userPassword: z.string().optional(),
  vlanId: z.int().min(1).max(4094).optional(),
  vlanPriority: z.int().min(0).max(7).optional(),
  pcVlanId: z.int().min(1).max(4094).optional(),
  provisioningUrl: url.optional(),
  provisioningUserName: z.string().optional(),
  provisioningPassword: z.string().optional(),
  pollingMinutes: z.int().min(1).optional(),
  dhcpProvisioning: z.boolean().optional(),
  pnpProvisioning: z.boolean().optional(),
  redirectProvisioning: z.boolean().optional(),
  firmwareUrl: url.optional(),
  phoneBookUrl: url.optional(),
  phoneBookName: z.string().optional(),
  languageFileUrl: url.optional(),
  toneFileUrl: url.optional(),
  logoUrl: url.optional(),
  dialPlan: z.string().optional(),
  numberReplacements: z.array(z.strictObject({ match: z.string(), replace: z.string() })).optional(),
  trustedCertificates: z.array(z.string()).optional(),
  functionKeys: z
    .array(
      z.strictObject({
        key: z.int().min(1),
        module: z.int().min(0).default(0),
        type: z.enum(['line', 'blf', 'speedDial', 'park']),
        line: z.int().min(1).nullable().default(null),
        value: text,
        label: text,
      }),
    )
    .optional(),
});

const config = z.strictObject({
  lines: z.array(line).min(1),
  settings: z.array(setting).optional(),
  phone: phone.optional(),
  access: z.record(z.string(), access).optional(),
});

/** What parse --json prints may be rendered as it is: the first file with lines, whose other members are left alone. */
const parsedFile = z.looseObject({ lines: z.array(line).min(1), settings: z.array(setting).optional() });

async function readLines(path: string): Promise<ToWrite> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message;
    throw new CommandFailure(`${path} cannot be read: ${why}.`);
  }
  const list = Array.isArray(json) ? json : [json];
  const found = list.find((item) => typeof item === 'object' && item !== null && Array.isArray(item.lines));
  const result = found === undefined ? config.safeParse({ lines: json }) : schemaOf(found).safeParse(found);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new CommandFailure(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}.`);
  }
  const { lines, settings, ...rest } = result.data as ToWrite & { file?: unknown };
  if (lines.some(({ password, ha1 }) => password === MASK || ha1 === MASK)) {
    throw new CommandFailure(`${path}: its passwords are dots. Make it with parse --json --show-secrets.`);
  }
  const own = 'vendor' in rest ? {} : { phone: rest.phone, access: rest.access };
  return { lines, ...(settings && { settings }), ...own } as ToWrite;
}

function schemaOf(found: object): typeof config | typeof parsedFile {
  return 'vendor' in found ? parsedFile : config;
}

/** The files on stdout: all of them as JSON, otherwise the one with the lines in it, and the names of the others. */
function show(vendor: VendorId, result: WriteResult, given: Given, io: Io): ExitCode {
  if (!result.ok) {
    io.stderr.write(`${visible(result.message)}\n`);
    return 1;
  }
  const { files, warnings } = result;
  if (flag(given, 'json')) {
    io.stdout.write(`${JSON.stringify({ vendor, files, warnings }, null, 2)}\n`);
    return 0;
  }
  const hasLines = ({ name, text }: { name: string; text: string }): boolean => {
    const read = readConfig([{ name, bytes: Buffer.from(text) }], { vendor });
    return read.kind === 'config' && read.reading.lines.length > 0;
  };
  const main = files.length === 1 ? files[0] : (files.find(hasLines) ?? files[0]);
  io.stdout.write(main.text);
  const others = files.filter((file) => file !== main).map(({ name }) => name);
  if (others.length > 0) {
    io.stderr.write(`This is ${main.name}; with --json there is also ${others.join(', ')}.\n`);
  }
  for (const warning of warnings) io.stderr.write(`warning: ${visible(warning)}\n`);
  return 0;
}

export async function render(given: Given, io: Io): Promise<ExitCode> {
  const vendor = vendorOption(given, 'vendor');
  if (vendor === undefined) throw new UsageError('--vendor is missing: whose file to write.');
  const linesFile = textOption(given, 'lines');
  if (linesFile === undefined) throw new UsageError('--lines is missing: a JSON file with the lines.');
  const macText = textOption(given, 'mac');
  if (macText === undefined) throw new UsageError('--mac is missing: the MAC of the phone.');
  const mac = parseMac(macText);
  if (!mac.ok) throw new UsageError(`--mac: ${mac.message}`);
  const model = textOption(given, 'model') ?? null;
  const result = writeConfig(vendor, await readLines(linesFile), { mac: mac.mac, model });
  return show(vendor, result, given, io);
}

export async function convert(given: Given, io: Io): Promise<ExitCode> {
  const [path, ...more] = given.positionals;
  if (path === undefined || more.length > 0) throw new UsageError('convert needs exactly one FILE.');
  const to = vendorOption(given, 'to');
  if (to === undefined) throw new UsageError('--to is missing: whose file to write.');
  const file = await readConfigFile(path);
  if ('error' in file) throw new CommandFailure(`${path}: ${file.error.code}: ${file.error.message}`);
  const read = readConfig([{ name: basename(path), bytes: file.bytes }], {
    vendor: vendorOption(given, 'vendor'),
    keys: await readKeys(given),
  });
  if (read.kind === 'not-config') throw new CommandFailure(`${path}: ${read.reason}: ${read.message}`);
  const { reading } = read;
  if (reading.lines.length === 0) {
    const named = reading.includes.length === 0 ? '' : ` It names other files: ${reading.includes.join(', ')}.`;
    throw new CommandFailure(`${path}: there is no line in it.${named}`);
  }
  const mac = findMacInName(basename(path)) ?? undefined;
  const model = textOption(given, 'model') ?? null;
  return show(to, convertConfig(reading, to, { model, ...(mac !== undefined && { mac }) }), given, io);
}
