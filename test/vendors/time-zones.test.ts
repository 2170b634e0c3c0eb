import { expect, test } from 'vitest';
import { offsetText, posixTimeZone, TIME_ZONES, timeZoneByName } from '../../vendors/time-zones.ts';

/** Minutes east of UTC at a moment, by the tables of this machine. */
function offsetAt(name: string, at: string): number {
  const text = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' }).format(new Date(at));
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d+):(\d+))?/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

test.each(TIME_ZONES)('$name is what the tz database says', ({ name, offset, summerTime }) => {
  const january = offsetAt(name, '2026-01-15T12:00:00Z');
  const july = offsetAt(name, '2026-07-15T12:00:00Z');
  expect(Math.min(january, july)).toBe(offset);
  expect(january !== july).toBe(summerTime !== null);
});

test.each(TIME_ZONES.filter(({ summerTime }) => summerTime !== null))('$name changes on its day', (zone) => {
  for (const [change, before] of [
    [zone.summerTime?.start, zone.offset],
    [zone.summerTime?.end, zone.offset + 60],
  ] as const) {
    if (change === undefined) throw new Error('no change');
    const first = new Date(Date.UTC(2026, change.month - 1, 1));
    let day = 1 + ((7 + change.weekday - first.getUTCDay()) % 7) + (change.week - 1) * 7;
    const days = new Date(Date.UTC(2026, change.month, 0)).getUTCDate();
    while (day > days) day -= 7;
    const moment = Date.UTC(2026, change.month - 1, day, change.hour) - before * 60_000;
    expect(offsetAt(zone.name, new Date(moment - 60_000).toISOString())).toBe(before);
    expect(offsetAt(zone.name, new Date(moment).toISOString())).not.toBe(before);
  }
});

test('offsets and POSIX texts', () => {
  expect([0, 330, -210, 60, -480].map(offsetText)).toEqual(['0', '+5:30', '-3:30', '+1', '-8']);
  const text = (name: string) => posixTimeZone(timeZoneByName(name) ?? { name, offset: 0, summerTime: null });
  expect(text('Europe/Berlin')).toBe('STD-1DST,M3.5.0,M10.5.0/3');
  expect(text('America/New_York')).toBe('STD5DST,M3.2.0,M11.1.0');
  expect(text('Asia/Kolkata')).toBe('STD-5:30');
});
