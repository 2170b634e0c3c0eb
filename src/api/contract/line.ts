// What every answer that shows a line says of it. How it shows the password is the answer's own matter.
import { z } from 'zod';

const hostPort = z.object({ host: z.string(), port: z.int().nullable(), transport: z.string().optional() });

/** The account of a line, without its password. `ha1` is as secret as that: masked, or meant to be shown. */
export const accountFields = {
  userName: z.string().nullable(),
  authName: z.string().nullable().meta({ description: 'Null: the user name.' }),
  displayName: z.string().nullable(),
  label: z.string().nullable(),
  registrar: z
    .object({ host: z.string().nullable(), port: z.int().nullable(), transport: z.string().nullable() })
    .nullable(),
  outboundProxy: hostPort.nullable(),
  backup: hostPort.nullable(),
  backupOutboundProxy: hostPort.optional(),
  expiresSeconds: z.int().nullable(),
  port: z.string().optional().meta({ description: 'Of an ATA or gateway: the name of the jack.' }),
  ha1: z.string().optional().meta({ description: 'Instead of a password: the hash of RFC 7616.' }),
  ha1Realm: z.string().optional(),
  ha1Algorithm: z.string().optional(),
};

/** A line as a file has it. Formats without a switch have `enabled` true; null: the file does not set it. */
export const lineFields = { line: z.int(), enabled: z.boolean().nullable(), ...accountFields };

/** Dots when the file has one. */
export const maskedPassword = z.string().nullable().meta({ description: 'Dots; null: the file has none.' });
