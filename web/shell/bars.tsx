// Bars over the screen for what concerns all of it: offline, no live connection, a new version of the portal.
import { Button, Group, Text } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { meQuery } from '../api/me.ts';
import { isProblem } from '../api/problem.ts';
import { useLine } from '../live/feed.ts';
import { shellWords } from '../words/shell.ts';
import classes from './bars.module.css';

const LOOK_EVERY_MS = 5 * 60_000;
/** A stream that comes back within this time is no news. */
const GRACE_MS = 3_000;

export function Bars() {
  const { online } = useNetwork();
  const line = useLine();
  const isAway = useLater(line !== 'live', GRACE_MS);
  const isOld = useNewVersion();
  const { error } = useQuery({ ...meQuery, retry: false });
  const isSignedOut = isProblem(error) && error.status === 401;
  return (
    <div aria-live="polite">
      {!online && <Bar text={shellWords.offline} />}
      {isSignedOut && (
        <Bar text={shellWords.signedOut}>
          <Button size="compact-sm" variant="default" component="a" href="/sign-in?next=/account" target="_blank">
            {shellWords.signInAgain}
          </Button>
        </Bar>
      )}
      {online && !isSignedOut && isAway && line !== 'live' && (
        <Bar text={line === 'polling' ? shellWords.polling : shellWords.reconnecting} />
      )}
      {isOld && (
        <Bar text={shellWords.newVersion}>
          <Button size="compact-sm" variant="default" onClick={() => window.location.reload()}>
            {shellWords.reload}
          </Button>
        </Bar>
      )}
    </div>
  );
}

function Bar({ text, children }: { readonly text: string; readonly children?: React.ReactNode }) {
  return (
    <Group className={classes.bar} justify="space-between">
      <Text size="sm">{text}</Text>
      {children}
    </Group>
  );
}

/** True once `is` has been true for so long. */
function useLater(is: boolean, after: number): boolean {
  const [later, setLater] = useState(false);
  useEffect(() => {
    setLater(false);
    if (!is) return;
    const timer = setTimeout(() => setLater(true), after);
    return () => clearTimeout(timer);
  }, [is, after]);
  return later;
}

/** The page names its scripts by what is in them: another page was built when the names differ. */
function useNewVersion(): boolean {
  const [isOld, setOld] = useState(false);
  useEffect(() => {
    const own = document.querySelector<HTMLScriptElement>('script[type=module][src]')?.getAttribute('src');
    const timer = setInterval(async () => {
      try {
        const page = await (await fetch('/', { headers: { accept: 'text/html' } })).text();
        if (own && page.includes('<script') && !page.includes(own)) setOld(true);
      } catch {
        // Offline: another bar says so.
      }
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return isOld;
}
