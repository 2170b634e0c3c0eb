// What people need to know of the installation that they work with.
import { z } from 'zod';
import { operation } from './operation.ts';

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
