// PBXs: whose provisioning server is asked, how, and how that fares. Passwords and keys are write-only.
import { z } from 'zod';
import { PERSONA_CHOICES } from '../../../vendors/persona.ts';
import { HAND_OVER_FORMATS } from '../../intake/hand-over.ts';
import { lineFields, maskedPassword } from './line.ts';
import { country, id, idParams, operation, time, version } from './operation.ts';
import { pageOf, pageQuery, tenantQuery } from './page.ts';

/** One line of printable text, blanks around it dropped. */
function line(max: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters');
}

const password = z
  .string()
  .min(1)
  .max(512)
  .meta({ format: 'password', writeOnly: true, description: 'Never shown; null removes it.' });

/** Six hex digits in any spelling; stored in lower case. */
const oui = z
  .string()
  .max(20)
  .transform((text) =>
    text
      .trim()
      .replaceAll(/[:.\-\s]/g, '')
      .toLowerCase(),
  )
  .pipe(
    z
      .string()
      .regex(/^[0-9a-f]{6}$/, 'must be six hex digits, such as 00-15-65')
      .regex(/^[0-9a-f][02468ace]/, 'is a multicast prefix: no device has it; the first byte must be even'),
  )
  .meta({
    override: { type: 'string' },
    description: 'First half of the pseudo-MACs that are made; null: they are locally administered.',
    example: '001565',
  });

/** SHA-256 of a certificate in hex, with or without colons; stored in capitals with colons. */
const fingerprint = z
  .string()
  .max(120)
  .transform((text) => text.trim().replaceAll(/[:\s]/g, '').toUpperCase())
  .pipe(z.string().regex(/^[0-9A-F]{64}$/, 'must be a SHA-256 fingerprint: 64 hex digits'))
  .transform((hex) => hex.match(/../g)?.join(':') ?? hex)
  .meta({ override: { type: 'string' }, description: "SHA-256 of the server's certificate; no other is accepted." });

const hostName = z
  .string()
  .trim()
  .max(253)
  .regex(/^(?=.*[A-Za-z0-9])[A-Za-z0-9_.:-]+$/, 'must be a host name or an IP address')
  .meta({ description: "Name that the server's certificate must carry instead of the host of the address." });

/** Exactly scheme, host and port, so that nobody believes a path would count. */
const origin = z
  .string()
  .max(300)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text, {
    message: 'must be scheme, host and port only, such as https://cdn.example.com',
  });

const userAgent = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')
  .meta({
    description: 'Sent as User-Agent; `{mac}` and `{MAC}` stand for the MAC.',
    example: 'Yealink SIP-T46U {mac}',
  });

const persona = {
  vendor: z.enum(PERSONA_CHOICES).meta({
    description: 'The phone that we ask as; `auto`: what the next test-connection finds, kept from then on.',
  }),
  model: line(64).nullable(),
  phoneType: line(64).nullable(),
  firmwareVersion: line(64).nullable(),
  userAgent: userAgent.nullable(),
};

/** What can be set, apart from what is needed at creation only. */
const settings = {
  name: line(100),
  autoProvision: z.boolean().meta({ description: 'Enable SIP Auto Provisioning.' }),
  autoAssignMac: z.boolean().meta({ description: 'Auto Assign UUID: users without a MAC get a pseudo-MAC.' }),
  pseudoMacOui: oui.nullable(),
  provisioningUrl: z.string().trim().min(1).max(2000).nullable().meta({
    description: 'Provisioning Server URL: a directory or a file, with variables such as {mac}; no login in it.',
    example: 'https://pbx.example.com/provision/{mac}.cfg',
  }),
  didField: line(200)
    .regex(/^[^=]*$/, 'is the name of a field, without "=" and value')
    .meta({
      description: 'Provisioning Field for DID: `none`, a role (label, displayName, userName, authName) or a key.',
    }),
  country: country.nullable().meta({ description: 'Completes national numbers.' }),
  lineRule: line(200).meta({ description: '`first`, a line number, or `user:` with the user name of the line.' }),
  username: line(256)
    .nullable()
    .meta({ description: 'Login at the provisioning server; null removes the password too.' }),
  password: password.nullable(),
  fileKey: z.string().min(1).max(8192).nullable().meta({
    description: 'Key of encrypted configuration files: a pass phrase, an AES key or an RSA private key (PEM).',
  }),
  pinSha256: fingerprint.nullable(),
  expectedName: hostName.nullable(),
  legacyTls: z.boolean().meta({ description: 'Also accept TLS 1.0 and weak keys, for this PBX only.' }),
  allowPlainHttp: z.boolean().meta({ description: 'The login may be sent over plain http.' }),
  allowedOrigins: z.array(origin).max(20).meta({ description: 'Other origins from which includes may be fetched.' }),
  resyncHours: z
    .int()
    .min(1)
    .max(24 * 31),
  maxConcurrent: z.int().min(1).max(256),
  maxPerSecond: z.int().min(1).max(1000).nullable().meta({ description: 'Null: as many as the PBX bears.' }),
};

