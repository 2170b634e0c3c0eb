// Whether two values of a field say the same. Knows no vendor.
import type { UserName } from './codec.ts';
import type { HostPort } from './model.ts';

export function isSame(read: unknown, value: unknown): boolean {
  if (read === value) return true;
  if (typeof value !== 'object' || typeof read !== 'object' || value === null || read === null) return false;
  if (Array.isArray(value)) return JSON.stringify(read) === JSON.stringify(value);
  // An address or a user name: mostly equal, and always a few texts and numbers.
  if ('host' in value && 'host' in read) {
    const [a, b] = [value as HostPort, read as HostPort];
    return a.host === b.host && a.port === b.port && a.transport === b.transport;
  }
  if ('user' in value && 'user' in read) {
    const [a, b] = [value as UserName, read as UserName];
    return a.user === b.user && a.domain === b.domain;
  }
  const said = value as Readonly<Record<string, unknown>>;
  const again = read as Readonly<Record<string, unknown>>;
  for (const name in said) if (said[name] !== again[name]) return false;
  for (const name in again) if (said[name] !== again[name]) return false;
  return true;
}
