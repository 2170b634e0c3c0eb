// The state of a PBX in words: dot, word, why, and what comes next.
import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ItemOf } from '../../api/client.ts';
import { Dot } from '../../parts/status-chip.tsx';
import { pbxWords } from '../../words/pbxs.ts';
import { sayAgo } from '../../words/times.ts';
import { type NextStep, nextStepOf, type RunState, runStateOf, tlsOf } from './pbx-state.ts';

type Pbx = ItemOf<'GET /pbxs'>;

/** Why it is so, after the word. */
export function explainState(pbx: Pbx, state: RunState): string {
  const words = pbxWords.run;
  switch (state.kind) {
    case 'off':
      return words.off;
    case 'no-address':
      return words.noAddress;
    case 'login-refused':
      return words.refused;
    case 'paused':
      return `${sayAgo(state.until)}: ${words.pauseWhy(state.code)}`;
    case 'probing':
      return words.probing;
    case 'idle':
      return words.idle;
    case 'running':
      return words.running(pbx.run.pace);
  }
}

export function RunChip({ pbx }: { readonly pbx: Pbx }) {
  const state = runStateOf(pbx);
  const { word, dot } = pbxWords.states[state.kind];
  return <Dot word={word} dot={dot} meaning={explainState(pbx, state)} />;
}

export function TlsChip({ pbx }: { readonly pbx: Pbx }) {
  return <Dot {...pbxWords.tlsKinds[tlsOf(pbx)]} />;
}

/** Where the next step is taken. */
function placeOf(step: NextStep, pbx: Pbx) {
  const tab = (name: string, test?: string) =>
    ({ to: '/pbxs/$id', params: { id: pbx.id }, search: { tab: name, test } }) as const;
  switch (step) {
    case 'enter-address':
      return tab('source');
    case 'switch-on':
      return tab('general');
    case 'mend-login':
      return tab('login');
    case 'mend-way':
      return tab('overview', 'open');
    case 'renew-certificate':
      return tab('tls');
    case 'check-macs':
    case 'hand-over':
      return tab('owner');
    case 'add-users':
      return { to: '/imports/new', search: { pbx: pbx.id } } as const;
    case 'look-at-failed':
      return { to: '/users', search: { pbx: pbx.id, status: 'failed' } } as const;
    case 'look-at-stale':
      return { to: '/users', search: { pbx: pbx.id, status: 'stale' } } as const;
  }
}

export function NextStepLink({ pbx, size = 'sm' }: { readonly pbx: Pbx; readonly size?: 'xs' | 'sm' }) {
  const step = nextStepOf(pbx);
  if (step === null) return null;
  return (
    <Anchor size={size} renderRoot={(props) => <Link {...placeOf(step, pbx)} {...props} />}>
      {pbxWords.next[step]}
    </Anchor>
  );
}

/** One line: why it is in this state. */
export function StateWhy({ pbx }: { readonly pbx: Pbx }) {
  return (
    <Text span size="xs" c="dimmed">
      {explainState(pbx, runStateOf(pbx))}
    </Text>
  );
}
