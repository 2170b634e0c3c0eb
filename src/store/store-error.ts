// What keeps the store from opening: thrown at start, shown to the operator as it is. Messages hold no secret.

export type StoreErrorCode =
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_TOO_OLD'
  | 'DATABASE_NEWER'
  | 'DATABASE_URL_INVALID'
  | 'EMBEDDED_IN_USE'
  | 'EMBEDDED_UNSUPPORTED'
  | 'EMBEDDED_CLUSTER'
  | 'EMBEDDED_START'
  | 'KEY_FILE_MODE'
  | 'KEY_FILE_UNREADABLE'
  | 'KEY_COMMAND_FAILED'
  | 'KEY_INVALID'
  | 'KEY_MISSING'
  | 'KEY_ROTATING'
  | 'KEY_WRONG'
  | 'SEALED_BROKEN';

/** The message is for the operator: the thing, the reason, the next step. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