const newPbx = z
  .strictObject({ tenantId: id, ...settings, persona: z.strictObject(persona).partial() })
  .partial()
  .required({ name: true })
  .meta({ id: 'NewPbx' });

const pbxChanges = z
  .strictObject({ ...settings, persona: z.strictObject(persona).partial() })
  .partial()
  .meta({ id: 'PbxChanges' });

export type PbxInput = z.output<typeof pbxChanges>;

const certificate = z
  .object({ subject: z.string(), fingerprint256: z.string(), validTo: time, expired: z.boolean() })
  .meta({ id: 'Certificate' });

const pace = z.object({
  concurrent: z.number().meta({ description: 'Fetches at once.' }),
  perSecond: z.number(),
  latencyMs: z.number().nullable(),
});

export const PBX_STATES = ['ok', 'trouble', 'off'] as const;
const PBX_SORTS = ['name', 'createdAt', 'failedUsers', 'lastSuccessAt'] as const;
export const userCounts = z
  .object({
    total: z.int(),
    off: z.int(),
    waiting: z.int(),
    fetching: z.int(),
    provisioned: z.int(),
    stale: z.int(),
    failed: z.int(),
  })
  .meta({ description: 'Users by provisioning status.' });

const pbx = z
  .object({
    id,
    tenantId: id,
    version,
    name: z.string(),
    autoProvision: z.boolean(),
    autoAssignMac: z.boolean(),
    pseudoMacOui: z.string().nullable(),
    provisioningUrl: z.string().nullable(),
    didField: z.string(),
    country: z.string().nullable(),
    lineRule: z.string(),
    username: z.string().nullable(),
    passwordSet: z.boolean(),
    passwordSetAt: time.nullable(),
    fileKeySet: z.boolean(),
    certificates: z.object({
      ca: z.array(certificate).nullable(),
      client: certificate.nullable(),
    }),
    pinSha256: z.string().nullable(),
    expectedName: z.string().nullable(),
    legacyTls: z.boolean(),
    allowPlainHttp: z.boolean(),
    allowedOrigins: z.array(z.string()),
    persona: z.object({
      vendor: z.string(),
      found: z.string().nullable().meta({ description: 'Of `auto`: what the last test-connection found.' }),
      model: z.string().nullable(),
      phoneType: z.string().nullable(),
      firmwareVersion: z.string().nullable(),
      userAgent: z.string().nullable(),
    }),
    resyncHours: z.int(),
    maxConcurrent: z.int(),
    maxPerSecond: z.int().nullable(),
    users: userCounts,
    run: z.object({
      state: z.enum(PBX_STATES).meta({
        description:
          '`trouble`: the login was refused or it is paused (while it is switched on), or a user of it failed. `off`: switched off, and no trouble.',
      }),
      pausedUntil: time.nullable().meta({ description: 'Not asked before this time.' }),
      pauseCode: z.string().nullable(),
      login: z.enum(['none', 'probing', 'open', 'good', 'refused']).meta({
        description: '`refused`: stopped until the login is changed or Sync is pressed.',
      }),
      refusedInARow: z.int(),
      pace: pace.nullable().meta({ description: 'What the PBX bore.' }),
      lastSuccessAt: time.nullable(),
    }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Pbx' });

export type PbxView = z.input<typeof pbx>;

const pem = z.string().max(100_000);
const certificates = z
  .strictObject({
    caPem: pem.nullable().optional().meta({ description: 'CA certificates (PEM) that the server may be signed by.' }),
    clientCertPem: pem.nullable().optional().meta({ description: 'Client certificate (PEM), its chain after it.' }),
    clientKeyPem: pem.optional().meta({ writeOnly: true, description: 'Its private key (PEM). Never shown.' }),
    clientP12: z.base64().min(1).max(200_000).optional().meta({
      writeOnly: true,
      description: 'PKCS#12 file with client certificate, key and chain, in Base64; instead of the two above.',
    }),
    passphrase: z
      .string()
      .max(512)
      .optional()
      .meta({ writeOnly: true, description: 'Of an encrypted key, or of the PKCS#12 file. It is not kept.' }),
    password: password.nullable().optional(),
  })
  .meta({ id: 'CertificateUpload' });

const userPasswords = z
  .enum(['forget'])
  .optional()
  .meta({ description: 'When the server changes: removes the provisioning passwords that users have of their own.' });

const rawLine = z.int().nullable();

const testLine = z
  .object({
    ...lineFields,
    password: maskedPassword,
    chosen: z.boolean().meta({ description: 'The one that the line rule chooses.' }),
    rawLine: rawLine.meta({ description: 'Where its user name stands in `raw`, from 1.' }),
  })
  .meta({ id: 'TestLine' });

const testStep = z
  .object({
    step: z.string().meta({ example: 'tls' }),
    ok: z.boolean(),
    ms: z.number(),
    text: z.string(),
    detail: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'TestStep' });

const testResult = z
  .object({
    ok: z.boolean(),
    code: z.string().nullable().meta({ description: 'Reason code of the step that failed.' }),
    message: z.string(),
    nextAction: z.string().nullable(),
    mac: z.string(),
    userId: id.nullable(),
    url: z.string().nullable().meta({ description: 'The file that answered, without its query.' }),
    steps: z.array(testStep),
    config: z
      .object({
        vendor: z.string(),
        format: z.string(),
        lines: z.array(testLine),
        settings: z.array(z.object({ line: z.int(), name: z.string(), value: z.unknown(), key: z.string() })),
        fields: z.record(z.string(), z.string()).meta({ description: 'Keys of the file; secrets are dots.' }),
        macs: z.array(z.string()).meta({ description: 'MACs that the file names.' }),
        includes: z.array(z.string()),
      })
      .nullable(),
    did: z
      .object({
        field: z.string().nullable(),
        text: z.string().nullable(),
        did: z.string().nullable(),
        code: z.string().nullable(),
        message: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'What the DID field gives now.' }),
    didCandidates: z.array(
      z.object({
        field: z.string().meta({ description: 'Set it as didField.' }),
        value: z.string(),
        did: z.string().nullable().meta({ description: 'What it normalises to; null: no full number.' }),
        message: z.string().nullable(),
        chosen: z.boolean(),
        rawLine: rawLine.meta({ description: 'Where it stands in `raw`, from 1; null: not certain, or not shown.' }),
      }),
    ),
    raw: z.string().nullable().meta({
      description:
        'The text of the file that holds the lines, as read: decrypted, every secret dots. Null: see `rawReason`.',
    }),
    rawUrl: z.string().nullable().meta({ description: 'The file that `raw` is, without its query.' }),
    rawCut: z.boolean().meta({ description: 'It is longer than the 256 KiB that are shown.' }),
    rawReason: z.string().nullable().meta({ description: 'Why it is not shown.' }),
    warnings: z.array(z.string()).meta({ description: 'Code and place: `duplicate-key:account.1.label`.' }),
    warningTexts: z.array(z.string()).meta({ description: 'The same in the same order, each with what it means.' }),
  })
  .meta({ id: 'TestResult' });

export type TestResult = z.input<typeof testResult>;

/** The data of `event: step`. A step that began may end with another name (`dns` as `guard`), or without being told. */
export type TestStepEvent =
  | { readonly state: 'began'; readonly step: string }
  | ({ readonly state: 'ended' } & z.input<typeof testStep>);

const testRequest = z.strictObject({ mac: z.string().max(64).optional(), userId: id.optional() }).optional();

const tag = 'pbxs';

export const pbxContract = {
  listPbxs: operation({
    method: 'get',
    path: '/pbxs',
    action: 'pbx.read',
    tag,
    summary: 'List PBXs',
    query: z.strictObject({
      ...pageQuery,
      ...tenantQuery,
      q: z.string().max(200).optional().meta({ description: 'Part of the name or the address.' }),
      state: z.enum(PBX_STATES).optional().meta({ description: 'As `run.state`.' }),
      sort: z
        .enum(PBX_SORTS.flatMap((name) => [name, `-${name}`] as const))
        .default('name')
        .meta({ description: 'With `-` before it: the other way round.' }),
    }),
    status: 200,
    response: pageOf(pbx),
  }),
  createPbx: operation({
    method: 'post',
    path: '/pbxs',
    action: 'pbx.create',
    tag,
    summary: 'Add a PBX',
    body: newPbx,
    status: 201,
    response: pbx,
  }),
  getPbx: operation({
    method: 'get',
    path: '/pbxs/{id}',
    action: 'pbx.read',
    tag,
    summary: 'Read a PBX: settings, users by status, how it fares',
    description: 'The ETag stands for the settings; counts and run state change without it.',
    params: idParams,
    status: 200,
    response: pbx,
  }),
  updatePbx: operation({
    method: 'patch',
    path: '/pbxs/{id}',
    action: 'pbx.change',
    tag,
    summary: 'Change settings of a PBX',
    description:
      'What changes how files are fetched or read makes all its users due at once; so does switching autoProvision on. Switching it off sets users that inherit to `off` and keeps what is stored. Another server (another origin, or another pin) is not sent what was given for the one before: send `password` again, or null.',
    params: idParams,
    query: z.strictObject({ userPasswords }),
    body: pbxChanges,
    status: 200,
    response: pbx,
  }),
  deletePbx: operation({
    method: 'delete',
    path: '/pbxs/{id}',
    action: 'pbx.delete',
    tag,
    summary: 'Delete a PBX',
    description: '409 while it has users, unless `users=delete` says that they go too.',
    params: idParams,
    query: z.strictObject({ users: z.enum(['delete']).optional() }),
    status: 204,
  }),
  putPbxCertificates: operation({
    method: 'put',
    path: '/pbxs/{id}/certificates',
    action: 'pbx.change',
    tag,
    summary: 'Upload the CA or the client certificate of a PBX',
    description:
      'Parts that are absent stay, null removes one. Only subject, fingerprint and expiry are ever shown. A PKCS#12 file is unpacked: certificate and key are stored as if they had been sent as PEM, the key sealed. With another CA a stored password must be sent again, or null.',
    params: idParams,
    query: z.strictObject({ userPasswords }),
    body: certificates,
    status: 200,
    response: pbx,
  }),
  deletePbxCertificates: operation({
    method: 'delete',
    path: '/pbxs/{id}/certificates',
    action: 'pbx.change',
    tag,
    summary: 'Remove CA and client certificate of a PBX',
    params: idParams,
    status: 200,
    response: pbx,
  }),
  syncPbx: operation({
    method: 'post',
    path: '/pbxs/{id}/sync',
    action: 'pbx.sync',
    tag,
    summary: 'Sync all users of a PBX now',
    description:
      'They are due at once, paced as the PBX bears it. A login that was stopped is tried again with one user.',
    params: idParams,
    status: 202,
    response: z.object({ requested: z.int().meta({ description: 'Users that are due now.' }) }),
  }),
  handOverPbx: operation({
    method: 'get',
    path: '/pbxs/{id}/hand-over',
    action: 'pbx.read',
    tag,
    summary: 'The pseudo-MACs that were assigned, as CSV for the admin of the PBX',
    description:
      'With the columns that the import of the system wants; no passwords: where it wants one, the column is empty. Import the file as it is: spreadsheets damage MACs without colons.',
    params: idParams,
    query: z.strictObject({
      format: z
        .enum(HAND_OVER_FORMATS)
        .default('plain')
        .meta({ description: '`plain` is for people, the others for the import of that system.' }),
      pending: z
        .enum(['true', 'false'])
        .optional()
        .meta({ description: '`true`: only users who are on and for whom the PBX never had a file.' }),
    }),
    status: 200,
    produces: 'text/csv',
  }),
  testPbx: operation({
    method: 'post',
    path: '/pbxs/{id}/test',
    action: 'pbx.test',
    tag,
    summary: 'Test the connection: fetch one file and show every step',
    description:
      'Stores nothing and changes no user. Answers within about 20 seconds, also 200 when the test fails: see `ok`, `code` and the steps.',
    params: idParams,
    body: testRequest,
    status: 200,
    response: testResult,
  }),
  streamPbxTest: operation({
    method: 'post',
    path: '/pbxs/{id}/test/stream',
    action: 'pbx.test',
    tag,
    summary: 'Test the connection and follow its steps live',
    description:
      'Server-sent events. `event: step`: the data is `{ state: "began", step }` or, with all that a TestStep has, `{ state: "ended", step, ok, ms, text }`. At the end one `event: result` with the TestResult, whose steps are the ones that count. Ending the stream ends the test. It is not resumed: no Last-Event-ID, no Idempotency-Key.',
    params: idParams,
    body: testRequest,
    keepsAnswer: false,
    status: 200,
    produces: 'text/event-stream',
  }),
};
