// Where a list goes on: the last row's key, signed, so that nobody reads with a key that we did not give.
import type { z } from 'zod';
import { type KeyRing, sameTag } from '../store/key-ring.ts';
import { badRequest, type Problem } from './problem.ts';

/** 16 bytes of the tag in hex. */
const TAG_CHARACTERS = 32;

function shorten(tag: string): string {
  return tag.slice(tag.lastIndexOf('.') + 1).slice(0, TAG_CHARACTERS);
}

type CursorKey = readonly (string | number | null)[];

/** `list` names the list with its order: a cursor of one does not open another. */
export function writeCursor(ring: KeyRing, list: string, key: CursorKey): string {
  const text = Buffer.from(JSON.stringify(key)).toString('base64url');
  return `${text}.${shorten(ring.tag(`cursor:${list}`, text))}`;
}

/**
 * A page of a list, and where it goes on.
 * @param found in order, asked for with `limit + 1`: one row more says that there is a next page
 * @param keyOf what of the last row of the page the next one begins behind
 */
export function cutPage<Row>(
  ring: KeyRing,
  list: string,
  found: readonly Row[],
  limit: number,
  keyOf: (last: Row) => CursorKey,
): { readonly items: readonly Row[]; readonly nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const more = last !== undefined && found.length > items.length;
  return { items, nextCursor: more ? writeCursor(ring, list, keyOf(last)) : null };
}

function badCursor(): Problem {
  return badRequest('bad-cursor', 'The cursor was not given by this list or is too old. Start again without a cursor.');
}

/** @throws Problem 400 bad-cursor for anything that writeCursor did not give for the same list. */
export function readCursor<S extends z.ZodType>(ring: KeyRing, list: string, cursor: string, key: S): z.output<S> {
  const dot = cursor.lastIndexOf('.');
  const text = cursor.slice(0, Math.max(dot, 0));
  const given = cursor.slice(dot + 1);
  // While keys change, a walk that began with the old one goes on.
  if (!ring.tags(`cursor:${list}`, text).some((tag) => sameTag(shorten(tag), given))) throw badCursor();
  const parsed = key.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success) throw badCursor();
  return parsed.data;
}
