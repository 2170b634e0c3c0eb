// JSON as PostgreSQL's jsonb takes it: its text holds no NUL and no half of a surrogate pair.

/** Such characters only come from damaged or hostile files; each becomes U+FFFD. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\u') || !/\\u(?:0000|d[89a-f])/i.test(text)) return text;
  return JSON.stringify(value, (_, part) =>
    typeof part === 'string' ? part.replaceAll('\0', '\uFFFD').toWellFormed() : part,
  );
}
