// What people hand us to be written as a phone's file: lines, settings, the whole phone. JSON at the door; knows no vendor.
import { z } from 'zod';
import type { ToWrite } from '../../vendors/translate.ts';

const text = z.string().nullable().default(null);
const transport = z.enum(['udp', 'tcp', 'tls', 'dns-naptr', 'dns-srv']);
const port = z.int().min(1).max(65_535).nullable().default(null);
const hostPort = z.strictObject({ host: z.string().min(1), port, transport: transport.optional() });

export const writtenLine = z.strictObject({
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
export const writtenSetting = z.discriminatedUnion(
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

export const writtenConfig = z.strictObject({
  lines: z.array(writtenLine).min(1),
  settings: z.array(writtenSetting).optional(),
  phone: phone.optional(),
  access: z.record(z.string(), access).optional(),
});
