// Time zones as Grandstream spells them. Source: [template] of HT80x and HT818, P64; zones that are not there are spelled
// out by P246.
import { posixTimeZone, TIME_ZONES, timeZoneByName } from '../time-zones.ts';

/** Grandstream's text -> the zone that it is read as. */
const ZONES: Readonly<Record<string, string>> = {
  'TZN+0': 'UTC',
  HAW10: 'Pacific/Honolulu',
  AKST9AKDT: 'America/Anchorage',
  PST8PDT: 'America/Los_Angeles',
  MST7MDT: 'America/Denver',
  MST7: 'America/Phoenix',
  CST6CDT: 'America/Chicago',
  EST5EDT: 'America/New_York',
  EST5: 'America/Bogota',
  AST4ADT: 'America/Halifax',
  'TZK+3': 'America/Argentina/Buenos_Aires',
  'GMT+0BST-1,M3.5.0/01:00:00,M10.5.0/02:00:00': 'Europe/London',
  'WET-0WEST-1,M3.5.0/01:00:00,M10.5.0/02:00:00': 'Europe/Lisbon',
  'GMT+0IST-1,M3.5.0/01:00:00,M10.5.0/02:00:00': 'Europe/Dublin',
  'CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00': 'Europe/Berlin',
  'EET-2EEST-3,M3.5.0/03:00:00,M10.5.0/04:00:00': 'Europe/Athens',
  'TZQ-3': 'Europe/Istanbul',
  'TZR-4': 'Asia/Dubai',
  'TZS-5': 'Asia/Karachi',
  'TZT-5:30': 'Asia/Kolkata',
  'TZV-6': 'Asia/Dhaka',
  'TZX-7': 'Asia/Bangkok',
  'WIB-7': 'Asia/Jakarta',
  'TZY-8': 'Asia/Shanghai',
  'SGT-8': 'Asia/Singapore',
  'WST-8': 'Australia/Perth',
  'TZZ-9': 'Asia/Tokyo',
  'CST-9:30': 'Australia/Darwin',
  'EST-10': 'Australia/Brisbane',
};

/** What P64 says when P246 has the rule. */
export const OWN_RULE = 'customize';

/** Null: not in our list. */
export function readZone(text: string): string | null {
  return Object.hasOwn(ZONES, text) ? (ZONES[text] ?? null) : null;
}

/** A rule as we write it; null: another. */
export function readRule(rule: string): string | null {
  return TIME_ZONES.find((zone) => posixTimeZone(zone) === rule)?.name ?? null;
}

/** Null: we have no such zone; a zone without a text of its own has a rule. */
export function writeZone(name: string): { readonly text: string } | { readonly rule: string } | null {
  const zone = timeZoneByName(name);
  if (zone === undefined) return null;
  const text = Object.keys(ZONES).find((known) => ZONES[known] === name);
  return text === undefined ? { rule: posixTimeZone(zone) } : { text };
}
