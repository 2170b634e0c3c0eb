// One defect of postgres.js 3.4.9 (porsager/postgres issues 1066, 1154, 1208): a write that was put off to the next turn
// finds its socket gone and throws where nobody can catch it. The query itself has been rejected by then, so the process
// can go on; without this, a database that dies in the wrong moment takes the program with it.

/** True for exactly that error. */
export function isLateWrite(error: unknown): boolean {
  return error instanceof TypeError && /reading 'write'/.test(error.message) && /\bnextWrite\b/.test(error.stack ?? '');
}

/**
 * Lets the program survive that error; every other uncaught error still ends it.
 * @param onLateWrite told of each, for the log
 * @returns what removes the guard
 */
export function surviveLateWrites(onLateWrite: () => void): () => void {
  const guard = (error: unknown) => {
    if (isLateWrite(error)) {
      onLateWrite();
      return;
    }
    // With a listener of its own a process does not end by itself any more: end it as Node would have done.
    process.removeListener('uncaughtException', guard);
    setImmediate(() => {
      throw error;
    });
  };
  process.on('uncaughtException', guard);
  return () => {
    process.removeListener('uncaughtException', guard);
  };
}
