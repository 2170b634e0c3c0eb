// What the demo shows while it runs: pure text out of a snapshot, for 80 columns, readable with and without colour.
import { padTo, visible, widthOf } from '../commands/text-table.ts';

export type UserState = 'off' | 'waiting' | 'fetching' | 'provisioned' | 'stale' | 'failed';

export interface ShownUser {
  readonly id: string;
  readonly name: string;
  readonly status: UserState;
  readonly code: string | null;
}

export interface ShownPbx {
  readonly name: string;
  /** How it lets phones in, in a few words. */
  readonly door: string;
  readonly users: readonly ShownUser[];
}

export interface ShownEntry {
  readonly at: Date;
  readonly userName: string | null;
  readonly outcome: 'ok' | 'waiting' | 'failed' | 'info';
  readonly code: string | null;
  readonly sentence: string;
}

export interface Snapshot {
  readonly seconds: number;
  readonly pbxs: readonly ShownPbx[];
  /** Newest first. */
  readonly feed: readonly ShownEntry[];
  readonly now: string;
  /** Seconds until Provender asks for a waiting user again; null: nobody waits for that. */
  readonly nextTryIn: number | null;
}

type Colour = 'green' | 'yellow' | 'blue' | 'red' | 'grey' | 'bold' | 'dim';
const CODES: Readonly<Record<Colour, string>> = {
  green: '32',
  yellow: '33',
  blue: '34',
  red: '31',
  grey: '90',
  bold: '1',
  dim: '2',
};

export type Paint = (colour: Colour, text: string) => string;

export function painter(colours: boolean): Paint {
  return (colour, text) => (colours && text !== '' ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text);
}

/** Each state has its own shape: colour is never the only carrier. */
const MARKS: Readonly<Record<UserState, { mark: string; colour: Colour }>> = {
  off: { mark: '·', colour: 'grey' },
  waiting: { mark: '○', colour: 'yellow' },
  fetching: { mark: '◐', colour: 'blue' },
  provisioned: { mark: '●', colour: 'green' },
  stale: { mark: '◍', colour: 'yellow' },
  failed: { mark: '✗', colour: 'red' },
};
const ORDER: readonly UserState[] = ['provisioned', 'fetching', 'waiting', 'stale', 'failed', 'off'];

const OUTCOMES: Readonly<Record<ShownEntry['outcome'], { mark: string; colour: Colour }>> = {
  ok: { mark: '●', colour: 'green' },
  waiting: { mark: '○', colour: 'yellow' },
  failed: { mark: '✗', colour: 'red' },
  info: { mark: '·', colour: 'grey' },
};

const WIDTH = 78;
/** The room that the picture of two PBXs needs. */
export const PICTURE = { columns: WIDTH, rows: 20 } as const;
const FEED_LINES = 8;
const NAME = 16;
/** Time, mark and name of an entry, with what stands between. */
const HEAD = 8 + 2 + 1 + 1 + NAME + 2;

export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

export function countText(users: readonly ShownUser[]): string {
  const counts = ORDER.map((state) => ({ state, count: users.filter((user) => user.status === state).length }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`)
    .join(', ');
}

function ended(text: string, right: string): string {
  return `${text}${' '.repeat(Math.max(1, WIDTH - widthOf(text) - widthOf(right)))}${right}`;
}

function dots(users: readonly ShownUser[], paint: Paint): string {
  return users.map((user) => paint(MARKS[user.status].colour, MARKS[user.status].mark)).join('');
}

/** `10:04:12  ● Ana Ortiz           `, the beginning of every entry. */
function entryHead(entry: ShownEntry, paint: Paint): string {
  const { mark, colour } = OUTCOMES[entry.outcome];
  return `${paint('dim', entry.at.toTimeString().slice(0, 8))}  ${paint(colour, mark)} ${padTo(visible(entry.userName ?? ''), NAME)}  `;
}

function entryText(entry: ShownEntry): string {
  return visible(`${entry.code === null ? '' : `${entry.code}: `}${entry.sentence}`);
}

/** In one line, cut where the terminal ends. */
export function entryLine(entry: ShownEntry, paint: Paint): string {
  return entryHead(entry, paint) + padTo(entryText(entry), WIDTH - HEAD).trimEnd();
}

/** In full, with what to do: the sentence and the next action stand below the head. */
export function entryLines(entry: ShownEntry & { readonly nextAction: string | null }, paint: Paint): string[] {
  const indent = ' '.repeat(12);
  const width = WIDTH - indent.length;
  const next = entry.nextAction === null ? [] : wrap(visible(`Next: ${entry.nextAction}`), width);
  return [
    `${entryHead(entry, paint)}${paint('bold', entry.code ?? '')}`.trimEnd(),
    ...wrap(visible(entry.sentence), width).map((line) => indent + line),
    ...next.map((line) => indent + paint('bold', line)),
  ];
}

/** The whole picture; always the same number of lines for the same PBXs, so that it can be drawn over itself. */
export function picture(snapshot: Snapshot, paint: Paint): string[] {
  const feed = snapshot.feed.slice(0, FEED_LINES).toReversed();
  return [
    ended(paint('bold', 'Provender demo'), paint('dim', clock(snapshot.seconds))),
    paint('dim', '─'.repeat(WIDTH)),
    ...snapshot.pbxs.flatMap((pbx) => [
      `${paint('bold', pbx.name)}  ${paint('dim', pbx.door)}`,
      `  ${dots(pbx.users, paint)}`,
      `  ${countText(pbx.users) || 'no users yet'}`,
      '',
    ]),
    ...Array.from({ length: FEED_LINES }, (_, index) => {
      const entry = feed[index];
      return entry === undefined ? '' : entryLine(entry, paint);
    }),
    paint('dim', '─'.repeat(WIDTH)),
    `Now: ${snapshot.now}${snapshot.nextTryIn === null ? '' : ` In ${snapshot.nextTryIn} s.`}`,
  ];
}

/** Breaks a text into lines of at most `width` columns at its blanks. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}
