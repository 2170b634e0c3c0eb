// What every answer that shows a line says of its addresses.
import { z } from 'zod';

export const hostPort = z.object({ host: z.string(), port: z.int().nullable(), transport: z.string().optional() });

export const registrar = z
  .object({ host: z.string().nullable(), port: z.int().nullable(), transport: z.string().nullable() })
  .nullable();
