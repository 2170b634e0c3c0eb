// Lists: what every list takes and gives. A page ends at a signed cursor; there are no page numbers.
import { z } from 'zod';
import { id } from './operation.ts';

/** Spread into the strict query object of a list. */
export const pageQuery = {
  cursor: z.string().max(2048).optional().meta({ description: '`nextCursor` of the page before.' }),
  limit: z.coerce.number<string>().int().min(1).max(500).default(50),
  count: z.enum(['estimate']).optional().meta({
    description: '`estimate`: also give about how many match, in `estimate`.',
  }),
};

/** Of lists of what belongs to tenants. */
export const tenantQuery = {
  tenantId: id.optional().meta({ description: 'Only of this tenant. Absent: of all that the caller may see.' }),
};

/** `{ items, nextCursor, estimate? }`; `nextCursor` is null on the last page. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    estimate: z.int().min(0).optional(),
  });
}
