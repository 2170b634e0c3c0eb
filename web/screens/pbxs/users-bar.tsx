// How the users of a PBX stand: a bar of parts, with the numbers in words below it.
import { Text, VisuallyHidden } from '@mantine/core';
import { pbxWords } from '../../words/pbxs.ts';
import classes from './users-bar.module.css';

interface Counts {
  readonly total: number;
  readonly off: number;
  readonly waiting: number;
  readonly fetching: number;
  readonly provisioned: number;
  readonly stale: number;
  readonly failed: number;
}

const words = pbxWords.bar;

/** @param bare the numbers stand elsewhere on the page */
export function UsersBar({ users, bare = false }: { readonly users: Counts; readonly bare?: boolean }) {
  if (users.total === 0) {
    return (
      <Text span size="sm" c="dimmed">
        {words.none}
      </Text>
    );
  }
  const parts = [
    { name: words.parts.ok, number: users.provisioned, dot: '--dot-ok' },
    { name: words.parts.waiting, number: users.waiting + users.fetching, dot: '--dot-waiting' },
    { name: words.parts.stale, number: users.stale, dot: '--dot-stale' },
    { name: words.parts.failed, number: users.failed, dot: '--dot-failed' },
    { name: words.parts.off, number: users.off, dot: '--dot-off' },
  ].filter(({ number }) => number > 0);
  const said = parts.map(({ name, number }) => `${number.toLocaleString('en')} ${name}`);
  return (
    <div className={classes.all}>
      <div className={classes.bar} aria-hidden>
        {parts.map(({ name, number, dot }) => (
          <span key={name} style={{ flexGrow: number, background: `var(${dot})` }} />
        ))}
      </div>
      {!bare && (
        <>
          <Text size="xs" className={classes.numbers} title={said.join(' · ')} aria-hidden>
            {said.join(' · ')}
          </Text>
          <VisuallyHidden>{words.says(said, users.total)}</VisuallyHidden>
        </>
      )}
    </div>
  );
}
