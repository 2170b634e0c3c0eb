// What differs between two harvested versions of a user, field by field. Pure: knows no components.
import type { z } from 'zod';
import type { userContract } from '../../../src/api/contract/users.ts';

export type Version = z.output<typeof userContract.listUserLines.response>['items'][number];
export type VersionContent = Pick<Version, 'line' | 'didField' | 'didText' | 'lines' | 'settings'>;

export interface Difference {
  /** `line 1: label`, or a setting by its key in the file. */
  readonly what: string;
  /** Null: it was not there. */
  readonly before: string | null;
  /** Null: it is not there any more. */
  readonly after: string | null;
}

/** In the order of the newer one; what is gone comes last. */
export function diffVersions(before: VersionContent, after: VersionContent): Difference[] {
  const [old, now] = [flatten(before), flatten(after)];
  const changed = [...now].flatMap(([what, text]) =>
    old.get(what) === text ? [] : [{ what, before: old.get(what) ?? null, after: text }],
  );
  const gone = [...old].flatMap(([what, text]) => (now.has(what) ? [] : [{ what, before: text, after: null }]));
  return [...changed, ...gone];
}

function flatten({ line, didField, didText, lines, settings }: VersionContent): Map<string, string> {
  const flat = new Map<string, string>([['chosen line', String(line)]]);
  if (didField !== null) flat.set('DID field', didField);
  if (didText !== null) flat.set('DID text', didText);
  for (const { line: number, ...fields } of lines) {
    for (const [name, value] of Object.entries(fields)) {
      if (value !== null && value !== undefined) flat.set(`line ${number}: ${name}`, sayValue(value));
    }
  }
  for (const { line: number, name, value, key } of settings) {
    flat.set(`${key}${number > 0 ? ` (line ${number})` : ''}: ${name}`, sayValue(value));
  }
  return flat;
}

/** Addresses as `host:port transport`, lists by commas. */
export function sayValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(sayValue).join(', ');
  if (typeof value === 'object') {
    const { host, port, transport, ...rest } = value as Record<string, unknown>;
    if (host !== undefined && Object.keys(rest).length === 0) {
      return `${sayValue(host)}${port === null || port === undefined ? '' : `:${sayValue(port)}`}${transport ? ` ${sayValue(transport)}` : ''}`;
    }
    return Object.entries(value)
      .map(([name, part]) => `${name} ${sayValue(part)}`)
      .join(', ');
  }
  return String(value);
}
