// The keyed tags of harvested lines: by them an unchanged file, and two devices with one account, are known.
import type { Line } from '../../vendors/model.ts';
import type { HarvestedContent } from '../sync/outcome.ts';
import type { KeyRing } from './key-ring.ts';

const CONTENT = 'content';
const AOR = 'aor';

function accountOf(line: Line): string {
  return `${line.userName}@${line.registrar?.host}:${line.registrar?.port ?? ''}`.toLowerCase();
}

/** Under every key of the ring, the one in force first. */
export function contentTags(ring: KeyRing, contentText: string): readonly string[] {
  return ring.tags(CONTENT, contentText);
}

/** As contentTags, over user name and registrar of a line. */
export function accountTags(ring: KeyRing, line: Line): readonly string[] {
  return ring.tags(AOR, accountOf(line));
}

/** With the key in force, from the text that is stored. */
export function linesTags(
  ring: KeyRing,
  contentText: string,
): { readonly content: string; readonly aor: string | null } {
  const { lines, line: chosen } = JSON.parse(contentText) as HarvestedContent;
  const line = lines.find((candidate) => candidate.line === chosen);
  return { content: ring.tag(CONTENT, contentText), aor: line === undefined ? null : ring.tag(AOR, accountOf(line)) };
}
