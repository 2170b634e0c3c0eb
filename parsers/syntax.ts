// What a syntax is: text to entries and back, in one place. Knows no phone: what a key means is the vendors' business.

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Where the format says beside the value who may change it (Snom's perm, Mitel's ! and ^). */
  readonly access?: 'open' | 'default' | 'locked';
}

/**
 * What a reader of the file should know. `trailing-space-trimmed` and `line-not-understood` name the key or line number;
 * `markup-in-text` names the element whose text held a raw `<`; `value-not-quoted` and `quote-in-value` the key.
 */
type NoteCode =
  | 'bom'
  | 'crlf'
  | 'trailing-space-trimmed'
  | 'line-not-understood'
  | 'not-well-formed'
  | 'raw-ampersand'
  | 'text-after-root'
  | 'duplicate-attribute'
  | 'markup-in-text'
  | 'inline-comment-stripped'
  | 'value-not-quoted'
  | 'quote-in-value';

export interface Note {
  readonly code: NoteCode;
  /** The key, or the number of the line, counted from 1. */
  readonly at?: string;
}

interface Parsed<Document> {
  readonly document: Document;
  readonly notes: readonly Note[];
}

/**
 * One way to write entries as text. `parse(print(d)).document` equals `d` as long as `refuse` has no objection to its
 * keys and values. `parse` never throws and takes time linear in the text.
 */
export interface Syntax<Document> {
  parse(text: string): Parsed<Document>;
  print(document: Document): string;
  /** Why this text cannot be carried, as the end of a sentence that begins with the field's name; null when it can. */
  refuseKey(key: string): string | null;
  refuseValue(value: string): string | null;
}
