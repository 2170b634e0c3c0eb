// What people need to know of the installation that they work with.
import { z } from 'zod';
import { operation } from './operation.ts';

export const places = z
  .object({
    dataDirectory: z
      .string()
      .nullable()
      .meta({ description: 'Holds the database; null: that is the PostgreSQL of DATABASE_URL.' }),
    keyFile: z.string().nullable().meta({ description: 'Null: the key comes from a setting.' }),
  })
  .meta({
    id: 'Places',
    description: 'Where the data and the key are on the machine that answers: what one keeps copies of.',
  });

const installation = z
  .object({
    version: z.string(),
    publicUrl: z.string().nullable().meta({
      description: 'How people reach it; null: the operator did not say.',
      example: 'https://provender.example.com',
    }),
    outboundMode: z.enum(['public', 'onprem', 'local']).meta({
      description: '`public`: PBXs in the internet; `onprem`: in private networks too; `local`: on this machine too.',
    }),
    outboundAddresses: z.array(z.string()).meta({
      description:
        'Addresses and CIDR ranges from which PBXs are asked: their firewalls have to let these in. Empty: the operator did not say.',
      example: ['192.0.2.10'],
    }),
    uploadLimits: z
      .object({ bytes: z.int(), rows: z.int() })
      .meta({ description: 'Of a CSV file or a zip that is uploaded; what is larger is refused.' }),
    activityRetentionDays: z.int().meta({ description: 'So long the entries of the feed are kept.' }),
    places: places.nullable().meta({ description: 'Null: the caller is no owner.' }),
  })
  .meta({ id: 'Installation' });

export const installationContract = {
  getInstallation: operation({
    method: 'get',
    path: '/installation',
    action: 'pbx.read',
    tag: 'installation',
    summary: 'Read what this installation is, and from where it asks PBXs',
    status: 200,
    response: installation,
  }),
};
