// What an entry says of the object before and after, field by field. Pure.

type Values = Readonly<Record<string, unknown>> | null;

export interface Change {
  /** `persona.vendor` for what lies within. */
  readonly field: string;
  /** Undefined: it was not there. */
  readonly before: unknown;
  readonly after: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects are taken apart as far as both sides have them; in the order in which they stand. */
export function changesOf(before: Values, after: Values, path = ''): Change[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.flatMap((name) => {
    const field = path === '' ? name : `${path}.${name}`;
    const [was, is] = [before?.[name], after?.[name]];
    if (isObject(was) && isObject(is)) return changesOf(was, is, field);
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [{ field, before: was, after: is }];
  });
}

/** Secrets are in the audit as `hmac:<key>.<hash>`. */
export const isHash = (value: unknown): boolean => typeof value === 'string' && /^hmac:[\w-]+\.[0-9a-f]+$/.test(value);
