// A value that must not be seen: it prints as dots wherever something turns it into text.
import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const SHOWN = '••••••';

/** A password, key or token in memory. Only `reveal()` gives the text; printing, JSON and inspection give dots. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret text. Call it where the text leaves for its one purpose, never to log or to store unsealed. */
  reveal(): string {
    return this.#text;
  }

  /** Compares in constant time, whatever the lengths. */
  equals(other: Secret): boolean {
    const digest = (text: string) => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(this.#text), digest(other.reveal()));
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
