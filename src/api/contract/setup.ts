// The first owner of an installation: by the link that the program prints when it starts. Then closed for ever.
import { z } from 'zod';
import { places } from './installation.ts';
import { operation } from './operation.ts';

const tag = 'setup';
const token = z.string().min(1).max(200).meta({ description: 'What stands behind `#token=` in the link.' });

export const setupContract = {
  readSetup: operation({
    method: 'get',
    path: '/setup',
    tag,
    summary: 'Say whether the installation waits for its first owner',
    public: true,
    status: 200,
    response: z.object({
      open: z.boolean().meta({ description: 'True: open the link that Provender printed when it started.' }),
    }),
  }),
  readSetupLink: operation({
    method: 'post',
    path: '/setup/read',
    tag,
    summary: 'Say whether a set-up link is good, and what the owner is to keep copies of; it stays good',
    public: true,
    audited: false,
    body: z.strictObject({ token }),
    status: 200,
    response: places,
  }),
  setUp: operation({
    method: 'post',
    path: '/setup',
    tag,
    summary: 'Become the first owner, and be signed in',
    description:
      'With the token of the link that is printed at each start while there is no owner. Of several who try at once one wins; from then on the answer is 404.',
    public: true,
    body: z.strictObject({
      token,
      name: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters'),
      email: z.email('must be an e-mail address').max(320),
      password: z.string().min(1).max(1024).meta({ description: '12 to 256 characters.' }),
    }),
    status: 201,
    response: z.object({ email: z.string(), name: z.string() }),
  }),
};
