// How the demo ends: what came out, against what was planned, and what the feed says. Pure.
import type { ExitCode } from '../commands/command.ts';
import { visible } from '../commands/text-table.ts';
import type { ApiEntry, ApiUser } from './client.ts';
import type { Person } from './company.ts';
import { entryLines, type Paint, wrap } from './view.ts';

/** A person of the story and the user that became of them; null: no such user. */
export interface Reached {
  readonly person: Person;
  readonly pbx: string;
  readonly user: ApiUser | null;
}

function isAsPlanned({ person, user }: Reached): boolean {
  return person.plan !== null && user !== null && user.status === 'failed' && user.reasonCode === person.plan;
}

/** What was arranged for the four, for somebody who sees this for the first time. */
const STORIES: Readonly<Record<string, string>> = {
  HTTP_404: 'the PBX does not know the MAC of %',
  HTTP_401: 'the password of % in the CSV is wrong',
  BODY_HTML: 'the PBX answers for % with a web page',
  MAC_MISMATCH: "the PBX has another phone's file under the MAC of %",
};

function storyLines(reached: readonly Reached[], paint: Paint): string[] {
  return reached.flatMap((one) => {
    const { person, user } = one;
    if (person.plan === null) return [];
    const story = (STORIES[person.plan] ?? '').replace('%', visible(person.name));
    const came = user?.reasonCode ?? user?.status ?? 'no such user';
    return [`  ${paint(isAsPlanned(one) ? 'green' : 'red', came.padEnd(13))} ${story}`];
  });
}

function wrongLines(wrong: readonly Reached[]): string[] {
  return wrong.flatMap(({ person, user }) =>
    wrap(
      visible(
        `Not as planned: ${person.name} is ${user?.status ?? 'missing'} ${user?.reasonCode ?? ''}: ${user?.reason ?? ''}`,
      ),
      76,
    ),
  );
}

/** Where the data of this demo is and what becomes of it. `kept`: in a folder that somebody named. */
export function dataLines(dataDir: string, kept: boolean): string[] {
  return kept
    ? [`Data: ${dataDir}`, 'It is kept. To look at it again: provender start --data with this folder.']
    : [`Data: ${dataDir}`, 'The next demo makes it anew. To keep one, name a new folder with --data.'];
}

/** Exit code 0 exactly when everybody came out as the story has it. */
export function summary(
  reached: readonly Reached[],
  /** Oldest first. */
  feed: readonly ApiEntry[],
  seconds: number,
  paint: Paint,
): { code: ExitCode; lines: string[] } {
  const provisioned = reached.filter(({ user }) => user?.status === 'provisioned');
  const planned = reached.filter(isAsPlanned);
  const wrong = reached.filter((one) =>
    one.person.plan === null ? one.user?.status !== 'provisioned' : !isAsPlanned(one),
  );
  const others = wrong.length === 0 ? '' : `, ${wrong.length} not as planned`;
  const first = `${provisioned.length} of ${reached.length} provisioned, ${planned.length} as planned${others}`;
  const example = provisioned[0]?.user;
  return {
    code: wrong.length === 0 ? 0 : 1,
    lines: [
      '',
      paint(wrong.length === 0 ? 'green' : 'red', first),
      `in ${Math.round(seconds)} seconds. The passwords are sealed in the database and shown nowhere.`,
      ...(example === undefined || example === null
        ? []
        : [`For example ${visible(example.name ?? '')}: number ${example.did}, phone ${example.mac}.`]),
      '',
      'Four users could not work, and each came out with the code that says why:',
      '',
      ...storyLines(reached, paint),
      ...wrongLines(wrong),
      '',
      'The feed, newest last: what happened, and what the reader can do about it:',
      '',
      ...feed.flatMap((entry) => entryLines({ ...entry, at: new Date(entry.at) }, paint)),
    ],
  };
}
