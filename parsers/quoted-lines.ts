// `name "value" ;` and `name: "value" ; comment`: one a line, the value in quotes or bare. Knows no phone.
// Within quotes everything but a quote is part of the value; there is no escape. `#` begins a comment at the start of a
// line only, `;` one behind a value.
import { endLine, hasCrlf, isBlank, isJunk, type LineEnds, lineBreakOf, refuseLineValue } from './lines.ts';
import type { Entry, Note, Syntax } from './syntax.ts';

interface Style {
  /** What stands between name and value. */
  readonly between: RegExp;
  /** `print` of one line. */
  readonly line: (entry: Entry) => string;
}

function syntax({ between, line }: Style): Syntax<readonly Entry[]> {
  function parse(text: string): { document: Entry[]; notes: Note[] } {
    const entries: Entry[] = [];
    const notes: Note[] = [];
    if (hasCrlf(text)) notes.push({ code: 'crlf' });
    const lineBreak = lineBreakOf(text);
    const ends: LineEnds = { end: 0, trimmed: false, next: 0 };
    let number = 0;
    let misread = 0;
    for (let start = 0; start < text.length; start = ends.next) {
      number += 1;
      endLine(text, start, lineBreak, ends);
      let at = start;
      while (at < ends.end && isBlank(text.charCodeAt(at))) at += 1;
      if (at === ends.end || text[at] === '#' || text[at] === ';') continue;
      const entry = readLine(text.slice(at, ends.end), between);
      if (entry === null) {
        notes.push({ code: 'line-not-understood', at: String(number) });
        misread += 1;
        if (isJunk(misread, entries.length)) break;
      } else entries.push(entry);
    }
    return { document: entries, notes };
  }
  return {
    parse,
    print: (entries) => entries.map((entry) => `${line(entry)}\n`).join(''),
    refuseKey: (key) => (/^[\w.[\]-]+$/.test(key) ? null : 'it is not made of letters, digits and underscores'),
    refuseValue: (value) => (value.includes('"') ? 'it holds a quote' : refuseLineValue(value)),
  };
}

const NAME = /^[A-Za-z][\w.[\]-]*/;

function readLine(line: string, between: RegExp): Entry | null {
  const key = NAME.exec(line)?.[0];
  if (key === undefined) return null;
  between.lastIndex = key.length;
  const gap = between.exec(line)?.[0];
  if (gap === undefined) return null;
  const rest = line.slice(key.length + gap.length);
  if (rest.startsWith('"')) return { key, value: rest.slice(1, endOfQuoted(rest)) };
  const comment = rest.indexOf(';');
  return { key, value: (comment === -1 ? rest : rest.slice(0, comment)).trim() };
}

/** The quote that only a `;` or nothing follows: templates put quotes into values. Without any, the end of the line. */
function endOfQuoted(text: string): number {
  let last = -1;
  for (let at = text.indexOf('"', 1); at !== -1; at = text.indexOf('"', at + 1)) {
    last = at;
    let behind = at + 1;
    while (isBlank(text.charCodeAt(behind))) behind += 1;
    if (behind >= text.length || text[behind] === ';') return at;
  }
  return last === -1 ? text.length : last;
}

/** `name "value" ;`, with `!` or `?` before the value where the user may not change or see it. */
export const quotedStatements = syntax({
  between: /[ \t]+(?:[!?][ \t]*)?(?=")/y,
  line: ({ key, value }) => `${key} "${value}" ;`,
});

/** `name: "value" ; comment` */
export const quotedColons = syntax({
  between: /[ \t]*:[ \t]*/y,
  line: ({ key, value }) => `${key}: "${value}"`,
});
