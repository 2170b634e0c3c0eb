// Time zones that people choose for a phone: the IANA name with what vendors' own notations are made of. Sources: IANA tz
// database 2025b. Offsets and rules are written out: a phone's file must not change with the tables of a machine.

export interface TimeZone {
  /** IANA. The first zone of an offset and rule stands for the others when a file is read. */
  readonly name: string;
  /** Minutes east of UTC, in winter. */
  readonly offset: number;
  /** Who moves the clock, and when; null: nobody. */
  readonly summerTime: SummerTime | null;
}

/** Day `week` (1 to 4; 5 = last) of weekday 0 = Sunday in a month of 1 to 12, at an hour of local time. */
export interface Change {
  readonly month: number;
  readonly week: number;
  readonly weekday: number;
  readonly hour: number;
}

export interface SummerTime {
  readonly start: Change;
  readonly end: Change;
}

function sunday(month: number, week: number, hour: number): Change {
  return { month, week, weekday: 0, hour };
}

/** The hour of the change in Europe is 01:00 UTC: local hours differ by zone. */
function europe(offsetHours: number): SummerTime {
  return { start: sunday(3, 5, 1 + offsetHours), end: sunday(10, 5, 2 + offsetHours) };
}

const NORTH_AMERICA: SummerTime = { start: sunday(3, 2, 2), end: sunday(11, 1, 2) };
const SOUTH_AUSTRALIA: SummerTime = { start: sunday(10, 1, 2), end: sunday(4, 1, 3) };
const NEW_ZEALAND: SummerTime = { start: sunday(9, 5, 2), end: sunday(4, 1, 3) };

function zone(name: string, offset: number, summerTime: SummerTime | null = null): TimeZone {
  return { name, offset, summerTime };
}

export const TIME_ZONES: readonly TimeZone[] = [
  zone('UTC', 0),
  zone('Pacific/Honolulu', -600),
  zone('America/Anchorage', -540, NORTH_AMERICA),
  zone('America/Los_Angeles', -480, NORTH_AMERICA),
  zone('America/Denver', -420, NORTH_AMERICA),
  zone('America/Phoenix', -420),
  zone('America/Chicago', -360, NORTH_AMERICA),
  zone('America/Winnipeg', -360, NORTH_AMERICA),
  zone('America/Mexico_City', -360),
  zone('America/New_York', -300, NORTH_AMERICA),
  zone('America/Toronto', -300, NORTH_AMERICA),
  zone('America/Bogota', -300),
  zone('America/Lima', -300),
  zone('America/Halifax', -240, NORTH_AMERICA),
  zone('America/Caracas', -240),
  zone('America/St_Johns', -210, NORTH_AMERICA),
  zone('America/Sao_Paulo', -180),
  zone('America/Argentina/Buenos_Aires', -180),
  zone('Atlantic/Azores', -60, europe(-1)),
  zone('Europe/London', 0, europe(0)),
  zone('Europe/Dublin', 0, europe(0)),
  zone('Europe/Lisbon', 0, europe(0)),
  zone('Atlantic/Reykjavik', 0),
  zone('Europe/Berlin', 60, europe(1)),
  zone('Europe/Amsterdam', 60, europe(1)),
  zone('Europe/Brussels', 60, europe(1)),
  zone('Europe/Copenhagen', 60, europe(1)),
  zone('Europe/Madrid', 60, europe(1)),
  zone('Europe/Oslo', 60, europe(1)),
  zone('Europe/Paris', 60, europe(1)),
  zone('Europe/Prague', 60, europe(1)),
  zone('Europe/Rome', 60, europe(1)),
  zone('Europe/Stockholm', 60, europe(1)),
  zone('Europe/Vienna', 60, europe(1)),
  zone('Europe/Warsaw', 60, europe(1)),
  zone('Europe/Zurich', 60, europe(1)),
  zone('Africa/Lagos', 60),
  zone('Europe/Athens', 120, europe(2)),
  zone('Europe/Helsinki', 120, europe(2)),
  zone('Europe/Bucharest', 120, europe(2)),
  zone('Africa/Johannesburg', 120),
  zone('Europe/Istanbul', 180),
  zone('Europe/Moscow', 180),
  zone('Asia/Riyadh', 180),
  zone('Asia/Tehran', 210),
  zone('Asia/Dubai', 240),
  zone('Asia/Karachi', 300),
  zone('Asia/Kolkata', 330),
  zone('Asia/Dhaka', 360),
  zone('Asia/Bangkok', 420),
  zone('Asia/Jakarta', 420),
  zone('Asia/Shanghai', 480),
  zone('Asia/Hong_Kong', 480),
  zone('Asia/Singapore', 480),
  zone('Australia/Perth', 480),
  zone('Asia/Tokyo', 540),
  zone('Asia/Seoul', 540),
  zone('Australia/Adelaide', 570, SOUTH_AUSTRALIA),
  zone('Australia/Darwin', 570),
  zone('Australia/Brisbane', 600),
  zone('Australia/Sydney', 600, SOUTH_AUSTRALIA),
  zone('Pacific/Auckland', 720, NEW_ZEALAND),
];

const BY_NAME = new Map(TIME_ZONES.map((known) => [known.name, known]));

export function timeZoneByName(name: string): TimeZone | undefined {
  return BY_NAME.get(name);
}

/** `+5:30`, `-3:30`, `0`: minutes as Yealink and others write an offset. */
export function offsetText(minutes: number): string {
  if (minutes === 0) return '0';
  const size = Math.abs(minutes);
  const rest = size % 60;
  return `${minutes < 0 ? '-' : '+'}${Math.floor(size / 60)}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** A POSIX TZ text (`CET-1CEST,M3.5.0,M10.5.0/3`) with made-up names: phones use the rule, not the names. */
export function posixTimeZone({ offset, summerTime }: TimeZone): string {
  const hours = offsetText(-offset).replace('+', '');
  if (summerTime === null) return `STD${hours}`;
  const change = ({ month, week, weekday, hour }: Change) =>
    `M${month}.${week}.${weekday}${hour === 2 ? '' : `/${hour}`}`;
  return `STD${hours}DST,${change(summerTime.start)},${change(summerTime.end)}`;
}
