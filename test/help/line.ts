// A line as most files have it, for tests that care about something else.
import type { Line } from '../../vendors/model.ts';

/** What it takes to register, and nothing else, but for what is said otherwise. */
export function lineWith(said: Partial<Line> = {}): Line {
  return {
    line: 1,
    enabled: null,
    userName: '2001',
    authName: null,
    password: 'secret',
    displayName: null,
    label: null,
    registrar: { host: 'pbx.example.com', port: null, transport: null },
    outboundProxy: null,
    backup: null,
    expiresSeconds: null,
    ...said,
  };
}
