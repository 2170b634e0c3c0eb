// Lines as they may be shown: what registers in place of the phone is dots. Knows nothing of who looks.
import type { Line } from './model.ts';

/** Stands for a secret, whatever its length. */
export const MASK = '••••••';

export function maskLine(line: Line): Line {
  return {
    ...line,
    password: line.password === null ? null : MASK,
    // A hash of user, realm and password registers as well as the password does.
    ...(line.ha1 !== undefined && { ha1: MASK }),
  };
}
