// A settings file that is a little script: `SET name value`, `IF $name SEQ value GOTO tag`, `GOTO tag`, `# tag`,
// `GET file`; every other line is a comment. Parses and prints; who runs it knows the phone.
import { ContentLines, hasCrlf, refuseLineValue } from './lines.ts';
import type { Note, Syntax } from './syntax.ts';

export type Statement =
  | { readonly kind: 'set'; readonly key: string; readonly value: string }
  | { readonly kind: 'get'; readonly file: string }
  | { readonly kind: 'if'; readonly variable: string; readonly value: string; readonly tag: string }
  | { readonly kind: 'goto'; readonly tag: string }
  | { readonly kind: 'tag'; readonly tag: string };

/** A tag has exactly one blank behind its `#`; `##` is a comment. */
const TAG = /^# ([^ \t#]\S*)$/;
const KEYWORD = /^(SET|GET|IF|GOTO)[ \t]+(.*)$/is;
const NAME = /^(\w+)(?:[ \t]+(.*))?$/s;
const CONDITION = /^\$(\w+)[ \t]+SEQ[ \t]+(\S+)[ \t]+GOTO[ \t]+(\S+)/i;

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  const close = text.indexOf('"', 1);
  if (close === -1) return text;
  // Quotes that do not close the value belong to it: templates put values in without looking.
  const behind = text.slice(close + 1).trimStart();
  return behind === '' || behind.startsWith('#') ? text.slice(1, close) : text;
}

function readStatement(line: string): Statement | 'comment' | 'not-understood' {
  const tag = TAG.exec(line)?.[1];
  if (tag !== undefined) return { kind: 'tag', tag };
  const [, keyword, rest = ''] = KEYWORD.exec(line) ?? [];
  switch (keyword?.toUpperCase()) {
    case 'SET': {
      const [, name, value = ''] = NAME.exec(rest) ?? [];
      if (name === undefined) return 'not-understood';
      return { kind: 'set', key: name.toUpperCase(), value: unquote(value) };
    }
    case 'GET':
      return { kind: 'get', file: unquote(rest) };
    case 'GOTO':
      return { kind: 'goto', tag: rest.split(/[ \t]/, 1)[0] ?? '' };
    case 'IF': {
      const [, variable, value, target] = CONDITION.exec(rest) ?? [];
      if (variable === undefined || value === undefined || target === undefined) return 'not-understood';
      return { kind: 'if', variable: variable.toUpperCase(), value: unquote(value), tag: target };
    }
    default:
      return 'comment';
  }
}

function parse(text: string): { document: Statement[]; notes: Note[] } {
  const document: Statement[] = [];
  const notes: Note[] = [];
  if (hasCrlf(text)) notes.push({ code: 'crlf' });
  const lines = new ContentLines(text);
  while (lines.next()) {
    const { content, line } = lines;
    const statement = readStatement(content.trimStart());
    if (statement === 'not-understood') notes.push({ code: 'line-not-understood', at: String(line) });
    else if (statement !== 'comment') document.push(statement);
  }
  return { document, notes };
}

/** Lines end in CR LF, as in the maker's own files. */
function print(document: Statement[]): string {
  let text = '';
  for (const statement of document) {
    switch (statement.kind) {
      case 'set':
        text += `SET ${statement.key} "${statement.value}"\r\n`;
        break;
      case 'get':
        text += `GET ${statement.file}\r\n`;
        break;
      case 'if':
        text += `IF $${statement.variable} SEQ ${statement.value} GOTO ${statement.tag}\r\n`;
        break;
      case 'goto':
        text += `GOTO ${statement.tag}\r\n`;
        break;
      case 'tag':
        text += `# ${statement.tag}\r\n`;
        break;
    }
  }
  return text;
}

function refuseKey(key: string): string | null {
  return /^[A-Z0-9_]+$/.test(key) ? null : 'it is no name of capitals, digits and "_"';
}

function refuseValue(value: string): string | null {
  return value.includes('"') ? 'it holds a double quote' : refuseLineValue(value);
}

export const settingsScript: Syntax<Statement[]> = { parse, print, refuseKey, refuseValue };
