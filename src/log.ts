// Logs for operators: JSON lines on stderr, without secrets. The feed for people is another thing (store/activity.ts).
import { type Logger as PinoLogger, pino } from 'pino';
import { Secret } from '../fetchers/secret.ts';

/** `log.child({ pbx })` narrows the scope; `log.warn({ code }, 'a constant message')`. */
export type Logger = PinoLogger;

export interface Log {
  readonly log: Logger;
  /** From now on this text is not shown, in plain or in base64. For the secrets of the installation, not for each user's. */
  hide(secret: Secret | string): void;
}

const HIDDEN = '••••••';

/** Names, in small letters without - and _, whose values are never shown. */
const SECRET_NAMES = new Set([
  'auth',
  'cookie',
  'credential',
  'credentials',
  'ha1',
  'key',
  'p12',
  'pass',
  'pfx',
  'pwd',
]);
const SECRET_ENDINGS =
  /(password|passwd|passphrase|secret|token|authorization|cookie|apikey|privatekey|clientkey|masterkey|sealed)$/;

/** Whether a field of this name is taken for a secret. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  return SECRET_NAMES.has(plain) || SECRET_ENDINGS.test(plain);
}

// Login before the host, then query and fragment: tokens live there.
const ADDRESS = /([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#"'<>]*@)?([^\s?#"'<>]*)(?:\?[^\s"'<>]*|#[^\s"'<>]*)?/gi;
// Not every word behind "Basic": "Basic authentication" is prose, letters and digits mixed are credentials.
const CREDENTIALS = /\b(Basic|Bearer) (?=\S*[0-9=A-Z])\S{8,}/g;

/** Shorter ones are in every second line, by accident. */
const SHORTEST = 4;

/** How the text looks inside base64, at each of the three offsets it can have there; short cores would hit other text. */
export function encodedForms(text: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const start = offset === 0 ? 0 : offset + 1;
    const end = Math.floor((bytes.length * 8) / 6);
    return ['base64', 'base64url'].map((form) => bytes.toString(form as BufferEncoding).slice(start, end));
  });
}

function formsOf(text: string): string[] {
  const forms = [text, encodeURIComponent(text), ...encodedForms(text).filter((form) => form.length >= 6)];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

/** drizzle writes the parameters of a failed query into the message of its error. */
function withoutParameters(message: string): string {
  return message.startsWith('Failed query: ') ? (message.split('\nparams: ', 1)[0] ?? '') : message;
}

interface Scrubber {
  hide(text: string): void;
  line(line: string): string;
}

function createScrubber(): Scrubber {
  const values = new Set<string>();

  function text(given: string): string {
    let shown = withoutParameters(given);
    for (const value of values) if (shown.includes(value)) shown = shown.replaceAll(value, HIDDEN);
    return shown.replace(ADDRESS, '$1$2').replace(CREDENTIALS, `$1 ${HIDDEN}`);
  }

  function deep(value: unknown): unknown {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(deep);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        text(name),
        isSecretName(name) && inner !== null ? HIDDEN : deep(inner),
      ]),
    );
  }

  return {
    hide(secret) {
      if (secret.length >= SHORTEST) for (const form of formsOf(secret)) values.add(form);
    },
    line(line) {
      // JSON escapes what is below 0x20; terminals and viewers obey some of the rest too.
      return JSON.stringify(deep(JSON.parse(line))).replace(
        /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    },
  };
}

interface ShownError {
  readonly type: string;
  readonly code?: unknown;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: ShownError;
}

/** Chosen fields only: errors of libraries carry requests with headers and queries with parameters. */
function showError(error: Error, depth = 0): ShownError {
  const message = withoutParameters(error.message);
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message,
    stack: error.stack?.replace(error.message, () => message),
    ...(error.cause instanceof Error && depth < 4 ? { cause: showError(error.cause, depth + 1) } : {}),
  };
}

function showErrors(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, value instanceof Error ? showError(value) : value]),
  );
}

export interface LogOptions {
  readonly level: string;
  /** Where lines go; default stderr. */
  readonly write?: (line: string) => void;
}

export function createLog(options: LogOptions): Log {
  const scrubber = createScrubber();
  const write = options.write ?? ((line: string) => process.stderr.write(line));
  const log = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: showErrors, bindings: showErrors },
      // Errors are shown by showErrors already.
      serializers: { err: (shown: unknown) => (shown instanceof Error ? showError(shown) : shown) },
    },
    { write: (line) => write(`${scrubber.line(line)}\n`) },
  );
  return {
    log,
    hide: (secret) => scrubber.hide(secret instanceof Secret ? secret.reveal() : secret),
  };
}
